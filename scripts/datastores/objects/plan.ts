import { toFailure } from '../../common/failure.ts';
import type { PlannedSource, ServerPlan } from '../datastore.ts';
import { isBucketThere, listBuckets } from './buckets.ts';
import type { Connection } from './connection.ts';
import { listAll } from './listing.ts';
import { whyNotOwnSets } from './own-sets.ts';

/** So many objects are looked at to guess which bucket is the largest; more would cost the time of a listing. */
const LOOKED_AT = 5000;

/** The buckets that can be backed up: those of the settings, else all that our key may see. */
export async function planSources(connection: Connection, signal: AbortSignal): Promise<ServerPlan> {
  const { databases } = connection.address;
  const sources: PlannedSource[] = [];
  const skipped: { name: string; reason: string }[] = [];
  const failed: { name: string; reason: string }[] = [];
  for (const name of databases ?? (await listBuckets(connection, signal))) {
    try {
      const bucket = connection.bucket(name);
      const own = whyNotOwnSets(bucket, connection.address);
      // Nobody asked for it where all buckets are taken.
      if (own !== undefined) (databases === undefined ? skipped : failed).push({ name, reason: own });
      else if (databases !== undefined && !(await isBucketThere(bucket, signal))) {
        skipped.push({ name, reason: 'there is no such bucket' });
      } else sources.push({ kind: 'objects', name, sizeBytes: await guessBytes(connection, name, signal) });
    } catch (error) {
      signal.throwIfAborted();
      const { message, detail } = toFailure(error);
      failed.push({ name, reason: detail === undefined ? message : `${message}: ${detail}` });
    }
  }
  return { sources, skipped, failed };
}

async function guessBytes(connection: Connection, name: string, signal: AbortSignal): Promise<number> {
  let [bytes, seen] = [0, 0];
  for await (const { size } of listAll(connection.bucket(name), signal)) {
    bytes += size;
    seen += 1;
    if (seen >= LOOKED_AT) break;
  }
  return bytes;
}
