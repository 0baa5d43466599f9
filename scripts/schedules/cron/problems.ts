import { join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { namesIn, readOrNothing } from '../files.ts';
import { orphanProblem } from '../orphan.ts';
import type { Project, ScheduleProblem, ScheduleSurroundings } from '../schedule.ts';
import { ownBlock, readCrontab } from './crontab.ts';
import { cronRuns } from './daemon.ts';
import { projectFolder, scriptFolder, scriptPrefix, scriptsOf } from './script.ts';

const NOT_RUNNING = 'no cron daemon is running';

/** Why cron cannot be used, for people; undefined when it can. */
export async function whyNoCron(surroundings: ScheduleSurroundings): Promise<string | undefined> {
  try {
    await readCrontab(surroundings);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'tool-missing') return 'there is no crontab program';
    if (error.code === 'denied') return `this user may have no crontab: ${error.detail ?? ''}`;
    throw error;
  }
  return (await cronRuns(surroundings.platform)) === false ? NOT_RUNNING : undefined;
}

/** What keeps the lines of a project from being run, and scripts of projects whose folder is gone. */
export async function cronProblems(
  surroundings: ScheduleSurroundings,
  project: Project,
): Promise<readonly ScheduleProblem[]> {
  const reason = await whyNoCron(surroundings);
  if (reason === NOT_RUNNING)
    return [{ what: reason, mend: 'start it, as "service cron start" does; or holdfast daemon' }];
  if (reason !== undefined) return [{ what: reason, mend: 'holdfast daemon' }];
  const block = ownBlock(await readCrontab(surroundings), project, surroundings);
  const lost = block === undefined && (await scriptsOf(surroundings, project)).length > 0;
  return [
    ...(lost ? [{ what: 'the lines in the crontab are gone', mend: 'holdfast schedule install' }] : []),
    ...(await orphans(surroundings, project)),
  ];
}

/** Scripts of projects whose folder is gone. */
async function orphans(surroundings: ScheduleSurroundings, project: Project): Promise<ScheduleProblem[]> {
  const folder = scriptFolder(surroundings);
  const names = (await namesIn(folder)).filter((name) => !name.startsWith(scriptPrefix(project)));
  const found = names.map(async (name) => {
    const text = (await readOrNothing(join(folder, name))) ?? '';
    const mend = `crontab -e, to remove the lines that name "${name}"; rm ${join(folder, name)}`;
    return orphanProblem(name, projectFolder(text), mend);
  });
  return (await Promise.all(found)).flat();
}
