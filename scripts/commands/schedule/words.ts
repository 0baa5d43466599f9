import { open } from 'node:fs/promises';
import { using } from '../../common/using.ts';
import { usableSchedulers } from '../../schedules/index.ts';
import type { InstalledJob, ScheduleProblem, Scheduler, ScheduleSurroundings } from '../../schedules/schedule.ts';
import { wordAge, wordOld } from '../../ui/units.ts';
import { EXIT } from '../../ui/words.ts';
import { schedulerLogOf } from '../state.ts';
import { lookOver, type Overview } from '../status/overview.ts';
import { wordRun, wordTime } from '../status/run-words.ts';
import type { Workbench } from '../workbench.ts';
import { jobsOf, projectOf } from './jobs.ts';

/** Lines of the log that are shown, and bytes that are read for them. */
const TAIL_LINES = 8;
const TAIL_BYTES = 8192;

/** What one scheduler has of this project. */
export interface InstalledWith {
  readonly scheduler: Scheduler;
  readonly jobs: readonly InstalledJob[];
  readonly problems: readonly ScheduleProblem[];
}

/** What is installed of this project, scheduler by scheduler; those that have nothing are left out. */
export async function findInstalled(bench: Workbench, around: ScheduleSurroundings): Promise<InstalledWith[]> {
  const found: InstalledWith[] = [];
  for (const scheduler of await usableSchedulers(around)) {
    const jobs = await scheduler.installed(projectOf(bench), jobsOf(bench, around.environment, scheduler.delays));
    if (jobs.length > 0) found.push(await withProblems(scheduler, jobs, bench));
  }
  return found;
}

async function withProblems(scheduler: Scheduler, jobs: readonly InstalledJob[], bench: Workbench) {
  return { scheduler, jobs, problems: await scheduler.problems(projectOf(bench)) };
}

/** Prints what is installed and how it stands. Exit code 1 when nothing is, or it will not run; 3 when it differs. */
export async function printScheduleStatus(bench: Workbench, around: ScheduleSurroundings): Promise<number> {
  const installed = await findInstalled(bench, around);
  const overview = await lookOver(bench);
  const log = await logTail(bench);
  const missing = missingJobs(bench, installed);
  const { screen } = bench;
  screen.settle();
  screen.print(
    ...(installed.length === 0 ? notInstalled(bench) : installed.flatMap((one) => wordInstalled(one, overview))),
    ...missing.map((name) => `! the schedule "${name}" is not installed\n  try: holdfast schedule install`),
    '',
    ...setLines(overview),
    ...(log.length > 0 ? ['', 'log:', ...log.map((line) => `  ${line}`)] : []),
  );
  screen.printJson({
    installed: installed.map(installedForJson),
    missing,
    destinations: overview.destinations,
    lastRun: overview.runs.at(-1),
    log,
  });
  const broken = installed.some(({ jobs, problems }) => problems.length > 0 || jobs.some(({ active }) => !active));
  if (installed.length === 0 || broken) return EXIT.failed;
  return missing.length > 0 || installed.some(({ jobs }) => jobs.some(({ drift }) => drift.length > 0))
    ? EXIT.partial
    : EXIT.done;
}

function notInstalled({ config }: Workbench): string[] {
  return [
    'not installed: no scheduler of this machine will run this project',
    ...config.schedules.map(({ name, time }) => `  the settings want "${name}" at "${time.text}"`),
    '  try: holdfast schedule install',
  ];
}

function missingJobs({ config }: Workbench, installed: readonly InstalledWith[]): string[] {
  if (installed.length === 0) return [];
  const names = new Set(installed.flatMap(({ jobs }) => jobs.map(({ name }) => name)));
  return config.schedules.map(({ name }) => name).filter((name) => !names.has(name));
}

function installedForJson({ scheduler, ...facts }: InstalledWith): object {
  return { scheduler: scheduler.name, ...facts };
}

function wordInstalled({ scheduler, jobs, problems }: InstalledWith, overview: Overview): string[] {
  return [
    `installed with ${scheduler.name}`,
    ...jobs.flatMap((job) => wordJob(job, overview)),
    ...problems.flatMap(({ what, mend }) => [`! ${what}`, `  try: ${mend}`]),
  ];
}

function wordJob(job: InstalledJob, { runs, schedules, now }: Overview): string[] {
  const known = schedules.find(({ schedule }) => schedule.name === job.name);
  const next = job.nextRun ?? known?.next;
  const own = runs.filter((run) => run.schedule === job.name);
  // One that left because another was at it says nothing of how it stands.
  const last = own.findLast(({ result }) => result?.outcome !== 'skipped') ?? own.at(-1);
  const when = next === undefined ? 'never' : `${wordTime(next)}, in ${wordAge(next.getTime() - now.getTime())}`;
  const exit = job.lastExitCode ? `, exit code ${job.lastExitCode}` : '';
  return [
    `  ${job.name}${known ? `, "${known.schedule.time.text}"` : ' (no longer in the settings)'}`,
    `    ${job.running ? 'running now; ' : ''}next: ${job.active ? when : 'NEVER: it is installed but switched off'}`,
    `    last: ${last === undefined ? 'it did not run yet' : wordRun(last, now)}${exit}`,
    ...job.drift.map((text) => `    ! differs from the settings: ${text}`),
    ...(job.drift.length > 0 || !job.active ? ['      try: holdfast schedule install'] : []),
  ];
}

function setLines({ destinations, rpoHours, now }: Overview): string[] {
  return destinations.map(({ name, newestGood, failure, late }) => {
    if (failure !== undefined) return `✗ ${name}: cannot be asked: ${failure.message}`;
    if (newestGood === undefined) return `✗ ${name}: no good set yet`;
    const age = wordOld(now.getTime() - newestGood.time.getTime());
    const words = `last good set ${newestGood.set}, ${age}, ${newestGood.proof}`;
    return late ? `✗ ${name}: ${words}: LATE, the RPO is ${rpoHours} h` : `✓ ${name}: ${words}`;
  });
}

/** The last lines that runs of the scheduler printed; none when there is no log. */
async function logTail(bench: Workbench): Promise<string[]> {
  try {
    return await using(await open(schedulerLogOf(bench)), async (file) => {
      const { size } = await file.stat();
      const start = Math.max(0, size - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, TAIL_BYTES)), 0, null, start);
      const lines = buffer.subarray(0, bytesRead).toString().split('\n');
      return lines
        .slice(start > 0 ? 1 : 0)
        .filter(Boolean)
        .slice(-TAIL_LINES);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
