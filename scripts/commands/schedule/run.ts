import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, toFailure } from '../../common/failure.ts';
import type { ScheduleSettings } from '../../config/schedules.ts';
import { readHistory } from '../../runs/died.ts';
import { rotateLog } from '../../runs/rotate.ts';
import { EXIT } from '../../ui/words.ts';
import type { BackupFlags } from '../backup/backup.ts';
import { chooseDestinations, inOrderOfWriting } from '../destinations.ts';
import { tellIfLate } from '../notify/tell.ts';
import { runsFolderOf, schedulerLogOf } from '../state.ts';
import { at, catalogOf, openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { type DueDecision, decideDue } from './due.ts';

/** The flags of `holdfast schedule run`. */
export interface ScheduleRunFlags {
  readonly name: string;
  /** The most seconds to wait before it begins, as a scheduler passes them. */
  readonly delay?: string;
  /** Do it even when it is not due. */
  readonly force?: boolean;
  /** Says nothing when there is nothing to do. */
  readonly quiet?: boolean;
}

/** How often a run that waits for another one looks again; milliseconds. */
const LOOK_AGAIN = 15_000;

/** A start that is later than this after its time is caught up at once; milliseconds. */
const ON_TIME = 10 * 60 * 1000;

/**
 * What every scheduler calls: does the work of a schedule if it is due, and nothing otherwise. Exit code of the work; 0
 * when it is not due; 4 when another run is at it and the schedule does not wait.
 */
export async function scheduleRun(flags: ScheduleRunFlags, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  await rotateLog(schedulerLogOf(bench)).catch((error: unknown) => {
    room.screen.remark(`the log cannot be rotated: ${toFailure(error).message}`);
  });
  const schedule = findSchedule(bench, flags.name);
  const decision = await isDue(schedule, bench);
  if (!decision.due && !flags.force) {
    await tellIfLate(bench);
    return flags.quiet ? EXIT.done : notDue(schedule, decision, bench);
  }
  const limit = AbortSignal.timeout(schedule.timeoutHours * 60 * 60 * 1000);
  const limited = { ...room, signal: AbortSignal.any([room.signal, withReason(limit, schedule)]) };
  await waitForTurn(flags, schedule, decision, bench, limited.signal);
  const obsolete = flags.force ? undefined : async () => stillWanted(await isDue(schedule, bench));
  return await doWork(schedule, obsolete, limited);
}

/** The schedule of a name. Throws Failure "usage". */
export function findSchedule({ config }: Workbench, name: string): ScheduleSettings {
  const found = config.schedules.find((schedule) => schedule.name === name);
  if (found !== undefined) return found;
  const known = config.schedules.map((schedule) => `"${schedule.name}"`).join(', ');
  const hint = 'a schedule that was renamed or removed is still installed: holdfast schedule install';
  throw new Failure('usage', { message: `found no schedule "${name}", expected one of ${known}`, hint });
}

/** Looks at the runs and the sets. */
export async function isDue(schedule: ScheduleSettings, opened: Workbench, now = new Date()): Promise<DueDecision> {
  const [first] = inOrderOfWriting(chooseDestinations(opened.destinations, schedule.storages?.join(',')));
  const bench = first === undefined ? opened : { ...opened, ...at(first) };
  const runs = await readHistory(runsFolderOf(bench), now.getTime());
  const { environment } = bench.config;
  const entries = (await catalogOf(bench)).filter(
    (entry) => entry.state !== 'complete' || entry.manifest.environment === environment,
  );
  return decideDue({ schedule, now, runs, entries });
}

/** See `BackupFlags.obsolete`. */
type Obsolete = BackupFlags['obsolete'];

/** Does the work of a schedule, waiting for another run where the schedule says so. */
async function doWork(schedule: ScheduleSettings, obsolete: Obsolete, room: Room): Promise<number> {
  for (;;) {
    try {
      return await workOnce(schedule, obsolete, room);
    } catch (error) {
      if (toFailure(error).code !== 'locked') throw error;
      if (schedule.overlap === 'skip') {
        // A run that hangs makes all others leave: when that lasts too long, somebody must hear of it.
        await tellIfLate(await openWorkbench(room));
        throw error;
      }
      room.screen.remark('another run is at work: waiting for it');
      await sleep(LOOK_AGAIN, undefined, { signal: room.signal });
    }
  }
}

async function workOnce(schedule: ScheduleSettings, obsolete: Obsolete, room: Room): Promise<number> {
  const { name, sources, storages } = schedule;
  if (schedule.does === 'verify') {
    const { verify } = await import('../sets/verify.ts');
    const sample = schedule.samplePercent === undefined ? {} : { sample: `${schedule.samplePercent}%` };
    const from = storages?.[0] ? { from: storages[0] } : {};
    return await verify({ schedule: name, sets: [], deep: 'where possible', ...sample, ...from }, room);
  }
  if (schedule.does === 'drill') {
    const { drill } = await import('../drill/drill.ts');
    const only = sources.length > 0 ? { only: sources.join(',') } : {};
    return await drill(
      { schedule: name, set: 'latest', ...only, ...(storages?.[0] ? { from: storages[0] } : {}) },
      room,
    );
  }
  const { backup } = await import('../backup/backup.ts');
  const to = storages === undefined ? {} : { to: storages.join(',') };
  return await backup({ schedule: name, sources, ...to, ...(obsolete ? { obsolete } : {}) }, room);
}

function stillWanted({ due, reason }: DueDecision): string | undefined {
  return due ? undefined : reason;
}

function notDue(schedule: ScheduleSettings, { reason }: DueDecision, { screen }: Workbench): number {
  screen.remark(`"${schedule.name}" is not due: ${reason}`);
  screen.printJson({ schedule: schedule.name, due: false, reason });
  return EXIT.done;
}

/** Many machines with one schedule do not start in the same second; one that is late anyway does not wait. */
async function waitForTurn(
  flags: ScheduleRunFlags,
  schedule: ScheduleSettings,
  { since }: DueDecision,
  { config, screen }: Workbench,
  signal: AbortSignal,
): Promise<void> {
  const most = Number(flags.delay ?? 0);
  if (!Number.isInteger(most) || most < 0) {
    throw new Failure('usage', { message: `found "${flags.delay}" after --delay, expected a number of seconds` });
  }
  if (most === 0 || since === undefined || Date.now() - since.getTime() > ON_TIME) return;
  const seconds = stableShare([hostname(), config.folder, schedule.name]) * most;
  screen.remark(`"${schedule.name}" is due: begins in ${Math.round(seconds)} s`);
  await sleep(seconds * 1000, undefined, { signal });
}

/** From 0 to 1, always the same for the same words. */
function stableShare(words: readonly string[]): number {
  return createHash('sha256').update(JSON.stringify(words)).digest().readUInt32BE() / 2 ** 32;
}

function withReason(limit: AbortSignal, { name, timeoutHours }: ScheduleSettings): AbortSignal {
  const stop = new AbortController();
  limit.addEventListener('abort', () => {
    const message = `the schedule "${name}" did not end within ${timeoutHours} h`;
    stop.abort(
      new Failure('timeout', { message, hint: 'see what it waits for: holdfast logs; or set BACKUP_TIMEOUT_HOURS' }),
    );
  });
  return stop.signal;
}
