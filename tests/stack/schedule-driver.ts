/**
 * Calls schedulers and prints what they give: a test runs this inside a machine, as the person whose jobs they are. Each
 * line of standard input is a {@link DriverCall}, each line of output `{ value }` or `{ failure }`.
 */
import { createInterface } from 'node:readline';
import { parseCron } from '../../scripts/common/cron.ts';
import { Failure } from '../../scripts/common/failure.ts';
import { openScheduler, usableSchedulers } from '../../scripts/schedules/index.ts';
import type { Job, Project, Scheduler, ScheduleSurroundings } from '../../scripts/schedules/schedule.ts';

/** What is to be called. A job's time is written as in crontab. */
export interface DriverCall {
  /** As in openScheduler; missing: what it prefers. */
  readonly wanted?: string;
  readonly call: 'name' | 'all' | 'install' | 'uninstall' | 'installed' | 'problems' | 'probe';
  readonly project: Project;
  readonly jobs: readonly DriverJob[];
}

/** A job whose time is written as in crontab. */
export type DriverJob = Omit<Job, 'time' | 'timezone'> & { readonly time: string; readonly timezone?: string };

const surroundings: ScheduleSurroundings = {
  environment: process.env,
  signal: new AbortController().signal,
  platform: process.platform,
  userId: process.getuid?.() ?? 0,
};

async function answer({ wanted, call, project, jobs: written }: DriverCall): Promise<unknown> {
  if (call === 'all') return (await usableSchedulers(surroundings)).map(({ name }) => name);
  const jobs = written.map(jobOf);
  const scheduler = await find(wanted);
  if (call === 'name') return scheduler.name;
  if (call === 'install') return await scheduler.install(project, jobs);
  if (call === 'installed') return await scheduler.installed(project, jobs);
  const [job] = jobs;
  if (call === 'probe' && job !== undefined) return await scheduler.probe(project, job);
  return call === 'uninstall' ? await scheduler.uninstall(project) : await scheduler.problems(project);
}

/** By name where it need not be usable. */
async function find(wanted: string | undefined): Promise<Scheduler> {
  const named = (await usableSchedulers(surroundings)).find(({ name }) => name === wanted);
  return named ?? (await openScheduler(surroundings, wanted));
}

function jobOf({ time, timezone, ...job }: DriverJob): Job {
  const parsed = parseCron(time);
  if (parsed === undefined) throw new Error(`"${time}" is no time`);
  return { ...job, time: parsed, timezone };
}

async function answerLine(line: string): Promise<unknown> {
  try {
    return { value: await answer(JSON.parse(line) as DriverCall) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { code, message, detail, hint } = error;
    return { failure: { code, message, detail, hint } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answerLine(line))}\n`);
}
