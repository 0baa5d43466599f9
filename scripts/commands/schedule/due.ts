import type { ScheduleSettings } from '../../config/schedules.ts';
import type { RunRecord } from '../../runs/record.ts';
import { previousTime } from '../../schedules/times.ts';
import type { CatalogEntry, CompleteEntry } from '../../sets/catalog.ts';
import { parseChoice } from '../choose.ts';

/** A run that failed is tried again after so long, in milliseconds, and so often for each time of its schedule. */
const PATIENCE = 45 * 60 * 1000;
const ATTEMPTS = 3;

/** Sets of the future are the work of a wrong clock: they never keep a backup from being made. Milliseconds. */
const CLOCK_TOLERANCE = 5 * 60 * 1000;

/** What the decision rests on. */
export interface DueFacts {
  readonly schedule: ScheduleSettings;
  readonly now: Date;
  /** Of this project, oldest first. */
  readonly runs: readonly RunRecord[];
  /** Of this environment, in the storage that backups are written to first. */
  readonly entries: readonly CatalogEntry[];
}

/** Whether something is to be done now. */
export interface DueDecision {
  readonly due: boolean;
  /** For people: "the set 2026-05-07T02-00 is newer than 2026-05-07T02:00Z". */
  readonly reason: string;
  /** The newest time of the schedule that has passed. */
  readonly since: Date | undefined;
}

/**
 * Is the work of a schedule still to be done? It is when its newest time has passed and nothing good came of it since:
 * by the age of what is there and not by the timer, so that a night that was slept through is caught up, and two timers
 * never do the same work twice. What fails is tried three times, not for ever: sets with a source missing would fill
 * the disk, as nothing is pruned after a failure.
 */
export function decideDue({ schedule, now, runs, entries }: DueFacts): DueDecision {
  const since = previousTime(schedule, now);
  if (since === undefined) return { due: false, since, reason: 'its first time is still to come' };
  const own = runs.filter((run) => run.schedule === schedule.name && Date.parse(run.startedAt) >= since.getTime());
  const good = own.findLast(({ result }) => result?.outcome === 'good');
  if (good !== undefined) return { due: false, since, reason: `the run ${good.run} did it` };
  const set = schedule.does === 'backup' ? newerSet(schedule, since, now, entries) : undefined;
  if (set !== undefined) return { due: false, since, reason: `the set ${set.name} is newer than ${wordTime(since)}` };
  const tried = own.filter(({ result }) => result !== undefined && result.outcome !== 'skipped');
  if (tried.length >= ATTEMPTS) {
    return { due: false, since, reason: `it failed ${tried.length} times since ${wordTime(since)}` };
  }
  const last = tried.at(-1);
  if (last !== undefined && now.getTime() - Date.parse(last.startedAt) < PATIENCE) {
    return { due: false, since, reason: `the run ${last.run} failed a short while ago` };
  }
  return { due: true, since, reason: `nothing good was made since ${wordTime(since)}` };
}

function newerSet(
  schedule: ScheduleSettings,
  since: Date,
  now: Date,
  entries: readonly CatalogEntry[],
): CompleteEntry | undefined {
  const complete = entries.filter((entry): entry is CompleteEntry => entry.state === 'complete');
  const until = now.getTime() + CLOCK_TOLERANCE;
  const isGood = ({ manifest, time }: CompleteEntry): boolean =>
    manifest.failed.length === 0 && time.getTime() <= until;
  const before = complete.findLast((entry) => entry.time < since && isGood(entry));
  return complete.findLast((entry) => entry.time >= since && isGood(entry) && covers(entry, before, schedule));
}

/** Does a set hold what the schedule wants? Where everything is wanted: all kinds that the good set before it held. */
function covers(entry: CompleteEntry, before: CompleteEntry | undefined, { sources }: ScheduleSettings): boolean {
  const { kinds, sources: named } = parseChoice(sources);
  const held = new Set(entry.manifest.sources.map(({ kind }) => kind as string));
  if (named.size > 0) return false;
  const wanted = kinds.size > 0 ? [...kinds] : (before?.manifest.sources.map(({ kind }) => kind) ?? []);
  return wanted.every((kind) => held.has(kind));
}

function wordTime(time: Date): string {
  return `${time.toISOString().slice(0, 16)}Z`;
}
