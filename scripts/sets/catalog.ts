import { Failure } from '../common/failure.ts';
import { runPool } from '../common/pool.ts';
import type { Storage, StorageOptions } from '../storage/storage.ts';
import { type CatalogCache, NO_CACHE } from './catalog-cache.ts';
import { readEntry } from './catalog-entry.ts';
import type { LegacySource, SourceOfFile } from './legacy.ts';
import type { ProofLevel } from './manifest.ts';
import { LOG_FOLDER, resolveSetName } from './name.ts';
import type { ManifestSummary } from './parse.ts';
import { type Pin, SAFETY_LABEL } from './pin.ts';

/** How many sets are looked into at once: enough to hide the latency of a storage, few enough for its limits. */
const SETS_AT_ONCE = 16;

/** What all entries have. */
export interface Entry {
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
  /** RFC 3339, of the newest proof of any level. */
  readonly checkedAt?: string | undefined;
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

/** Options of {@link readCatalog}. */
export interface CatalogOptions extends StorageOptions {
  /** What earlier lists have read; nothing, when it is left out. */
  readonly cache?: CatalogCache;
}

/**
 * Everything that lies in a storage, oldest first; hidden entries (".lock") are left out. One bad entry is shown as
 * what it is; a Failure is thrown only when the storage itself cannot be listed or the run is aborted.
 */
export async function readCatalog(
  storage: Storage,
  sourceOfFile: SourceOfFile,
  { cache = NO_CACHE, ...options }: CatalogOptions = {},
): Promise<CatalogEntry[]> {
  const found = await storage.entries({ ...options, withObjects: true });
  const shown = found.filter(({ name }) => !name.startsWith('.') && name !== LOG_FOLDER);
  const place = { storage, sourceOfFile, options, cache };
  const entries = await runPool(shown, SETS_AT_ONCE, (entry) => readEntry(place, entry));
  await cache.save();
  return entries.sort((one, other) => one.time.getTime() - other.time.getTime() || (one.name < other.name ? -1 : 1));
}

/**
 * The entry that a person means by "latest" (the newest complete set that is no safety backup, or legacy one where there are no others), a name,
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
  const complete = sets.filter((set) => set.state === 'complete' && set.manifest.label !== SAFETY_LABEL);
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
