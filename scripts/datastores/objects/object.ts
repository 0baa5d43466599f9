import type { Readable } from 'node:stream';
import type { Bucket, ObjectHeaders } from '../../storage/s3/bucket.ts';
import { type ObjectAnswer, openObject } from '../../storage/s3/get.ts';
import type { HEADERS, IndexedObject, Texts } from './index-line.ts';

/** What is kept of an object beside its content. */
export type ObjectFacts = Pick<IndexedObject, 'etag' | 'version' | 'modified' | 'headers' | 'metadata' | 'tags'>;

/** An object on its way. */
export interface OpenedObject {
  readonly facts: ObjectFacts;
  /** Bytes. */
  readonly size: number;
  readonly stream: Readable;
}

/** Opens an object, with its tags where it has any. Throws Failure "not-found" when it is gone. */
export async function openFully(bucket: Bucket, key: string, signal: AbortSignal): Promise<OpenedObject> {
  const { answer, stream } = await openObject(bucket, key, { signal });
  try {
    return { facts: await withTags(bucket, key, answer, signal), size: answer.ContentLength ?? 0, stream };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** What is kept of an object, by what its server answered. */
export async function withTags(bucket: Bucket, key: string, answer: ObjectAnswer, signal: AbortSignal) {
  const tags = (answer.TagCount ?? 0) > 0 ? await tagsOf(bucket, key, answer.VersionId, signal) : {};
  return { ...factsOf(answer), tags };
}

async function tagsOf(bucket: Bucket, key: string, version: string | undefined, signal: AbortSignal): Promise<Texts> {
  const { TagSet = [] } = await bucket.call(
    `cannot read the tags of "${key}"`,
    ({ sdk, client, abort }) => {
      const which = version === undefined ? {} : { VersionId: version };
      return client.send(new sdk.GetObjectTaggingCommand({ Bucket: bucket.options.bucket, Key: key, ...which }), abort);
    },
    { signal },
  );
  return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** How the headers of the index are called in answers and in requests. */
const NAMES = {
  contentType: 'ContentType',
  cacheControl: 'CacheControl',
  contentDisposition: 'ContentDisposition',
  contentEncoding: 'ContentEncoding',
  contentLanguage: 'ContentLanguage',
  expires: 'ExpiresString',
  redirect: 'WebsiteRedirectLocation',
} as const satisfies Record<(typeof HEADERS)[number], keyof ObjectAnswer>;

function factsOf(answer: ObjectAnswer): Omit<ObjectFacts, 'tags'> {
  const { ETag, VersionId, LastModified = new Date(0), Metadata = {} } = answer;
  const headers = Object.entries(NAMES).flatMap(([name, theirs]) => {
    const value = answer[theirs];
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  return {
    ...(ETag !== undefined && { etag: ETag }),
    ...(VersionId !== undefined && VersionId !== 'null' && { version: VersionId }),
    modified: LastModified.toISOString(),
    headers: Object.fromEntries(headers),
    metadata: Metadata,
  };
}

/** What an object is written with, so that it becomes what it was. */
export function headersFor({ headers, metadata, tags }: Pick<ObjectFacts, 'headers' | 'metadata' | 'tags'>) {
  const { expires, redirect, contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage } =
    headers;
  const time = expires === undefined ? undefined : new Date(expires);
  const found: ObjectHeaders = {
    Metadata: { ...metadata },
    ...(contentType !== undefined && { ContentType: contentType }),
    ...(cacheControl !== undefined && { CacheControl: cacheControl }),
    ...(contentDisposition !== undefined && { ContentDisposition: contentDisposition }),
    ...(contentEncoding !== undefined && { ContentEncoding: contentEncoding }),
    ...(contentLanguage !== undefined && { ContentLanguage: contentLanguage }),
    ...(redirect !== undefined && { WebsiteRedirectLocation: redirect }),
    ...(time !== undefined && !Number.isNaN(time.getTime()) && { Expires: time }),
    ...(Object.keys(tags).length > 0 && { Tagging: new URLSearchParams(tags).toString().replaceAll('+', '%20') }),
  };
  return found;
}
