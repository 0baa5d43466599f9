import { Failure } from '../../common/failure.ts';
import type { ObjectFacts } from '../objects/object-store.ts';
import type { Bucket, S3CallOptions } from './bucket.ts';
import { statusOf } from './errors.ts';
import { UPLOAD_ID } from './headers.ts';

/** What is known of an object, with the upload that made it where the provider may tell us. */
export interface S3Object extends ObjectFacts {
  readonly uploadId?: string | undefined;
}

/** Asks for one object; undefined when there is none. A key that may write but not read is told by a listing. */
export async function headObject(
  bucket: Bucket,
  key: string,
  options: S3CallOptions = {},
): Promise<S3Object | undefined> {
  return await bucket
    .call(
      `cannot look for "${key}"`,
      async ({ sdk, client, abort }) => {
        const place = { Bucket: bucket.options.bucket, Key: bucket.fullKey(key) };
        if (bucket.lacks.heads) return undefined;
        try {
          const found = await client.send(new sdk.HeadObjectCommand(place), abort);
          const uploadId = found.Metadata?.[UPLOAD_ID];
          return { key, bytes: found.ContentLength ?? 0, modified: found.LastModified ?? new Date(0), uploadId };
        } catch (error) {
          if (statusOf(error) === 404) return undefined;
          if (statusOf(error) !== 403) throw error;
          bucket.lacks.heads = true;
          return undefined;
        }
      },
      options,
    )
    .then((found) => found ?? (bucket.lacks.heads ? listedObject(bucket, key, options) : undefined));
}

/** The object whose key is exactly this one sorts before all others that begin so. */
async function listedObject(bucket: Bucket, key: string, options: S3CallOptions): Promise<S3Object | undefined> {
  const full = bucket.fullKey(key);
  return await bucket.call(
    `cannot look for "${key}"`,
    async ({ sdk, client, abort }) => {
      const command = new sdk.ListObjectsV2Command({ Bucket: bucket.options.bucket, Prefix: full, MaxKeys: 1 });
      const [found] = (await client.send(command, abort)).Contents ?? [];
      if (found?.Key !== full) return undefined;
      return { key, bytes: found.Size ?? 0, modified: found.LastModified ?? new Date(0) };
    },
    options,
  );
}

/** Compares the size at the provider with what was sent; throws Failure "storage" when they differ. */
export async function checkSize(bucket: Bucket, key: string, bytes: number, options: S3CallOptions): Promise<void> {
  const found = await headObject(bucket, key, options);
  if (found?.bytes === bytes) return;
  const state = found === undefined ? 'is not there' : `has ${found.bytes} bytes`;
  throw new Failure('storage', { message: `after its upload "${key}" ${state}, expected ${bytes} bytes` });
}

/** Was this object made by that upload? Where the provider may not tell, its size has to do. */
export function isMadeBy(found: S3Object | undefined, uploadId: string, bytes: number): boolean {
  if (found === undefined || found.bytes !== bytes) return false;
  return found.uploadId === undefined || found.uploadId === uploadId;
}
