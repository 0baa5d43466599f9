import type { Db, Document } from 'mongodb';
import type { Difference } from '../../restore.ts';
import { contentsOf, type ListedCollection } from '../generations/contents.ts';
import type { Expected } from './expected.ts';

/** Where to look for what is expected. */
export interface ComparedPlace {
  readonly database: Db;
  /** Before the name of every collection that was restored beside others. */
  readonly prefix: string;
  /** The collections there, without the prefix. */
  readonly found: readonly ListedCollection[];
  /** Nothing else was there before, so that there must not be more than was recorded. */
  readonly alone: boolean;
}

/** What a comparison found. */
export interface Compared {
  readonly differences: readonly Difference[];
  readonly objects: number;
  readonly rows: number;
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Counts the documents of every expected collection, lists its indexes, looks for the views and the options. Throws the
 * driver's errors.
 */
export async function compare(
  expected: Expected,
  { database, prefix, found, alone }: ComparedPlace,
): Promise<Compared> {
  const present = new Map(found.map(({ name, type }) => [name, type]));
  const differences: Difference[] = [];
  const differ = (name: string, wanted: string, there: string) => {
    if (wanted !== there) differences.push({ name, expected: wanted, found: there });
  };
  const counts: Record<string, number> = {};
  for (const [name, count] of Object.entries(expected.fingerprint.counts)) {
    if (present.has(name)) counts[name] = await database.collection(prefix + name).countDocuments({});
    differ(name, words(count), words(counts[name]));
  }
  for (const [name, indexes] of Object.entries(expected.fingerprint.indexes ?? {})) {
    if (present.has(name)) differ(`${name} (indexes)`, indexes.join(', '), await indexesOf(database, prefix + name));
  }
  for (const view of expected.views) differ(view, 'view', present.get(view) ?? MISSING);
  differences.push(...(await optionDifferences(expected, found)));
  if (alone) differences.push(...extraCollections(expected, [...present.keys()]));
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    differences,
    objects: Object.keys(expected.fingerprint.counts).length + expected.views.length,
    rows,
    counts,
  };
}

/** Validators, caps, collations. An option that the server adds by itself is no loss. */
export async function optionDifferences(
  { options = {} }: Pick<Expected, 'options'>,
  found: readonly ListedCollection[],
): Promise<Difference[]> {
  const { BSON } = await import('mongodb');
  return Object.entries(options).flatMap(([name, wanted]) => {
    const collection = found.find((one) => one.name === name);
    if (collection === undefined) return [];
    // By way of text both sides have the same types: what the archive has as {"$numberInt": "1"} is a 1 of the driver.
    const recorded = BSON.EJSON.deserialize(wanted as Document) as Record<string, unknown>;
    const here = collection.options;
    const spell = (value: unknown): string => BSON.EJSON.stringify({ value: sorted(value) }, { relaxed: true });
    return Object.keys(recorded)
      .filter((key) => !SERVERS_OWN.has(key))
      .map((key) => ({ key, expected: spell(recorded[key]), found: spell(within(here?.[key], recorded[key])) }))
      .filter(({ expected, found: there }) => expected !== there)
      .map(({ key, ...difference }) => ({ name: `${name} (${key})`, ...difference }));
  });
}

/** Told with another value by every server, or not an option that makes a difference. */
const SERVERS_OWN: ReadonlySet<string> = new Set(['uuid', 'autoIndexId', 'flags']);

/** The fields that were recorded: a later server fills in more of its own, as in the options of a time series. */
function within(found: unknown, recorded: unknown): unknown {
  if (!isDocument(found) || !isDocument(recorded)) return found;
  const shared = Object.keys(recorded).filter((key) => key in found);
  return Object.fromEntries(shared.map((key) => [key, within(found[key], recorded[key])]));
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Fields of a document in one order; the order within a list means something. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isDocument(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** Collections that nobody recorded; what the server makes by itself begins with "system.". */
export function extraCollections(
  { fingerprint: { counts, indexes = {} }, views }: Expected,
  present: string[],
): Difference[] {
  const known = new Set([...Object.keys(counts), ...Object.keys(indexes), ...views]);
  return present
    .filter((name) => !known.has(name) && !name.startsWith('system.'))
    .map((name) => ({ name, expected: 'no such collection', found: 'a collection' }));
}

const MISSING = 'missing';

function words(count: number | undefined): string {
  return count === undefined ? MISSING : `${count} documents`;
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
  const { live } = await contentsOf(database);
  return new Map(live.map(({ name, info }) => [name, String(info?.uuid ?? '')]));
}

/** Collections that appeared, went away or were replaced between two snapshots. */
export function changedBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name)).sort();
}
