import { join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { namesIn, readOrNothing } from '../files.ts';
import { orphanProblem } from '../orphan.ts';
import type { Project, ScheduleProblem } from '../schedule.ts';
import { runTool } from '../tool.ts';
import { findUnits, isEnabled, noteOf } from './installed-units.ts';
import { type Manager, whyNoManager } from './manager.ts';
import { show } from './state.ts';

/** What keeps timers from firing: no manager, none at log-out, timers that are switched off, a folder that has moved. */
export async function managerProblems(manager: Manager, project: Project): Promise<ScheduleProblem[]> {
  const linger = manager.kind === 'user' ? await lingerProblem(manager) : [];
  const silent = await whyNoManager(manager);
  if (silent === undefined) {
    return [...linger, ...(await timerProblems(manager, project)), ...(await orphanProblems(manager, project))];
  }
  // Without linger it is silent for that reason.
  return linger.length > 0 ? linger : [{ what: silent, mend: 'holdfast daemon' }];
}

/** Without linger the manager of a user ends when he logs out, and does not start with the machine (pitfalls f3). */
async function lingerProblem({ surroundings }: Manager): Promise<ScheduleProblem[]> {
  const user = String(surroundings.userId);
  const answer = await runTool(surroundings, ['loginctl', 'show-user', user, '--property=Linger', '--value']).catch(
    (error: unknown) => {
      // A systemd without logind keeps its users' managers by other means; nothing can be said about them.
      if (error instanceof Failure && error.code === 'tool-missing') return undefined;
      throw error;
    },
  );
  if (answer === undefined || answer.text.trim() === 'yes') return [];
  return [
    {
      what: 'the timers stop when you log out, and do not start with the machine: "linger" is off',
      mend: `loginctl enable-linger ${surroundings.environment.USER ?? user}`,
    },
  ];
}

async function timerProblems(manager: Manager, project: Project): Promise<ScheduleProblem[]> {
  const timers = [...(await findUnits(manager, project)).keys()].filter((name) => name.endsWith('.timer'));
  const scope = manager.kind === 'user' ? 'systemctl --user' : 'systemctl';
  const problems: ScheduleProblem[] = [];
  for (const timer of timers) {
    const state = (await show(manager, timer, ['ActiveState', 'LoadState']))?.get('ActiveState');
    if (state !== 'active') {
      problems.push({ what: `"${timer}" is switched off`, mend: `${scope} enable --now ${timer}` });
    } else if (!isEnabled(manager, timer)) {
      problems.push({ what: `"${timer}" does not start with the machine`, mend: `${scope} enable ${timer}` });
    }
  }
  return problems;
}

async function orphanProblems(manager: Manager, project: Project): Promise<ScheduleProblem[]> {
  const scope = manager.kind === 'user' ? 'systemctl --user' : 'systemctl';
  const problems: ScheduleProblem[] = [];
  for (const name of (await namesIn(manager.units)).filter((each) => /^holdfast-.+\.timer$/.test(each))) {
    const path = join(manager.units, name);
    const text = (await readOrNothing(path)) ?? '';
    if (noteOf(text, 'Project') === project.id) continue;
    const files = `${path} ${path.replace(/timer$/, 'service')}`;
    const mend = `${scope} disable --now ${name} && rm ${files} && ${scope} daemon-reload`;
    problems.push(...orphanProblem(name, noteOf(text, 'Folder')?.replaceAll('%%', '%'), mend));
  }
  return problems;
}
