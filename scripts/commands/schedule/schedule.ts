import process from 'node:process';
import { Failure } from '../../common/failure.ts';
import { processEnvironment } from '../../config/environment.ts';
import { settingsOnlyInShell } from '../../config/shell-settings.ts';
import { openScheduler, usableSchedulers } from '../../schedules/index.ts';
import type { Change, Job, Scheduler, ScheduleSurroundings } from '../../schedules/schedule.ts';
import { nextTime } from '../../schedules/times.ts';
import { EXIT } from '../../ui/words.ts';
import { sendTest } from '../notify/notices.ts';
import { wordUntold } from '../notify/notices-words.ts';
import { wordTime } from '../status/run-words.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { jobsOf, projectOf } from './jobs.ts';
import { printScheduleStatus } from './words.ts';

/** The flags of `holdfast schedule install`. */
export interface InstallFlags {
  /** "launchd", "systemd", "systemd-system" or "cron"; undefined: what fits this machine. */
  readonly with?: string;
  readonly dryRun?: boolean;
}

/** How schedulers of this machine are reached. */
export function surroundings(signal: AbortSignal): ScheduleSurroundings {
  return {
    environment: processEnvironment(),
    signal,
    platform: process.platform,
    userId: process.getuid?.() ?? 0,
  };
}

/** Makes the machine's scheduler do what the settings say, and nothing else of this project. Twice changes nothing. */
export async function scheduleInstall(flags: InstallFlags, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const around = surroundings(room.signal);
  const scheduler = await openScheduler(around, flags.with);
  const jobs = jobsOf(bench, around.environment, scheduler.delays);
  const { screen } = bench;
  if (flags.dryRun) return printJobs(scheduler, jobs, bench);
  await removeElsewhere(scheduler, around, bench);
  const project = projectOf(bench);
  const changes = await scheduler.install(project, jobs);
  const problems = await scheduler.problems(project);
  if (changes.some(({ what }) => what !== 'kept')) await sayHello(bench);
  const shell = await settingsOnlyInShell(bench.config.folder, around.environment);
  screen.settle();
  screen.print(
    ...wordChanges(changes),
    `installed with ${scheduler.name}:`,
    ...bench.config.schedules.map((schedule) => {
      const next = nextTime(schedule, new Date());
      return `  ${schedule.name}: ${schedule.does} at "${schedule.time.text}", next ${next === undefined ? 'never' : wordTime(next)}`;
    }),
    ...problems.flatMap(({ what, mend }) => [`! ${what}`, `  try: ${mend}`]),
    ...(shell.length > 0
      ? [
          `! set in this shell only, so a scheduled run will not see it: ${shell.join(', ')}`,
          '  try: write them to .env',
        ]
      : []),
    'look at it any time: holdfast schedule status',
  );
  screen.printJson({ scheduler: scheduler.name, changes, problems, onlyInShell: shell });
  return problems.length > 0 ? EXIT.partial : EXIT.done;
}

/** A dead man's switch that never heard anything does not alarm either (pitfalls k3). */
async function sayHello({ config, context }: Workbench): Promise<void> {
  if (config.notify.length === 0) return;
  const told = await sendTest(config, { signal: context.signal });
  for (const message of wordUntold(told)) context.report({ kind: 'warning', message });
}

/** Two schedulers with the same jobs would do no harm, as the command looks whether it is due; but only one is wanted. */
async function removeElsewhere(chosen: Scheduler, around: ScheduleSurroundings, bench: Workbench): Promise<void> {
  const project = projectOf(bench);
  for (const other of await usableSchedulers(around)) {
    if (other.name === chosen.name || (await other.installed(project, [])).length === 0) continue;
    await other.uninstall(project);
    bench.context.report({ kind: 'note', message: `removed what was installed with ${other.name}` });
  }
}

/** Removes what was installed of this project, with whichever scheduler. */
export async function scheduleUninstall(room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const project = projectOf(bench);
  const changes: Change[] = [];
  for (const scheduler of await usableSchedulers(surroundings(room.signal))) {
    changes.push(...(await scheduler.uninstall(project)));
  }
  const { screen } = bench;
  screen.print(
    ...wordChanges(changes),
    changes.length === 0 ? 'nothing was installed' : 'uninstalled; sets and logs stay',
  );
  screen.printJson({ changes });
  return EXIT.done;
}

/** Tells what is installed, by what, when it runs next, how the last run ended, and how it differs from the settings. */
export async function scheduleStatus(room: Room): Promise<number> {
  return await printScheduleStatus(await openWorkbench(room), surroundings(room.signal));
}

/** Prints the policy for what is not installed from here. */
export async function schedulePrint(flags: { github?: boolean; kubernetes?: boolean }, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const jobs = jobsOf(bench, processEnvironment(), true);
  if (flags.github === flags.kubernetes) {
    throw new Failure('usage', { message: 'expected one of --github and --kubernetes' });
  }
  const { githubWorkflow } = await import('../../schedules/print/github.ts');
  const { kubernetesCronJobs } = await import('../../schedules/print/kubernetes.ts');
  const text = flags.github ? githubWorkflow(jobs) : kubernetesCronJobs(jobs);
  bench.screen.print(text.trimEnd());
  bench.screen.printJson({ text });
  return EXIT.done;
}

function printJobs(scheduler: Scheduler, jobs: readonly Job[], { screen }: Workbench): number {
  screen.print(
    `would install with ${scheduler.name}:`,
    ...jobs.map(({ name, time, command }) => `  ${name}: ${time.text}: ${command.join(' ')}`),
    'dry run: nothing was done',
  );
  screen.printJson({ dryRun: true, scheduler: scheduler.name, jobs });
  return EXIT.done;
}

function wordChanges(changes: readonly Change[]): string[] {
  return changes.filter(({ what }) => what !== 'kept').map(({ what, thing }) => `${what} ${thing}`);
}
