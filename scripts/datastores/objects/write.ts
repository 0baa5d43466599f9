import { createHash } from 'node:crypto';
import { Failure } from '../../common/failure.ts';
import type { Bucket } from '../../storage/s3/bucket.ts';
import { BLOCK, encodeHeader, padding } from '../archive/header.ts';
import { type Fetched, openUnlessGone } from './fetch.ts';
import type { IndexWriter } from './index-file.ts';
import type { ListedObject } from './listing.ts';
import type { OpenedObject } from './object.ts';
import type { Tally } from './tally.ts';

/** What an archive is told while it is written. */
export interface Notes {
  /** It was listed, and is gone. */
  vanished(key: string): void;
  /** Another version than the one that was listed is in the archive. */
  changed(key: string): void;
}

/** Where everything that is written is kept account of. */
export interface ArchiveOptions {
  readonly bucket: Bucket;
  readonly index: IndexWriter;
  readonly tally: Tally;
  readonly notes: Notes;
  readonly signal: AbortSignal;
}

/** Times that an object is read which changes while its connection breaks. */
const ATTEMPTS = 3;

/** Two empty blocks end an archive. */
export const ENDING = Buffer.alloc(2 * BLOCK);

/** The name of an entry. Names are numbers, for keys are no paths: "../x", "a//b" and 1,024 bytes are all fine ones. */
export function entryName(place: number): string {
  return String(place).padStart(10, '0');
}

/** The bytes of an archive of objects; writes their index beside it. Throws Failure. */
export async function* writeArchive(
  fetched: AsyncIterable<Fetched>,
  options: ArchiveOptions,
): AsyncGenerator<Buffer, void> {
  const { index, tally, notes } = options;
  let place = 0;
  for await (const object of fetched) {
    const { key } = object.listed;
    if (object.state === 'vanished') notes.vanished(key);
    else if (object.state === 'large') place = yield* large(object.listed, place, options);
    else {
      const { facts, content, sha256, listed } = object;
      const size = content.length;
      place += 1;
      yield entryHeader(place, size, facts.modified);
      yield content;
      yield entryPadding(size);
      if (isOther(listed, facts.etag)) notes.changed(key);
      tally.add({ key, size, sha256 });
      await index.add({ key, size, sha256, place, ...facts });
    }
  }
  await index.end();
  yield ENDING;
}

/**
 * An object that is not held as a whole. Its size stands before its content, and a server never mixes two versions in one
 * answer; only when the connection breaks and the object was changed since, its rest is not to be had: the entry is then
 * filled up, marked as nobody's, and another follows. Gives the place of its last entry.
 */
async function* large(listed: ListedObject, before: number, options: ArchiveOptions): AsyncGenerator<Buffer, number> {
  const { bucket, index, tally, notes, signal } = options;
  const { key } = listed;
  for (let place = before + 1; place <= before + ATTEMPTS; place += 1) {
    const opened = await openUnlessGone(bucket, key, signal);
    if (opened === undefined) {
      notes.vanished(key);
      return place - 1;
    }
    const { size, facts } = opened;
    const sha256 = yield* content(opened, place);
    if (sha256 !== undefined) {
      if (isOther(listed, facts.etag)) notes.changed(key);
      tally.add({ key, size, sha256 });
      await index.add({ key, size, sha256, place, ...facts });
      return place;
    }
    await index.add({ place, size, discarded: true });
  }
  throw new Failure('broken-stream', { message: `"${key}" changed each time that its connection broke off` });
}

/** The entry of one object; gives its sum, or undefined when it changed on the way and was filled up with zeros. */
async function* content(
  { size, facts, stream }: OpenedObject,
  place: number,
): AsyncGenerator<Buffer, string | undefined> {
  const hash = createHash('sha256');
  let written = 0;
  yield entryHeader(place, size, facts.modified);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk);
      written += chunk.length;
      yield chunk;
    }
  } catch (error) {
    if (!isChanged(error)) throw error;
  }
  const isWhole = written === size;
  for (; written < size; written += Math.min(ENDING.length, size - written)) {
    yield ENDING.subarray(0, Math.min(ENDING.length, size - written));
  }
  yield entryPadding(size);
  return isWhole ? hash.digest('hex') : undefined;
}

/** The rest was asked for on the condition that the object is the same; it is another one now, or none. */
function isChanged(error: unknown): boolean {
  if (!(error instanceof Failure)) return false;
  return error.code === 'not-found' || /PreconditionFailed|HTTP 412/.test(error.detail ?? '');
}

function isOther({ etag }: ListedObject, found: string | undefined): boolean {
  return etag !== undefined && found !== undefined && etag !== found;
}

/** What stands before the content of an entry; `modified` as in the index. */
export function entryHeader(place: number, size: number, modified: string): Buffer {
  const path = entryName(place);
  const mtime = Math.floor(Date.parse(modified) / 1000);
  return encodeHeader({ path, type: 'file', mode: 0o600, uid: 0, gid: 0, mtime, size, target: '' }, path, '');
}

/** What fills the last block of an entry. */
export function entryPadding(size: number): Buffer {
  return ENDING.subarray(0, padding(size));
}
