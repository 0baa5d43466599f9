import type { Context } from '../../../common/context.ts';
import { Failure } from '../../../common/failure.ts';
import type { Fingerprint } from '../../../common/kinds.ts';
import { nearestName } from '../../../common/nearest.ts';
import type { StoredSource } from '../../datastore.ts';
import type { RestoreParts } from '../../restore.ts';
import { fingerprintOf, type MongoDetails } from '../facts.ts';
import { readContent } from '../read.ts';

/** What a set has of a database, and what is compared after its restore. */
export interface Expected {
  readonly fingerprint: Fingerprint;
  readonly views: readonly string[];
  /** Options of collections that have some, as the archive has them; undefined: nobody recorded them. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** What is expected, and where it is in the archive. */
export interface Expectations {
  /** The database in the archive. */
  readonly from: string;
  readonly expected: Expected;
  /** Options of the views, for those who must make them. */
  readonly definitions: Readonly<Record<string, unknown>>;
  /** Bytes of the documents, where they were recorded. */
  readonly documentBytes: number | undefined;
}

/** What was recorded; for a set without a manifest, what our own reader finds in the archive. */
export async function expectationsOf(source: StoredSource, context: Context): Promise<Expectations> {
  if (source.facts === undefined) return await found(source, context);
  const { views, options, documentBytes } = source.facts.details as Partial<MongoDetails>;
  const names = Array.isArray(views) ? views.map(String) : [];
  return {
    from: source.name,
    expected: { fingerprint: source.facts.fingerprint, views: names, options },
    definitions: Object.fromEntries(names.map((name) => [name, options?.[name]])),
    documentBytes: typeof documentBytes === 'number' ? documentBytes : undefined,
  };
}

async function found(source: StoredSource, context: Context): Promise<Expectations> {
  const content = await readContent(source, context);
  const databases = [...new Set(content.collections.map(({ database }) => database))];
  const from = databases.length === 1 ? (databases[0] as string) : source.name;
  if (!databases.includes(from)) {
    const names = databases.map((name) => `"${name}"`).join(', ') || 'none';
    throw new Failure('not-found', { message: `archive holds the databases ${names}, expected "${from}"` });
  }
  const own = { ...content, collections: content.collections.filter(({ database }) => database === from) };
  const views = own.collections.filter(({ type }) => type === 'view');
  return {
    from,
    expected: { fingerprint: fingerprintOf(own), views: views.map(({ collection }) => collection) },
    definitions: Object.fromEntries(views.map(({ collection, options }) => [collection, options])),
    documentBytes: own.collections.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Under this name the data of a time series are counted. */
const BUCKETS = 'system.buckets.';

/** The collections, views and time series of a set, by the names that people use. */
export function namesIn({ fingerprint: { counts, indexes = {} }, views }: Expected): string[] {
  const stored = [...Object.keys(counts), ...Object.keys(indexes)].map(publicName);
  return [...new Set([...stored, ...views])].sort();
}

/** The time series among them. */
export function timeSeriesIn({ fingerprint: { counts } }: Expected): string[] {
  return Object.keys(counts)
    .filter((name) => name.startsWith(BUCKETS))
    .map(publicName);
}

function publicName(name: string): string {
  return name.startsWith(BUCKETS) ? name.slice(BUCKETS.length) : name;
}

/** Only some collections of what is expected. Throws Failure "not-found" for one that is not in the set. */
export function onlyParts(expectations: Expectations, { collections, tables, schemas }: RestoreParts): Expectations {
  const { expected } = expectations;
  const known = new Set(namesIn(expected));
  const [table] = [...tables, ...schemas];
  if (table !== undefined)
    throw notThere(`"${table}" is no collection: MongoDB has neither tables nor schemas`, '', []);
  for (const name of collections) {
    if (!known.has(name))
      throw notThere(`there is no collection "${name}" of "${expectations.from}" in the set`, name, known);
  }
  const within = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).filter(([name]) => collections.includes(publicName(name))));
  const { counts, indexes, ...others } = expected.fingerprint;
  return {
    ...expectations,
    expected: {
      fingerprint: { ...others, counts: within(counts), ...(indexes && { indexes: within(indexes) }) },
      views: expected.views.filter((name) => collections.includes(name)),
      options: expected.options && within(expected.options),
    },
    definitions: within(expectations.definitions),
    documentBytes: undefined,
  };
}

function notThere(message: string, name: string, known: Iterable<string>): Failure {
  const nearest = nearestName(name, known);
  return new Failure('not-found', { message, ...(nearest !== undefined && { hint: `did you mean "${nearest}"?` }) });
}
