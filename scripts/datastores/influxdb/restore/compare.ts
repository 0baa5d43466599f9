import type { CallOptions } from '../../../engines/engine.ts';
import type { StoredSource } from '../../datastore.ts';
import type { Difference, RestoreReport } from '../../restore.ts';
import type { Connection } from '../connection/connection.ts';
import { detailsOf, pointsByName, type Range } from '../facts.ts';
import { countPoints } from '../points.ts';

/** What is compared, and with what. */
export interface Comparison {
  readonly connection: Connection;
  readonly source: StoredSource;
  readonly database: string;
  /** Clients may write there while it is counted: then more is no difference. */
  readonly isLive: boolean;
}

/** Counts what stands after a restore by the same fields as before the dump. */
export async function compare(
  { connection, source, database, isLive }: Comparison,
  options: CallOptions,
): Promise<RestoreReport> {
  const details = detailsOf(source.facts?.details);
  const found = await countPoints(connection, database, options, details.fields);
  const counts = Object.fromEntries(pointsByName(found));
  const recorded = source.facts?.fingerprint.counts;
  const points = Object.entries(recorded ?? {}).map(
    ([name, least]) => [name, details.moving[name] ?? { least, most: least }] as const,
  );
  const series = Object.entries(details.series);
  const all = [
    ...judge(points, counts, 'points'),
    ...judge(series, found.series, 'series').map((one) => ({ ...one, name: `series of "${one.name}"` })),
  ];
  const isDifference = (one: Judged): boolean => recorded !== undefined && !(isLive && one.isMore);
  const more = all.filter((one) => !isDifference(one) && recorded !== undefined);
  return {
    target: database,
    objects: Object.keys(counts).length,
    rows: Object.values(counts).reduce((sum, count) => sum + count, 0),
    counts,
    differences: all.filter(isDifference).map(({ isMore: _, ...difference }) => difference),
    compared: recorded !== undefined,
    notes: more.map(({ name, found: there }) => `${name} is being written to: ${there} already`),
  };
}

interface Judged extends Difference {
  readonly isMore: boolean;
}

function judge(
  expected: readonly (readonly [string, Range])[],
  found: Readonly<Record<string, number>>,
  what: string,
): Judged[] {
  const known = new Map(expected);
  const names = [...new Set([...known.keys(), ...Object.keys(found)])].sort();
  return names.flatMap((name) => {
    const { least, most } = known.get(name) ?? { least: 0, most: 0 };
    const there = found[name] ?? 0;
    if (there >= least && there <= most) return [];
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    return [{ name, expected: `${wanted} ${what}`, found: `${there} ${what}`, isMore: there > most }];
  });
}
