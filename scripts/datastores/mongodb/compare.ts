import type { Db } from 'mongodb';
import type { Fingerprint } from '../../common/kinds.ts';
import type { Difference } from '../datastore.ts';

/** What is compared after a restore. */
export interface Expected {
  readonly fingerprint: Fingerprint;
  readonly views: readonly string[];
}

/** What a comparison found. */
export interface Compared {
  readonly differences: readonly Difference[];
  readonly objects: number;
  readonly rows: number;
}

/** Counts the documents of every expected collection, lists its indexes, looks for the views. Throws the driver's errors. */
export async function compare(database: Db, expected: Expected): Promise<Compared> {
  const present = new Map((await database.listCollections().toArray()).map(({ name, type }) => [name, type]));
  const differences: Difference[] = [];
  const differ = (name: string, wanted: string, found: string) => {
    if (wanted !== found) differences.push({ name, expected: wanted, found });
  };
  let rows = 0;
  for (const [name, count] of Object.entries(expected.fingerprint.counts)) {
    const found = present.has(name) ? await database.collection(name).countDocuments({}) : undefined;
    rows += found ?? 0;
    differ(name, words(count), found === undefined ? MISSING : words(found));
  }
  for (const [name, indexes] of Object.entries(expected.fingerprint.indexes ?? {})) {
    if (present.has(name)) differ(`${name} (indexes)`, indexes.join(', '), await indexesOf(database, name));
  }
  for (const view of expected.views) differ(view, 'view', present.get(view) ?? MISSING);
  return { differences, objects: Object.keys(expected.fingerprint.counts).length + expected.views.length, rows };
}

const MISSING = 'missing';

function words(count: number): string {
  return `${count} documents`;
}

async function indexesOf(database: Db, collection: string): Promise<string> {
  const indexes = await database.collection(collection).listIndexes().toArray();
  return indexes
    .map(({ name }) => String(name))
    .sort()
    .join(', ');
}

/** The collections of a database by name, with the id that changes when one is dropped and made anew. */
export async function snapshotOf(database: Db): Promise<ReadonlyMap<string, string>> {
  const collections = await database.listCollections().toArray();
  return new Map(collections.map((one) => [one.name, String((one as { info?: { uuid?: unknown } }).info?.uuid ?? '')]));
}

/** Collections that appeared, went away or were replaced between two snapshots. */
export function changedBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}
