import { Failure, toFailure } from '../common/failure.ts';
import { runPool } from '../common/pool.ts';
import {
  type Storage,
  type StorageOptions,
  type StoredEntry,
  type StoredObject,
  UNFINISHED_SUFFIX,
} from '../storage/storage.ts';
import { sha256 } from './digest.ts';
import { type LegacySource, legacySources, type SourceOfFile } from './legacy.ts';
import { MANIFEST_FILE, type ProofLevel } from './manifest.ts';
import { parseSetName, resolveSetName } from './name.ts';
import { type ManifestSummary, parseManifestSummary } from './parse.ts';
import { isPinFile, type Pin, readPin } from './pin.ts';
import { isProofFile, readProofs } from './proof.ts';
import { readObject } from './read-object.ts';

/** How many sets are looked into at once: enough to hide the latency of a storage, few enough for its limits. */
const SETS_AT_ONCE = 16;

interface Entry {
  /** As it lies in the storage, without the ending of an unfinished set. */
  readonly name: string;
  /** When the set began; for what is not a set, when it was last changed. */
  readonly time: Date;
}

/** A set whose manifest is whole and whose files are all there in the right size. */
export interface CompleteEntry extends Entry {
  readonly state: 'complete';
  readonly manifest: ManifestSummary;
  readonly bytes: number;
  readonly proof: ProofLevel;
  /** RFC 3339, of the proof. */
  readonly provenAt: string | undefined;
  /** Keeps it from retention. */
  readonly pin?: Pin;
}

/** A set of an older shell script: no manifest, known files. Counts as stored. */
export interface LegacyEntry extends Entry {
  readonly state: 'legacy';
  readonly sources: readonly LegacySource[];
  readonly bytes: number;
}

/** A set that cannot be restored as it is. */
export interface DamagedEntry extends Entry {
  readonly state: 'damaged';
  readonly reason: string;
  readonly bytes: number;
}

/** A set that is being written, or was when its run died. */
export interface PartialEntry extends Entry {
  readonly state: 'partial';
  /** When anything in it last changed. */
  readonly changed: Date;
  readonly bytes: number;
}

/** Anything else; never touched. */
export interface ForeignEntry extends Entry {
  readonly state: 'foreign';
  readonly reason: string;
}

/** One entry of a storage as it is. */
export type CatalogEntry = CompleteEntry | LegacyEntry | DamagedEntry | PartialEntry | ForeignEntry;

/**
 * Everything that lies in a storage, oldest first; hidden entries (".lock") are left out. One bad entry is shown as
 * what it is; a Failure is thrown only when the storage itself cannot be listed or the run is aborted.
 */
export async function readCatalog(
  storage: Storage,
  sourceOfFile: SourceOfFile,
  options: StorageOptions = {},
): Promise<CatalogEntry[]> {
  const entries = (await storage.entries(options)).filter(({ name }) => !name.startsWith('.'));
  const read = await runPool(entries, SETS_AT_ONCE, (entry) => readEntry({ storage, sourceOfFile, options }, entry));
  return read.sort((one, other) => one.time.getTime() - other.time.getTime() || (one.name < other.name ? -1 : 1));
}

/**
 * The entry that a person means by "latest" (the newest complete set, or legacy one where there are no others), a name,
 * or the beginning of one. Throws Failure "ambiguous", "not-found", or "damaged" when a set newer than the latest is.
 */
export function resolveEntry(
  wanted: string,
  entries: readonly CatalogEntry[],
): CompleteEntry | LegacyEntry | DamagedEntry {
  const sets = entries.filter((entry) => entry.state !== 'partial' && entry.state !== 'foreign');
  if (wanted === 'latest') refuseDamagedNewest(sets);
  const name = resolveSetName(
    wanted,
    (wanted === 'latest' ? latestCandidates(sets) : sets).map((entry) => entry.name),
  );
  const found = sets.find((entry) => entry.name === name);
  if (found === undefined)
    throw new Failure('internal', { message: `the set "${name}" was resolved but is not listed` });
  return found;
}

