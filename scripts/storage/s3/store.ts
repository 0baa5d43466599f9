import { runPool } from '../../common/pool.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { StorageOptions } from '../storage.ts';
import { type Bucket, openBucket } from './bucket.ts';
import { getObject } from './get.ts';
import { headObject } from './head.ts';
import { adviseOn } from './lifecycle.ts';
import { listObjects, sweepUploads } from './list.ts';
import type { S3Options } from './options.ts';
import { putIfAbsent, putWhole } from './small.ts';
import { putStream } from './upload.ts';

/** Deletions at once. One request each: not all providers take the one for many (pitfalls e2), and sets have few objects. */
const REMOVALS_AT_ONCE = 8;

/** The objects of one bucket, below one prefix. Nothing is connected before the first call. */
export function s3Store(options: S3Options): ObjectStore {
  const bucket = openBucket(options);
  return {
    get hasConditionalWrites() {
      return !bucket.lacks.conditions;
    },
    uploadsNeedNames: true,
    put: (key, body, putOptions = {}) => putStream(bucket, key, body, putOptions),
    putIfAbsent: (key, body, callOptions = {}) => putIfAbsent(bucket, key, body, callOptions),
    replace: (key, body, callOptions = {}) => putWhole(bucket, key, body, { ...callOptions, small: true }),
    get: (key, callOptions = {}) => getObject(bucket, key, callOptions),
    head: (key, callOptions = {}) => headObject(bucket, key, callOptions),
    list: (prefix, listOptions = {}) => listObjects(bucket, prefix, listOptions),
    remove: (keys, callOptions = {}) => removeObjects(bucket, keys, callOptions),
    advise: (callOptions) => adviseOn(bucket, callOptions),
    sweepUnfinished: (prefix, isLeftOver, callOptions = {}) => sweepUploads(bucket, prefix, isLeftOver, callOptions),
  };
}

async function removeObjects(bucket: Bucket, keys: readonly string[], options: StorageOptions): Promise<void> {
  await runPool(keys, REMOVALS_AT_ONCE, (key) =>
    bucket.call(
      `cannot remove "${key}"`,
      async ({ sdk, client, abort }) => {
        const place = { Bucket: bucket.options.bucket, Key: bucket.fullKey(key) };
        await client.send(new sdk.DeleteObjectCommand(place), abort);
      },
      options,
    ),
  );
}
