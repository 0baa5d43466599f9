import { createHash, hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Failure } from '../../common/failure.ts';
import type { Bucket } from '../../storage/s3/bucket.ts';
import { quickGetOf } from '../../storage/s3/quick-get.ts';
import { type Ahead, inOrder } from './in-order.ts';
import type { ListedObject } from './listing.ts';
import { type ObjectFacts, openFully, withTags } from './object.ts';

/** Objects up to so many bytes are held whole, many at a time; larger ones are passed on in their turn. */
export const SMALL = 256 * 1024;

/** Requests at once. A request mostly waits; 32 are what the client has connections for. */
export const AT_ONCE = 32;

/** So many objects are in the works, which hold so much; see {@link Ahead}. */
export const AHEAD: Omit<Ahead<unknown>, 'weigh'> = { most: AT_ONCE, room: AT_ONCE * SMALL };

/** What a fetch came to. "large": to be opened when its turn comes. */
export type Fetched = { readonly listed: ListedObject } & (
  | { readonly state: 'whole'; readonly facts: ObjectFacts; readonly content: Buffer; readonly sha256: string }
  | { readonly state: 'large' }
  | { readonly state: 'vanished' }
);

/** Fetches the objects of a listing, many at once, in the order of the listing. Throws Failure. */
export function fetchAll(
  bucket: Bucket,
  listing: AsyncIterable<ListedObject>,
  signal: AbortSignal,
): AsyncGenerator<Fetched, void> {
  const weigh = ({ size }: ListedObject): number => (size > SMALL ? 0 : size);
  const quickGet = quickGetOf(bucket.options);
  const fetch = async (listed: ListedObject, ending: AbortSignal): Promise<Fetched> => {
    if (listed.size > SMALL) return { listed, state: 'large' };
    const held = await quickGet?.(listed.key, SMALL, ending);
    if (held === undefined) return await fetchOne(bucket, listed, ending);
    return whole(listed, await withTags(bucket, listed.key, held.answer, ending), held.content);
  };
  return inOrder(listing, { ...AHEAD, weigh }, fetch, signal);
}

function whole(listed: ListedObject, facts: ObjectFacts, content: Buffer): Fetched {
  return { listed, state: 'whole', facts, content, sha256: hash('sha256', content) };
}

async function fetchOne(bucket: Bucket, listed: ListedObject, signal: AbortSignal): Promise<Fetched> {
  const opened = await openUnlessGone(bucket, listed.key, signal);
  if (opened === undefined) return { listed, state: 'vanished' };
  const { facts, size, stream } = opened;
  // It grew since it was listed.
  if (size > SMALL) {
    stream.destroy();
    return { listed, state: 'large' };
  }
  return whole(listed, facts, await buffer(stream));
}

/** Opens an object; undefined when there is none of that key any more. Throws Failure. */
export async function openUnlessGone(bucket: Bucket, key: string, signal: AbortSignal) {
  try {
    return await openFully(bucket, key, signal);
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** The sha256 and the size of what a stream gives. */
export async function sumOf(stream: Readable): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest('hex'), size };
}
