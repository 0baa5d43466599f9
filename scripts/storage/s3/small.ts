import { randomUUID } from 'node:crypto';
import type { StorageOptions } from '../storage.ts';
import type { Bucket, S3CallOptions, S3Connection } from './bucket.ts';
import { hasName, statusOf } from './errors.ts';
import { headObject, isMadeBy } from './head.ts';
import { checksumOf, objectHeaders, withChecksums } from './headers.ts';

/** What one request that puts a whole object needs. */
interface WholeObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly uploadId: string;
  readonly small: boolean;
  readonly ifAbsent: boolean;
}

/** Puts an object with one request, whatever was there. Twice is once. */
export async function putWhole(
  bucket: Bucket,
  key: string,
  bytes: Uint8Array,
  options: S3CallOptions & { small: boolean },
): Promise<void> {
  const object = { key, bytes, uploadId: randomUUID(), small: options.small, ifAbsent: false };
  await bucket.call(`cannot write "${key}"`, (connection) => send(bucket, connection, object), options);
}

/** Puts a small object unless there is one: see `ObjectStore.putIfAbsent`. */
export async function putIfAbsent(bucket: Bucket, key: string, bytes: Uint8Array, options: StorageOptions) {
  const object = { key, bytes, uploadId: randomUUID(), small: true };
  if (bucket.lacks.conditions) return await putAfterLook(bucket, object, options);
  const outcome = await bucket.call(
    `cannot write "${key}"`,
    async (connection) => await sendIfAbsent(bucket, connection, object),
    options,
  );
  if (outcome !== 'unknown') return outcome === 'written';
  bucket.lacks.conditions = true;
  return await putAfterLook(bucket, object, options);
}

/** "taken" in a second try may be the answer to our own first one, which was lost. */
async function sendIfAbsent(
  bucket: Bucket,
  connection: S3Connection,
  object: Omit<WholeObject, 'ifAbsent'>,
): Promise<'written' | 'taken' | 'unknown'> {
  try {
    await send(bucket, connection, { ...object, ifAbsent: true });
    return 'written';
  } catch (error) {
    if (statusOf(error) === 501) return 'unknown';
    if (statusOf(error) !== 412 && !hasName(error, 'PreconditionFailed')) throw error;
    if (connection.attempt === 1) return 'taken';
    const found = await headObject(bucket, object.key);
    return isMadeBy(found, object.uploadId, object.bytes.length) ? 'written' : 'taken';
  }
}

async function putAfterLook(bucket: Bucket, object: Omit<WholeObject, 'ifAbsent'>, options: StorageOptions) {
  if ((await headObject(bucket, object.key, options)) !== undefined) return false;
  const whole = { ...object, ifAbsent: false };
  await bucket.call(`cannot write "${object.key}"`, (connection) => send(bucket, connection, whole), options);
  return true;
}

async function send(bucket: Bucket, { sdk, client, abort }: S3Connection, object: WholeObject): Promise<void> {
  const { key, bytes, uploadId, small, ifAbsent } = object;
  await withChecksums(bucket, () =>
    client.send(
      new sdk.PutObjectCommand({
        Bucket: bucket.options.bucket,
        Key: bucket.fullKey(key),
        Body: bytes,
        ContentLength: bytes.length,
        ...objectHeaders(bucket, uploadId, { small }),
        ...checksumOf(bucket, bytes),
        ...(ifAbsent && { IfNoneMatch: '*' }),
      }),
      abort,
    ),
  );
}
