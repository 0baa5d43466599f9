import type { TargetFacts } from '../restore.ts';
import { isBucketThere } from './buckets.ts';
import type { Connection } from './connection.ts';
import { folderOf } from './keys.ts';
import { listAll } from './listing.ts';

/** What stands in the bucket that a source would be restored to. */
export async function targetFacts(connection: Connection, name: string, signal: AbortSignal): Promise<TargetFacts> {
  const bucket = connection.bucket(name);
  const none = { name, exists: false, sizeBytes: 0, objects: 0, lastWrite: undefined, sessions: 0 };
  if (!(await isBucketThere(bucket, signal))) return none;
  let [sizeBytes, newest] = [0, 0];
  const folders = new Set<string>();
  for await (const { key, size, modified } of listAll(bucket, signal)) {
    sizeBytes += size;
    newest = Math.max(newest, modified.getTime());
    folders.add(folderOf(key));
  }
  const lastWrite = newest === 0 ? undefined : new Date(newest);
  return { ...none, exists: true, sizeBytes, objects: folders.size, lastWrite };
}
