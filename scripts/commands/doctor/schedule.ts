import { toFailure } from '../../common/failure.ts';
import { processEnvironment } from '../../config/environment.ts';
import type { Scheduler } from '../../schedules/schedule.ts';
import { jobsOf, LAUNCHER, projectOf } from '../schedule/jobs.ts';
import { scheduleInstall, surroundings } from '../schedule/schedule.ts';
import { findInstalled, type InstalledWith } from '../schedule/words.ts';
import { findingOf } from './failing.ts';
import type { Check, DoctorRoom, Finding } from './finding.ts';

const INSTALL = 'holdfast schedule install';

/** What is installed, whether it will run, whether it is what the settings say, and what the scheduler's own surroundings lack. */
export const checkSchedule: Check = async (room) => {
  if (room.inside) return [];
  const around = surroundings(room.bench.context.signal);
  try {
    const installed = await findInstalled(room.bench, around);
    if (installed.length === 0) return [notInstalled(room)];
    const found = installed.flatMap((one) => judge(one, room));
    return [...found, ...(await probeAll(installed, room))];
  } catch (error) {
    room.bench.context.signal.throwIfAborted();
    return [findingOf('schedule', toFailure(error), 'nothing may start backups by itself')];
  }
};

function roomOf({ bench }: DoctorRoom) {
  return { screen: bench.screen, signal: bench.context.signal, version: bench.version };
}

function notInstalled({ overview }: DoctorRoom): Finding {
  const scheduled = overview.runs.findLast(({ schedule }) => schedule !== undefined);
  const moved =
    scheduled === undefined ? '' : `; the last scheduled run was ${scheduled.startedAt}: was the project moved?`;
  return {
    level: 'warning',
    about: 'schedule',
    what: `no scheduler of this machine runs this project${moved}`,
    why: 'backups that must be remembered are not made',
    mend: `${INSTALL} (or holdfast daemon in a container)`,
  };
}

function judge({ scheduler, jobs, problems }: InstalledWith, room: DoctorRoom): Finding[] {
  const about = `schedule (${scheduler.name})`;
  const names = new Set(jobs.map(({ name }) => name));
  const missing = room.bench.config.schedules.filter(({ name }) => !names.has(name));
  const fix = async (): Promise<string> => {
    await scheduleInstall({}, roomOf(room));
    return 'installed the schedules anew';
  };
  const why = 'it does not run as the settings say';
  return [
    ...problems.map(
      ({ what, mend }): Finding => ({ level: 'problem', about, what, why: 'it will not run by itself', mend }),
    ),
    ...missing.map(
      ({ name }): Finding => ({ level: 'problem', about, what: `"${name}" is not installed`, why, mend: INSTALL, fix }),
    ),
    ...jobs.flatMap(({ name, active, drift }): Finding[] => {
      if (!active) return [{ level: 'problem', about, what: `"${name}" is switched off`, why, mend: INSTALL, fix }];
      if (drift.length === 0) return [{ level: 'ok', about, what: `"${name}" is installed and active` }];
      const what = `"${name}" differs from the settings: ${drift.join('; ')}`;
      return [{ level: 'warning', about, what, why, mend: `${INSTALL} (or holdfast doctor --fix)`, fix }];
    }),
  ];
}

/** The same checks through the scheduler: with its PATH, its rights, its view of the engine (pitfalls f4, f5, a12). */
async function probeAll(installed: readonly InstalledWith[], room: DoctorRoom): Promise<Finding[]> {
  return (await Promise.all(installed.map(({ scheduler }) => probe(scheduler, room)))).flat();
}

async function probe(scheduler: Scheduler, { bench }: DoctorRoom): Promise<Finding[]> {
  const about = `through ${scheduler.name}`;
  const why = 'what works by hand fails at night';
  const [job] = jobsOf(bench, processEnvironment(), scheduler.delays);
  if (job === undefined) return [];
  try {
    const command = [LAUNCHER, 'doctor', '--inside', '--json'] as const;
    const { exitCode, output } = await scheduler.probe(projectOf(bench), { ...job, command, timeoutSeconds: PATIENCE });
    const found = findingsIn(output);
    if (found === undefined) {
      const words = output.trim().split('\n').slice(-3).join('; ');
      const what = `a job that it started ended with ${exitCode} and said: ${words || 'nothing'}`;
      return [{ level: 'problem', about, what, why, mend: `${INSTALL}, then look again` }];
    }
    const bad = found.filter(({ level }) => level === 'problem');
    if (bad.length === 0) return [{ level: 'ok', about, what: 'a job that it starts finds servers and storages' }];
    return bad.map((finding) => ({ ...finding, about: `${finding.about} ${about}`, why }));
  } catch (error) {
    bench.context.signal.throwIfAborted();
    return [findingOf(about, toFailure(error), why)];
  }
}

/** Seconds for the checks inside: a storage far away may take its time. */
const PATIENCE = 180;

function findingsIn(output: string): Finding[] | undefined {
  try {
    const value = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1)) as {
      findings?: Finding[];
    };
    return value.findings;
  } catch {
    // Something else was printed: the caller shows it.
    return undefined;
  }
}
