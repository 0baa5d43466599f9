import { Failure } from '../../common/failure.ts';
import type { Bucket } from '../../storage/s3/bucket.ts';
import { compareKeys, readableKey } from './keys.ts';

/** An object as a listing tells it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string | undefined;
  readonly modified: Date;
}

interface Page {
  readonly objects: readonly ListedObject[];
  readonly next: string | undefined;
}

/**
 * All objects of a bucket in the order of their keys, a thousand a request; the next page is asked for while one is being
 * used. Throws Failure "storage" when the keys come in another order: nothing could tell then whether one came twice.
 */
export async function* listAll(bucket: Bucket, signal: AbortSignal): AsyncGenerator<ListedObject, void> {
  let last: string | undefined;
  let asked: Promise<Page> | undefined = listPage(bucket, undefined, signal);
  while (asked !== undefined) {
    const { objects, next }: Page = await asked;
    asked = next === undefined ? undefined : listPage(bucket, next, signal);
    // It is awaited after this page; until then a failure must not count as unhandled.
    asked?.catch(() => undefined);
    for (const object of objects) {
      if (last !== undefined && compareKeys(last, object.key) >= 0) throw outOfOrder(bucket, last, object.key);
      last = object.key;
      yield object;
    }
  }
}

/** Keys may hold what XML does not carry (S3, "ListObjectsV2", encoding-type), so they are asked for percent-encoded. */
async function listPage(bucket: Bucket, token: string | undefined, signal: AbortSignal): Promise<Page> {
  const { bucket: name } = bucket.options;
  const answer = await bucket.call(
    `cannot list the bucket "${name}"`,
    ({ sdk, client, abort }) => {
      const from = token === undefined ? {} : { ContinuationToken: token };
      return client.send(new sdk.ListObjectsV2Command({ Bucket: name, EncodingType: 'url', ...from }), abort);
    },
    { signal },
  );
  const isEncoded = answer.EncodingType === 'url';
  const objects = (answer.Contents ?? []).map(({ Key = '', Size = 0, ETag, LastModified = new Date(0) }) => ({
    key: isEncoded ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key,
    size: Size,
    etag: ETag,
    modified: LastModified,
  }));
  return { objects, next: answer.IsTruncated === true ? answer.NextContinuationToken : undefined };
}

function outOfOrder({ options }: Bucket, last: string, key: string): Failure {
  const order = `"${readableKey(key)}" after "${readableKey(last)}"`;
  const message = `the bucket "${options.bucket}" lists ${order}, expected the order of the keys' bytes`;
  return new Failure('storage', { message });
}
