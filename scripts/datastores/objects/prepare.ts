import { Failure, toFailure } from '../../common/failure.ts';
import type { StoredSource } from '../datastore.ts';
import type { PreparedRestore, RestoreWish } from '../restore.ts';
import { isBucketThere } from './buckets.ts';
import { type BucketChanges, changesOf } from './changes.ts';
import type { Connection } from './connection.ts';
import { excludedOf, isExcludedBy } from './exclude.ts';
import { type ListedObject, listAll } from './listing.ts';
import { indexOf } from './scan.ts';
import { bucketSteps } from './steps.ts';

/** Checks what can be checked before a restore, and sets the set against what is there. Throws Failure. */
export async function prepare(
  connection: Connection,
  source: StoredSource,
  wish: RestoreWish,
  signal: AbortSignal,
): Promise<PreparedRestore> {
  try {
    return await prepareBucket(connection, source, wish, signal);
  } catch (error) {
    throw toFailure(error, { source: `objects/${source.name}`, step: 'prepare' }).at({ stands: 'nothing was changed' });
  }
}

/** Throws Failure "refused" for what no bucket can do. */
export function refuseUnfit({ parts, way }: RestoreWish): void {
  if (parts !== undefined) throw new Failure('refused', { message: 'a bucket is restored as a whole, not in parts' });
  if (way !== 'swap') return;
  const message = 'a bucket cannot be renamed, so that there is no way to put another in its place';
  throw new Failure('refused', { message, hint: 'restore into another bucket: --to NAME=OTHER' });
}

async function prepareBucket(
  connection: Connection,
  source: StoredSource,
  wish: RestoreWish,
  signal: AbortSignal,
): Promise<PreparedRestore> {
  refuseUnfit(wish);
  const { target, exact } = wish;
  const bucket = connection.bucket(target);
  const exists = await isBucketThere(bucket, signal);
  if (wish.way === 'direct' && exists) throw new Failure('refused', { message: `the bucket "${target}" is there` });
  const isExcluded = isExcludedBy(excludedOf(connection.address));
  const listing = exists ? listAll(bucket, signal) : none();
  const { changes, counts } = await changesOf(indexOf(source), listing, { exact, isExcluded });
  return {
    way: exists ? 'in-place' : 'direct',
    reason: exists ? 'a bucket cannot be renamed' : undefined,
    changes,
    warnings: warningsOf(changes.length, counts),
    steps: bucketSteps({ source, bucket, exists, counts, isExcluded }),
    exchange: undefined,
    discard: async () => undefined,
  };
}

async function* none(): AsyncGenerator<ListedObject, void> {}

function warningsOf(listed: number, counts: BucketChanges['counts']): string[] {
  const { added, replaced, removed, left } = counts;
  const all = added + replaced + removed + left;
  if (all <= listed) return [];
  return [
    `only ${listed} of ${all} objects are listed: ${added} are added, ${replaced} replaced, ${removed} removed, ${left} left`,
  ];
}