function latestCandidates<Candidate extends CatalogEntry>(sets: readonly Candidate[]): readonly Candidate[] {
  const complete = sets.filter(({ state }) => state === 'complete');
  return complete.length > 0 ? complete : sets.filter(({ state }) => state === 'legacy');
}

/** Data that is older than the person believes must not come back without a word: they name the older set themselves. */
function refuseDamagedNewest(sets: readonly (CompleteEntry | LegacyEntry | DamagedEntry)[]): void {
  const newest = sets.findLast(({ state }) => state !== 'legacy');
  if (newest?.state !== 'damaged') return;
  const [before] = latestCandidates(sets).slice(-1);
  throw new Failure('damaged', {
    message: `the newest set "${newest.name}" is damaged: ${newest.reason}`,
    hint: before && `holdfast restore ${before.name}, which is the one before it`,
  });
}

interface Place {
  readonly storage: Storage;
  readonly sourceOfFile: SourceOfFile;
  readonly options: StorageOptions;
}

async function readEntry(place: Place, { name, isFolder, modified }: StoredEntry): Promise<CatalogEntry> {
  const foreign = { state: 'foreign', name, time: modified } as const;
  if (!isFolder) return { ...foreign, reason: 'it is a file' };
  const unfinished = name.endsWith(UNFINISHED_SUFFIX);
  const set = unfinished ? name.slice(0, -UNFINISHED_SUFFIX.length) : name;
  const time = parseSetName(set);
  if (time === undefined) return { ...foreign, reason: 'its name is not that of a set' };
  try {
    const objects = await place.storage.objects(set, { ...place.options, unfinished });
    return unfinished ? partial(set, time, modified, objects) : await readSet(place, { name: set, time }, objects);
  } catch (error) {
    return unreadable({ name: set, time }, toFailure(error));
  }
}

/** Only an abort ends the whole list; everything else is a property of this entry. */
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

async function readSet(place: Place, entry: Entry, objects: readonly StoredObject[]): Promise<CatalogEntry> {
  const bytes = totalBytes(objects);
  const sizes = new Map(objects.map((object) => [object.path.slice(entry.name.length + 1), object.bytes]));
  if (!sizes.has(MANIFEST_FILE)) return withoutManifest(place, entry, objects);
  const read = await readObject(place.storage, entry.name, MANIFEST_FILE, place.options);
  const manifest = parseManifestSummary(read);
  const reason = reasonOfDamage(entry.name, manifest, sizes);
  if (reason !== undefined) return { ...entry, state: 'damaged', reason, bytes };
  const { storage, options } = place;
  const files = [...sizes.keys()];
  const proofs = files.filter(isProofFile);
  const { level: proof, provenAt } = await readProofs(storage, entry.name, proofs, sha256(read), options);
  const pin = await readPin(storage, manifest, files.filter(isPinFile), options);
  const time = new Date(manifest.createdAt);
  return { ...entry, state: 'complete', time, manifest, bytes, proof, provenAt, ...(pin && { pin }) };
}

function withoutManifest(place: Place, entry: Entry, objects: readonly StoredObject[]): LegacyEntry | ForeignEntry {
  const sources = legacySources(entry.name, objects, place.sourceOfFile);
  if (sources.length > 0) return { ...entry, state: 'legacy', sources, bytes: totalBytes(objects) };
  return { ...entry, state: 'foreign', reason: `it has no ${MANIFEST_FILE} and no dump that is known` };
}

function reasonOfDamage(
  name: string,
  manifest: ManifestSummary,
  sizes: ReadonlyMap<string, number>,
): string | undefined {
  if (manifest.id !== name) return `its manifest is of the set "${manifest.id}"`;
  const files = [...manifest.sources.flatMap(({ artifacts }) => artifacts), ...manifest.extras];
  const wrong = files.find(({ path, bytes }) => sizes.get(path) !== bytes);
  if (wrong === undefined) return undefined;
  const found = sizes.get(wrong.path);
  return found === undefined
    ? `"${wrong.path}" is missing`
    : `"${wrong.path}" has ${found} bytes, expected ${wrong.bytes}`;
}

function totalBytes(objects: readonly StoredObject[]): number {
  return objects.reduce((sum, { bytes }) => sum + bytes, 0);
}
