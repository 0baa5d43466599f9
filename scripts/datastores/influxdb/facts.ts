import type { Around } from './around.ts';
import type { RetentionPolicy } from './databases.ts';
import type { Points } from './points.ts';

/** The least and the most that a number was while a backup was made. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** What is recorded of a dump beside its fingerprint; keys of `details` in the manifest. */
export interface InfluxDetails extends Around {
  readonly retentionPolicies: readonly RetentionPolicy[];
  /** Shards in the archive. */
  readonly shards: number;
  /** By which field the points of each measurement were counted. */
  readonly fields: Readonly<Record<string, string>>;
  /** Measurements that were written to meanwhile: the dump has a number of points between these. */
  readonly moving: Readonly<Record<string, Range>>;
  /** Series by retention policy. */
  readonly series: Readonly<Record<string, Range>>;
  /** Gone while the backup was made: a retention policy ended their time. */
  readonly vanishedShards: readonly number[];
}

/**
 * What a restore is compared with, out of a count before the backup and one after it. Where both agree the number is that
 * of the dump; where a writer was at work the dump lies between, and the lower one stands for it.
 */
export function compareCounts(
  before: Points,
  after: Points,
): Pick<InfluxDetails, 'fields' | 'moving' | 'series'> & { counts: Readonly<Record<string, number>> } {
  const [early, late] = [pointsByName(before), pointsByName(after)];
  const names = [...new Set([...early.keys(), ...late.keys()])].sort();
  const ranges = names.map((name) => [name, rangeOf(early.get(name) ?? 0, late.get(name) ?? 0)] as const);
  const policies = [...new Set([...Object.keys(before.series), ...Object.keys(after.series)])].sort();
  return {
    counts: Object.fromEntries(ranges.map(([name, { least }]) => [name, least])),
    moving: Object.fromEntries(ranges.filter(([, { least, most }]) => least !== most)),
    series: Object.fromEntries(
      policies.map((name) => [name, rangeOf(before.series[name] ?? 0, after.series[name] ?? 0)]),
    ),
    fields: Object.fromEntries([...before.measurements, ...after.measurements].map(({ name, field }) => [name, field])),
  };
}

/** The number of points of each measurement. */
export function pointsByName({ measurements }: Pick<Points, 'measurements'>): Map<string, number> {
  return new Map(measurements.map(({ name, points }) => [name, points]));
}

function rangeOf(one: number, other: number): Range {
  return { least: Math.min(one, other), most: Math.max(one, other) };
}

/** The details of a dump as a restore needs them; empty lists where they were not recorded. */
export function detailsOf(details: Readonly<Record<string, unknown>> | undefined): InfluxDetails {
  const none: InfluxDetails = {
    retentionPolicies: [],
    continuousQueries: [],
    grants: [],
    shards: 0,
    fields: {},
    moving: {},
    series: {},
    vanishedShards: [],
  };
  // Written by `dump` of this room; what the manifest's own check let pass has these shapes.
  return { ...none, ...(details as Partial<InfluxDetails> | undefined) };
}
