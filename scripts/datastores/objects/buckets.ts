import { Failure } from '../../common/failure.ts';
import type { Bucket } from '../../storage/s3/bucket.ts';
import { statusOf } from '../../storage/s3/errors.ts';
import type { Connection } from './connection.ts';

/** The names of all buckets that our key may see. Throws Failure "denied", "unreachable". */
export async function listBuckets(connection: Connection, signal: AbortSignal): Promise<readonly string[]> {
  const { label } = connection.address;
  try {
    return await connection.bucket('').call(
      `cannot list the buckets of ${label}`,
      async ({ sdk, client, abort }) => {
        const { Buckets = [] } = await client.send(new sdk.ListBucketsCommand({}), abort);
        return Buckets.flatMap(({ Name }) => Name ?? []);
      },
      { signal },
    );
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'denied') throw error;
    const { message, detail } = error;
    throw new Failure('denied', { message, detail, hint: 'name the buckets: OBJECTS_BUCKETS=uploads,avatars' });
  }
}

/** True when the bucket is there. Throws Failure "denied", "unreachable". */
export async function isBucketThere(bucket: Bucket, signal: AbortSignal): Promise<boolean> {
  const { bucket: name } = bucket.options;
  return await bucket.call(
    `cannot look for the bucket "${name}"`,
    async ({ sdk, client, abort }) => {
      try {
        await client.send(new sdk.HeadBucketCommand({ Bucket: name }), abort);
        return true;
      } catch (error) {
        if (statusOf(error) === 404) return false;
        throw error;
      }
    },
    { signal },
  );
}

/** Makes a bucket in the region of the settings. Throws Failure. */
export async function makeBucket(bucket: Bucket, signal: AbortSignal): Promise<void> {
  const { bucket: name, region } = bucket.options;
  await bucket.call(
    `cannot make the bucket "${name}"`,
    async ({ sdk, client, abort }) => {
      // The first region has no name here (S3, "CreateBucket", LocationConstraint).
      const place = region === 'us-east-1' || region === 'auto' ? {} : { LocationConstraint: region as 'eu-central-1' };
      const settings = Object.keys(place).length === 0 ? {} : { CreateBucketConfiguration: place };
      await client.send(new sdk.CreateBucketCommand({ Bucket: name, ...settings }), abort);
    },
    { signal },
  );
}

/** Removes an empty bucket. Throws Failure. */
export async function removeBucket(bucket: Bucket, signal: AbortSignal): Promise<void> {
  const { bucket: name } = bucket.options;
  await bucket.call(
    `cannot remove the bucket "${name}"`,
    async ({ sdk, client, abort }) => {
      await client.send(new sdk.DeleteBucketCommand({ Bucket: name }), abort);
    },
    { signal },
  );
}

/** Removes one object; none is fine. Throws Failure. */
export async function removeObject(bucket: Bucket, key: string, signal: AbortSignal): Promise<void> {
  await bucket.call(
    `cannot remove "${key}"`,
    async ({ sdk, client, abort }) => {
      await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket.options.bucket, Key: key }), abort);
    },
    { signal },
  );
}
