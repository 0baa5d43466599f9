import { addAbortSignal, type Readable } from 'node:stream';
import { Failure } from '../../common/failure.ts';
import type { PutOptions } from '../storage.ts';
import type { Bucket } from './bucket.ts';
import { checkSize } from './head.ts';
import { sweepUploads } from './list.ts';
import { beginUpload, type MultipartUpload } from './multipart.ts';
import { type PartSizes, partSizes, partsInMemory } from './part-sizes.ts';
import { cutParts, type Part, partMemory } from './parts.ts';
import { putWhole } from './small.ts';

/** What one stream on its way into an object is made of. */
interface Sending {
  readonly bucket: Bucket;
  readonly key: string;
  /** Ends everything: the person's, or the first part that failed. */
  readonly signal: AbortSignal;
  readonly fail: (reason: unknown) => void;
  readonly running: Set<Promise<void>>;
  upload?: MultipartUpload;
  bytes: number;
}

/** Streams a body into an object: see `ObjectStore.put`. What fits into one part is sent as one request. */
export async function putStream(bucket: Bucket, key: string, body: Readable, options: PutOptions) {
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, ...(options.signal ? [options.signal] : [])]);
  const fail = (reason: unknown) => ending.abort(reason);
  const sending: Sending = { bucket, key, signal, fail, running: new Set(), bytes: 0 };
  addAbortSignal(signal, body);
  try {
    for await (const part of cutParts(body, cutOptions(sending, options.expectedBytes))) await sendPart(sending, part);
    await Promise.all(sending.running);
    await sending.upload?.complete();
    await endTwins(sending);
    await checkSize(bucket, key, sending.bytes, { signal });
    return { bytes: sending.bytes };
  } catch (error) {
    fail(error);
    await undo(sending);
    throw rootOf(error, signal);
  }
}

function cutOptions({ bucket, key, signal }: Sending, expectedBytes: number | undefined) {
  const { parts } = bucket.options;
  const sizeOf = partSizes(parts, expectedBytes);
  return {
    memory: partMemory((size) => partsInMemory(parts, size), signal),
    sizeOf: (part: number) => {
      const size = sizeOf(part);
      if (size === undefined) throw tooManyParts(key, parts);
      return size;
    },
  };
}

/** Parts of a GiB would do for 10 TB; who comes here has more than the last set had by far. */
function tooManyParts(key: string, { most, fixed, unknownEqual }: PartSizes): Failure {
  const mebibytes = Math.ceil(((fixed ?? unknownEqual) * 2) / 1024 / 1024);
  return new Failure('storage', {
    message: `"${key}" is larger than ${most} parts of an upload can hold`,
    hint: `BACKUP_S3_PART_SIZE=${Math.min(Math.max(mebibytes, 5), 1024)}`,
  });
}

/** Begins to send a part; waits only for what must be there first. */
async function sendPart(sending: Sending, part: Part): Promise<void> {
  const { bucket, key, signal } = sending;
  sending.bytes += part.bytes.length;
  if (part.isWhole)
    return await putWhole(bucket, key, part.bytes, { signal, small: false, patience: bucket.options.times.bytes });
  // A stream that ends with a full part has an empty one after it.
  if (part.bytes.length === 0) return part.release();
  sending.upload ??= await beginUpload(bucket, key, signal);
  const sent = sending.upload.sendPart(part.number, part.bytes).finally(part.release);
  sending.running.add(sent);
  // Told by `Promise.all` at the end, or by the abort of everything now.
  sent.then(() => sending.running.delete(sent), sending.fail);
}

/** Ends what was begun, when no part is on its way any more. */
async function undo({ bucket, key, running, upload, signal }: Sending): Promise<void> {
  await Promise.allSettled(running);
  if (upload === undefined) return;
  try {
    await upload.abort();
    await endTwins({ bucket, key, upload });
  } catch (error) {
    // What is left takes space until the next sweep ends it; the reason why this upload failed matters more.
    if (!(error instanceof Failure))
      throw new AggregateError([error, signal.reason], `cannot undo "${key}" of ${bucket.options.bucket}`);
  }
}

/** When ours is over, every upload of the same key is one that was begun by a request whose answer was lost. */
async function endTwins({ bucket, key, upload }: Pick<Sending, 'bucket' | 'key' | 'upload'>): Promise<void> {
  if (upload?.mayHaveTwins !== true) return;
  try {
    await sweepUploads(bucket, key, (other) => other.key === key, {});
  } catch (error) {
    // A key may lack the right to list uploads; the next sweep, or the rule of the bucket, is the second net.
    if (!(error instanceof Failure)) throw error;
  }
}

/** The first thing that went wrong; everything after it only says that it was ended. */
function rootOf(error: unknown, signal: AbortSignal): unknown {
  return signal.reason instanceof Failure ? signal.reason : error;
}
