import type { Db, Document } from 'mongodb';
import type { Fingerprint } from '../../common/kinds.ts';
import type { Difference } from '../datastore.ts';

/** What is compared after a restore. */
export interface Expected {
  readonly fingerprint: Fingerprint;
  readonly views: readonly string[];
  /** Options of collections that have some, as the archive has them; undefined: nobody recorded them. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** What a comparison found. */
export interface Compared {
  readonly differences: readonly Difference[];
  readonly objects: number;
  readonly rows: number;
}

/**
 * Counts the documents of every expected collection, lists its indexes, looks for the views and the options. `empty`:
 * the database held nothing before, so that there must not be more than was recorded. Throws the driver's errors.
 */
export async function compare(database: Db, expected: Expected, empty: boolean): Promise<Compared> {
  const found = await database.listCollections().toArray();
  const present = new Map(found.map(({ name, type }) => [name, type]));
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
  differences.push(...(await optionDifferences(expected, found)));
  if (empty) differences.push(...extraCollections(expected, [...present.keys()]));
  return { differences, objects: Object.keys(expected.fingerprint.counts).length + expected.views.length, rows };
}

/** Validators, caps, collations. An option that the server adds by itself is no loss. */
export async function optionDifferences(
  { options = {} }: Pick<Expected, 'options'>,
  found: readonly CollectionFound[],
): Promise<Difference[]> {
  const { BSON } = await import('mongodb');
  return Object.entries(options).flatMap(([name, wanted]) => {
    const collection = found.find((one) => one.name === name);
    if (collection === undefined) return [];
    // By way of text both sides have the same types: what the archive has as {"$numberInt": "1"} is a 1 of the driver.
    const recorded = BSON.EJSON.deserialize(wanted as Document) as Record<string, unknown>;
    const here = collection.options as Record<string, unknown> | undefined;
    const spell = (value: unknown): string => BSON.EJSON.stringify({ value: sorted(value) }, { relaxed: true });
    return Object.keys(recorded)
      .filter((key) => !SERVERS_OWN.has(key))
      .map((key) => ({ key, expected: spell(recorded[key]), found: spell(within(here?.[key], recorded[key])) }))
      .filter(({ expected, found: there }) => expected !== there)
      .map(({ key, ...difference }) => ({ name: `${name} (${key})`, ...difference }));
  });
}

type CollectionFound = Readonly<{ name: string; options?: unknown }>;

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
