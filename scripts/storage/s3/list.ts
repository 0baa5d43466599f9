import type { ListOptions, ObjectFacts, ObjectListing, UnfinishedUpload } from '../objects/object-store.ts';
import type { StorageOptions } from '../storage.ts';
import type { Bucket } from './bucket.ts';
import { statusOf } from './errors.ts';
import { endUpload } from './multipart.ts';

/** Lists keys: see `ObjectStore.list`. A thousand a request. */
export async function listObjects(bucket: Bucket, prefix: string, options: ListOptions): Promise<ObjectListing> {
  const objects: ObjectFacts[] = [];
  const prefixes: string[] = [];
  let next: string | undefined;
  do {
    const page = await listPage(bucket, prefix, next, options);
    objects.push(...page.objects);
    prefixes.push(...page.prefixes);
    next = page.next;
  } while (next !== undefined && objects.length + prefixes.length < (options.limit ?? Number.POSITIVE_INFINITY));
  return { objects, prefixes };
}

async function listPage(bucket: Bucket, prefix: string, token: string | undefined, options: ListOptions) {
  const root = bucket.options.prefix.length;
  const answer = await bucket.call(
    `cannot list "${bucket.fullKey(prefix)}" in the bucket "${bucket.options.bucket}"`,
    ({ sdk, client, abort }) => {
      const { delimiter: Delimiter, limit: MaxKeys } = options;
      const wanted = {
        ...(Delimiter && { Delimiter }),
        ...(MaxKeys && { MaxKeys }),
        ...(token && { ContinuationToken: token }),
      };
      const command = { Bucket: bucket.options.bucket, Prefix: bucket.fullKey(prefix), ...wanted };
      return client.send(new sdk.ListObjectsV2Command(command), abort);
    },
    options,
  );
  const objects = (answer.Contents ?? []).map(({ Key = '', Size = 0, LastModified = new Date(0), ETag }) => ({
    key: Key.slice(root),
    bytes: Size,
    modified: LastModified,
    ...(ETag !== undefined && { etag: ETag }),
  }));
  return {
    // Consoles make an object of the folder's own name.
    objects: objects.filter(({ key }) => key !== ''),
    prefixes: (answer.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix.slice(root)),
    next: answer.IsTruncated === true ? answer.NextContinuationToken : undefined,
  };
}

/** An upload with what the provider calls it. */
type NamedUpload = UnfinishedUpload & { readonly id: string };

/** Ends unfinished uploads: see `ObjectStore.sweepUnfinished`. */
export async function sweepUploads(
  bucket: Bucket,
  prefix: string,
  isLeftOver: (upload: UnfinishedUpload) => boolean,
  options: StorageOptions,
): Promise<number> {
  const left = (await listUploads(bucket, prefix, options)).filter(isLeftOver);
  for (const { key, id } of left) await endUpload(bucket, key, id);
  return left.length;
}

async function listUploads(bucket: Bucket, prefix: string, options: StorageOptions): Promise<NamedUpload[]> {
  const uploads: NamedUpload[] = [];
  let after: UploadMarkers | undefined = {};
  while (after !== undefined) {
    const page = await uploadPage(bucket, prefix, after, options);
    uploads.push(...page.uploads);
    after = page.next;
  }
  return uploads;
}

interface UploadMarkers {
  readonly KeyMarker?: string | undefined;
  readonly UploadIdMarker?: string | undefined;
}

async function uploadPage(bucket: Bucket, prefix: string, after: UploadMarkers, options: StorageOptions) {
  const root = bucket.options.prefix.length;
  return await bucket.call(
    `cannot list the unfinished uploads in the bucket "${bucket.options.bucket}"`,
    async ({ sdk, client, abort }) => {
      const place = { Bucket: bucket.options.bucket, Prefix: bucket.fullKey(prefix), ...after };
      try {
        const answer = await client.send(new sdk.ListMultipartUploadsCommand(place), abort);
        const uploads = (answer.Uploads ?? []).map(({ Key = '', UploadId = '', Initiated = new Date(0) }) => ({
          key: Key.slice(root),
          id: UploadId,
          begun: Initiated,
        }));
        const next = { KeyMarker: answer.NextKeyMarker, UploadIdMarker: answer.NextUploadIdMarker };
        return { uploads, next: answer.IsTruncated === true ? next : undefined };
      } catch (error) {
        // A provider that does not list them ends them by itself, or by a rule of the bucket.
        if (statusOf(error) === 501) return { uploads: [], next: undefined };
        throw error;
      }
    },
    options,
  );
}
