import { type Standing, standingOf } from '../../../../scripts/commands/status/facts.ts';
import type { DestinationFact, Overview } from '../../../../scripts/commands/status/overview.ts';
import { parseCron } from '../../../../scripts/common/cron.ts';
import type { Config } from '../../../../scripts/config/config.ts';
import type { ScheduleSettings } from '../../../../scripts/config/schedules.ts';
import type { RunDrill, RunRecord, RunResult } from '../../../../scripts/runs/record.ts';
import type { CompleteEntry } from '../../../../scripts/sets/catalog.ts';
import { exampleRun } from '../../notify/example-run.ts';

export const HOUR = 60 * 60 * 1000;
export const DAY = 24 * HOUR;

/** The moment at which everything is looked at. */
export const NOW = new Date('2026-05-07T12:00:00Z');

/** What a set holds: sources by their names, "kind/name". */
export type Held = Readonly<Record<string, { readonly bytes: number; readonly rows?: number }>>;

export const SHOP: Held = {
  'mongo/shop': { bytes: 2_000_000, rows: 500 },
  'postgres/app': { bytes: 8_000_000, rows: 900 },
};

/** A complete set of so many hours ago. */
export function exampleSet(hoursAgo: number, held: Held = SHOP, changes: Partial<CompleteEntry> = {}): CompleteEntry {
  const time = new Date(NOW.getTime() - hoursAgo * HOUR);
  const name = time.toISOString().slice(0, 16).replace(':', '-');
  const sources = Object.entries(held).map(([label, { bytes, rows }]) => {
    const [kind = '', source = ''] = label.split(/\/(.*)/s);
    const artifacts = [{ path: `${label}.dump`, bytes }];
    return { kind, name: source, server: 'default', artifacts, ...(rows === undefined ? {} : { rows }) };
  });
  return {
    state: 'complete',
    name,
    time,
    manifest: {
      schema: 'holdfast-set/v1',
      id: name,
      createdAt: time.toISOString(),
      environment: 'production',
      sources,
      skipped: [],
      failed: [],
      extras: [],
    },
    bytes: Object.values(held).reduce((sum, { bytes }) => sum + bytes, 0),
    proof: 'readable',
    provenAt: time.toISOString(),
    ...changes,
  };
}

/** A set that a drill proved so many days ago. */
export function provenSet(hoursAgo: number, daysAgo: number): CompleteEntry {
  const provenAt = new Date(NOW.getTime() - daysAgo * DAY).toISOString();
  return exampleSet(hoursAgo, SHOP, { proof: 'proven', provenAt });
}

/** A storage with these sets, oldest first, judged against an RPO of 26 hours. */
export function exampleStorage(
  sets: readonly CompleteEntry[],
  changes: Partial<DestinationFact> = {},
): DestinationFact {
  const good = sets.filter(({ manifest }) => manifest.failed.length === 0);
  const newest = good.at(-1);
  const newestGood = newest && { ...newest, set: newest.name };
  return {
    name: 'local',
    location: '/srv/shop/backups',
    newestGood,
    bestProven: newestGood,
    sets: sets.length,
    bytes: sets.reduce((sum, { bytes }) => sum + bytes, 0),
    damaged: [],
    complete: sets,
    partial: [],
    failure: undefined,
    late: newest === undefined || NOW.getTime() - newest.time.getTime() > 26 * HOUR,
    ...changes,
  };
}

/** A run of ten seconds that began so many hours ago. */
export function runAgo(hoursAgo: number, command: string, result?: Partial<RunResult>, more: Partial<RunRecord> = {}) {
  const began = NOW.getTime() - hoursAgo * HOUR;
  const startedAt = new Date(began).toISOString();
  const { finishedAt: _, ...run } = exampleRun(result);
  const ended = result === undefined ? {} : { finishedAt: new Date(began + 10_000).toISOString() };
  return { ...run, run: `run-${command}-${hoursAgo}`, command, startedAt, ...ended, ...more } satisfies RunRecord;
}

/** A drill of so many hours ago. */
export function drillAgo(hoursAgo: number, drill: Partial<RunDrill> = {}, result: Partial<RunResult> = {}): RunRecord {
  const whole: RunDrill = { verdict: 'PASS', restoreMilliseconds: 192_000, bytes: 10_000_000, ...drill };
  const passed = whole.verdict === 'PASS';
  return runAgo(hoursAgo, 'drill', {
    outcome: passed ? 'good' : 'failed',
    exitCode: passed ? 0 : 5,
    drill: whole,
    ...(passed ? { proof: 'proven' } : { proof: 'readable' }),
    ...result,
  });
}

/** A schedule of .env: what is done at which times. */
export function schedule(
  does: ScheduleSettings['does'],
  at: string,
  sources: readonly string[] = [],
): ScheduleSettings {
  const time = parseCron(at);
  if (time === undefined) throw new Error(`"${at}" is no time`);
  const fixed = { timezone: 'UTC', storages: undefined, overlap: 'skip', delayMinutes: 5, timeoutHours: 12 } as const;
  return { name: does, time, sources, does, ...fixed };
}

/** What {@link exampleStanding} is made of, where it differs from a project that is well. */
export interface Differences {
  readonly storages?: readonly DestinationFact[];
  readonly runs?: readonly RunRecord[];
  readonly config?: Partial<Config>;
}

/** How a project stands: a night's backup at two o'clock, ten hours ago, and what differs. */
export function exampleStanding({ storages, runs, config = {} }: Differences = {}): Standing {
  const sets = [58, 34, 10].map((hours) => exampleSet(hours));
  const schedules = config.schedules ?? [schedule('backup', '0 2 * * *')];
  const settings = { environment: 'production', shrinkPercent: 50, ...config, schedules };
  const overview: Overview = {
    now: NOW,
    rpoHours: settings.rpoHours ?? 26,
    destinations: storages ?? [exampleStorage(sets)],
    runs: runs ?? [58, 34, 10].map((hours) => runAgo(hours, 'backup', {})),
    schedules: schedules.map((one) => ({ schedule: one, next: new Date('2026-05-08T02:00:00Z') })),
    late: (storages ?? []).length > 0 && (storages ?? []).every(({ late }) => late),
  };
  // Of the settings only those above are looked at.
  return standingOf(overview, { config: settings as unknown as Config, version: '0.1.0' });
}
