import { Readable } from 'node:stream';
import { olderBucket } from '../../datastores/objects/older.ts';
import { archiveName, indexName } from '../../datastores/objects/recognize.ts';
import { OLDER_ARCHIVE } from '../../datastores/secrets/names.ts';
import { olderArchive } from '../../datastores/secrets/older.ts';
import { OBJECTS_PLACE, SECRETS_PLACE } from '../../sets/bundle/layouts.ts';
import type { Storage } from '../../storage/storage.ts';
import type { KeptFiles } from './kept-files.ts';

/** True for the place of a file that goes into an archive, and not into the set as it is. */
export function isForArchive(place: string): boolean {
  return place.startsWith(SECRETS_PLACE) || place.startsWith(OBJECTS_PLACE);
}

/** Stores the archives of what an older tarball has as files: the secrets, and each bucket. */
export async function storeArchives(kept: KeptFiles, storage: Storage, set: string): Promise<void> {
  const secrets = kept.below(SECRETS_PLACE);
  if (secrets.length > 0) {
    const archive = Readable.from(olderArchive(secrets), { objectMode: false });
    await storage.put(set, `${SECRETS_PLACE}${OLDER_ARCHIVE}`, archive);
  }
  const objects = kept.below(OBJECTS_PLACE);
  for (const [bucket, files] of Map.groupBy(objects, ({ path }) => path.slice(0, path.indexOf('/')))) {
    const { archive, index } = olderBucket(
      bucket,
      files.map(({ path, ...file }) => ({ ...file, key: path.slice(bucket.length + 1) })),
    );
    await storage.put(set, `${OBJECTS_PLACE}${archiveName(bucket)}`, archive());
    await storage.put(set, `${OBJECTS_PLACE}${indexName(bucket)}`, index());
  }
  await kept.remove();
}
