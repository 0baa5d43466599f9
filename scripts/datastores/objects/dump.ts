import { pipeline } from 'node:stream/promises';
import type { Context } from '../../common/context.ts';
import type { ArtifactSink, DumpFacts, PlannedSource } from '../datastore.ts';
import { parallelGzip } from '../mongodb/gzip.ts';
import type { Connection } from './connection.ts';
import { excludedOf, isExcludedBy } from './exclude.ts';
import { fetchAll } from './fetch.ts';
import { IndexWriter } from './index-file.ts';
import { readableKey } from './keys.ts';
import { type ListedObject, listAll } from './listing.ts';
import { archiveName, indexName } from './recognize.ts';
import { Tally } from './tally.ts';
import { writeArchive } from './write.ts';

/** Archives the current version of every object of a bucket. Throws Failure. */
export async function dump(
  connection: Connection,
  { name }: PlannedSource,
  sink: ArtifactSink,
  { signal }: Context,
): Promise<DumpFacts> {
  const bucket = connection.bucket(name);
  const patterns = excludedOf(connection.address);
  const [tally, vanished, changed, excluded] = [new Tally(), new Keys(), new Keys(), new Keys()];
  const listing = without(listAll(bucket, signal), isExcludedBy(patterns), (key) => excluded.add(key));
  const index = new IndexWriter(sink(indexName(name), { compression: 'none' }), name);
  const notes = { vanished: (key: string) => vanished.add(key), changed: (key: string) => changed.add(key) };
  const bytes = writeArchive(fetchAll(bucket, listing, signal), { bucket, index, tally, notes, signal });
  await pipeline(parallelGzip(bytes), sink(archiveName(name), { compression: 'gzip' }), { signal });
  const { objects, bytes: size } = tally;
  const facts: DumpFacts = {
    // A bucket has no snapshot: what is put or removed while it is read may be in it or not.
    consistency: 'fuzzy',
    fingerprint: tally.fingerprint(),
    details: { objects, bytes: size, bytesByFolder: tally.bytesByFolder(), patterns, excludedCount: excluded.count },
    warnings: [
      vanished.told('vanished while the bucket was backed up'),
      changed.told('changed while the bucket was backed up: the newer version is in the backup'),
    ].filter((warning) => warning !== undefined),
  };
  return facts;
}

async function* without(
  listing: AsyncIterable<ListedObject>,
  isExcluded: (key: string) => boolean,
  tell: (key: string) => void,
): AsyncGenerator<ListedObject, void> {
  for await (const object of listing) {
    if (isExcluded(object.key)) tell(object.key);
    else yield object;
  }
}

/** So many keys are told by name: a manifest is no place for a million. */
const MOST_KEYS = 20;

/** Some keys, and how many there were. */
class Keys {
  readonly #kept: string[] = [];
  count = 0;

  add(key: string): void {
    this.count += 1;
    if (this.#kept.length < MOST_KEYS) this.#kept.push(readableKey(key));
  }

  told(what: string): string | undefined {
    if (this.count === 0) return undefined;
    const more = this.count > this.#kept.length ? ` and ${this.count - this.#kept.length} more` : '';
    return `${this.#kept.map((key) => `"${key}"`).join(', ')}${more}: ${what}`;
  }
}
