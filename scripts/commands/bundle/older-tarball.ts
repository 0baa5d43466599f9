import { Failure } from '../../common/failure.ts';
import { databaseIn, leftOutOf, parseOlderManifest, placeOf } from '../../sets/bundle/layouts.ts';
import type { ScannedBundle } from '../../sets/bundle/scan.ts';
import type { UnpackOptions } from '../../sets/bundle/unpack.ts';
import { freeSetName } from '../../sets/name.ts';
import type { TemporarySets } from '../restore/temporary.ts';
import { KeptFiles } from './kept-files.ts';
import { isForArchive, storeArchives } from './older-archives.ts';

/** A set that was made of a file. */
export interface Stored {
  readonly set: string;
  /** What of the file is not in it, for people. */
  readonly notes: readonly string[];
}

/** The second pass over the file. */
export type Unpack = (options: Omit<UnpackOptions, 'signal'>) => Promise<void>;

/**
 * A tarball of an older system becomes a set without a manifest: it counts as stored, and is read to its end. Throws
 * Failure "version" when it holds nothing that is restored.
 */
export async function storeOlder(scanned: ScannedBundle, sets: TemporarySets, unpack: Unpack): Promise<Stored> {
  const { storage } = sets;
  const manifest = parseOlderManifest(scanned.manifestBytes);
  const paths = scanned.files.map(({ path }) => path);
  const leftOut = leftOutOf(manifest, paths);
  const hasDatabase = paths.some((path) => path.startsWith('mongodb/'));
  const database = hasDatabase ? databaseIn(scanned.database) : undefined;
  const place = (path: string): string | undefined => placeOf(path, database);
  if (paths.every((path) => place(path) === undefined)) throw nothingKnown(leftOut);
  const set = freeSetName(new Date(manifest.createdAt), new Set());
  const kept = new KeptFiles(sets.folder, scanned.files, place);
  await storage.reserve(set);
  await unpack({
    placeOf: place,
    put: async (path, body) => {
      if (isForArchive(path)) await kept.take(path, body);
      else await storage.put(set, path, body);
    },
  });
  await storeArchives(kept, storage, set);
  await storage.publish(set);
  const from = `a tarball of the environment "${manifest.environment}", made on "${manifest.host}"`;
  return { set, notes: [from, ...leftOut] };
}

function nothingKnown(leftOut: readonly string[]): Failure {
  return new Failure('version', {
    message: 'it holds nothing that this version restores',
    detail: leftOut.join('\n') || undefined,
    step: 'check',
  });
}
