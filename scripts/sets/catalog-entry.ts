import { Readable } from 'node:stream';
import { type Failure, toFailure } from '../common/failure.ts';
import { totalBytes } from '../common/total-bytes.ts';
import {
  type Storage,
  type StorageOptions,
  type StoredEntry,
  type StoredObject,
  UNFINISHED_SUFFIX,
} from '../storage/storage.ts';
import type { CatalogEntry, Entry, ForeignEntry, LegacyEntry, PartialEntry } from './catalog.ts';
import type { CatalogCache } from './catalog-cache.ts';
import { sha256 } from './digest.ts';
import { legacySources, type SourceOfFile } from './legacy.ts';
import { MANIFEST_FILE } from './manifest.ts';
import { parseSetName } from './name.ts';
import { type ManifestSummary, parseManifestSummary, type SourceSummary } from './parse.ts';
import { isPinFile, readPin } from './pin.ts';
import { isProofFile, readProofs } from './proof.ts';
import { readObject } from './read-object.ts';

/** Where entries are read. */
export interface CatalogPlace {
  readonly storage: Storage;
  readonly sourceOfFile: SourceOfFile;
  readonly options: StorageOptions;
  readonly cache: CatalogCache;
}

/** Tells what an entry is. Throws Failure "interrupted" alone: everything else is a property of the entry. */
export async function readEntry(place: CatalogPlace, found: StoredEntry): Promise<CatalogEntry> {
  const { name, isFolder, modified } = found;
  const foreign = { state: 'foreign', name, time: modified } as const;
  if (!isFolder) return { ...foreign, reason: 'it is a file' };
  const unfinished = name.endsWith(UNFINISHED_SUFFIX);
  const set = unfinished ? name.slice(0, -UNFINISHED_SUFFIX.length) : name;
  const time = parseSetName(set);
  if (time === undefined) return { ...foreign, reason: 'its name is not that of a set' };
  try {
    return unfinished
      ? partial(set, time, modified, await place.storage.objects(set, { ...place.options, unfinished }))
      : await readListed(place, { name: set, time }, found.objects);
  } catch (error) {
    return unreadable({ name: set, time }, toFailure(error));
  }
}

function unreadable(entry: Entry, failure: Failure): CatalogEntry {
  if (failure.code === 'interrupted') throw failure;
  if (failure.code === 'version') return { ...entry, state: 'foreign', reason: failure.message };
  const reason = failure.detail === undefined ? failure.message : `${failure.message}: ${failure.detail}`;
  return { ...entry, state: 'damaged', reason, bytes: 0 };
}

function partial(name: string, time: Date, modified: Date, objects: readonly StoredObject[]): PartialEntry {
  const changed = new Date(Math.max(modified.getTime(), ...objects.map((object) => object.modified.getTime())));
  return { state: 'partial', name, time, changed, bytes: totalBytes(objects) };
}

/** A list of many sets is made of pages, and what changed between two of them looks damaged: then the set is asked. */
async function readListed(place: CatalogPlace, entry: Entry, listed: readonly StoredObject[] | undefined) {
  const read = listed && (await readSet(place, entry, listed));
  if (read?.state === 'complete') return read;
  return await readSet(place, entry, await place.storage.objects(entry.name, place.options));
}

async function readSet(place: CatalogPlace, entry: Entry, objects: readonly StoredObject[]): Promise<CatalogEntry> {
  const bytes = totalBytes(objects);
  const files = new Map(objects.map((object) => [object.path.slice(entry.name.length + 1), object]));
  const file = files.get(MANIFEST_FILE);
  if (file === undefined) return withoutManifest(place, entry, objects);
  const { manifest, sha256: manifestSha256 } = await place.cache.recall(file, () => readManifest(place, entry));
  const reason = reasonOfDamage(entry.name, manifest, files);
  if (reason !== undefined) return { ...entry, state: 'damaged', reason, bytes };
  const { options } = place;
  const notes = noteReader(place, files);
  const paths = [...files.keys()];
  const found = await readProofs(notes, entry.name, paths.filter(isProofFile), manifestSha256, options);
  const pin = await readPin(notes, manifest, paths.filter(isPinFile), options);
  const time = new Date(manifest.createdAt);
  const { level: proof, provenAt, checkedAt } = found;
  return { ...entry, state: 'complete', time, manifest, bytes, proof, provenAt, checkedAt, ...(pin && { pin }) };
}

async function readManifest({ storage, options }: CatalogPlace, { name }: Entry) {
  const bytes = await readObject(storage, name, MANIFEST_FILE, options);
  return { manifest: withoutFacts(parseManifestSummary(bytes)), sha256: sha256(bytes) };
}

/** Counts of every table are most of a manifest, and no list shows more than their sum. */
function withoutFacts(manifest: ManifestSummary): ManifestSummary {
  const sources = manifest.sources.map((source: WholeSource) => {
    const { fingerprint, details: _details, ...rest } = source;
    const counts = Object.values(fingerprint?.counts ?? {});
    return counts.length === 0 ? rest : { ...rest, rows: counts.reduce((sum, count) => sum + count, 0) };
  });
  return { ...manifest, sources };
}

/** A manifest that was read has all its fields, whatever the summary names of them. */
type WholeSource = SourceSummary & {
  readonly fingerprint?: { readonly counts?: Readonly<Record<string, number>> };
  readonly details?: unknown;
};

/** The storage as those who read proofs and pins see it: what is remembered of these small files is not read again. */
function noteReader({ storage, cache, options }: CatalogPlace, files: ReadonlyMap<string, StoredObject>): Storage {
  return {
    ...storage,
    get: async (set, path) => {
      const file = files.get(path);
      if (file === undefined) return await storage.get(set, path, options);
      // Latin-1 keeps every byte as it is, in a file of JSON as well.
      const read = async () => (await readObject(storage, set, path, options)).toString('latin1');
      return Readable.from([Buffer.from(await cache.recall(file, read), 'latin1')]);
    },
  };
}

function withoutManifest(
  place: CatalogPlace,
  entry: Entry,
  objects: readonly StoredObject[],
): LegacyEntry | ForeignEntry {
  const sources = legacySources(entry.name, objects, place.sourceOfFile);
  if (sources.length > 0) return { ...entry, state: 'legacy', sources, bytes: totalBytes(objects) };
  return { ...entry, state: 'foreign', reason: `it has no ${MANIFEST_FILE} and no dump that is known` };
}

function reasonOfDamage(
  name: string,
  manifest: ManifestSummary,
  found: ReadonlyMap<string, StoredObject>,
): string | undefined {
  if (manifest.id !== name) return `its manifest is of the set "${manifest.id}"`;
  const files = [...manifest.sources.flatMap(({ artifacts }) => artifacts), ...manifest.extras];
  const wrong = files.find(({ path, bytes }) => found.get(path)?.bytes !== bytes);
  if (wrong === undefined) return undefined;
  const there = found.get(wrong.path);
  return there === undefined
    ? `"${wrong.path}" is missing`
    : `"${wrong.path}" has ${there.bytes} bytes, expected ${wrong.bytes}`;
}
