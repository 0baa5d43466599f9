import { randomUUID } from 'node:crypto';
import { Failure } from '../../common/failure.ts';
import type { Bucket, S3Connection } from './bucket.ts';
import { statusOf } from './errors.ts';
import { headObject, isMadeBy } from './head.ts';
import { checksumOf, checksumWord, objectHeaders, withChecksums } from './headers.ts';

/** Milliseconds that ending an upload may take when the run itself is being ended. */
const ABORT_TIME = 30_000;

/** Parts that were on their way may land after an abort; then it is said again (AWS, "AbortMultipartUpload"). */
const ABORTS = 4;

/** The upload of one object in parts. */
export interface MultipartUpload {
  /** It was begun more than once, for want of an answer: there may be another one of the same key, with nothing in it. */
  readonly mayHaveTwins: boolean;
  /** Sends one part; may run beside others. The buffer is not needed any more when it returns. */
  sendPart(number: number, bytes: Buffer): Promise<void>;
  /** Makes the object of all parts. */
  complete(): Promise<void>;
  /** Ends the upload, so that nothing of it is kept. */
  abort(): Promise<void>;
}

interface Begun {
  readonly bucket: Bucket;
  readonly key: string;
  readonly signal: AbortSignal;
  /** The provider's. */
  readonly id: string;
  /** Ours, which the object carries. */
  readonly uploadId: string;
  readonly parts: { PartNumber: number; ETag: string | undefined; ChecksumCRC32?: string | undefined; bytes: number }[];
}

/** Begins an upload in parts. */
export async function beginUpload(bucket: Bucket, key: string, signal: AbortSignal): Promise<MultipartUpload> {
  const uploadId = randomUUID();
  let attempts = 0;
  const id = await bucket.call(
    `cannot begin the upload of "${key}"`,
    async ({ sdk, client, abort, attempt }) => {
      attempts = attempt;
      const begin = () =>
        client.send(
          new sdk.CreateMultipartUploadCommand({
            ...placeOf(bucket, key),
            ...objectHeaders(bucket, uploadId),
            ...checksumWord(bucket),
          }),
          abort,
        );
      return (await withChecksums(bucket, begin)).UploadId;
    },
    { signal },
  );
  if (id === undefined) throw new Failure('storage', { message: `the provider gave no id for the upload of "${key}"` });
  const begun: Begun = { bucket, key, signal, id, uploadId, parts: [] };
  return {
    mayHaveTwins: attempts > 1,
    sendPart: (number, bytes) => sendPart(begun, number, bytes),
    complete: () => complete(begun),
    abort: () => endUpload(bucket, key, id),
  };
}

function placeOf(bucket: Bucket, key: string): { Bucket: string; Key: string } {
  return { Bucket: bucket.options.bucket, Key: bucket.fullKey(key) };
}

async function sendPart({ bucket, key, signal, id, parts }: Begun, number: number, bytes: Buffer): Promise<void> {
  const send = async ({ sdk, client, abort }: S3Connection) => {
    const place = { ...placeOf(bucket, key), UploadId: id, PartNumber: number };
    const command = { ...place, Body: bytes, ContentLength: bytes.length, ...checksumOf(bucket, bytes) };
    return await client.send(new sdk.UploadPartCommand(command), abort);
  };
  const patience = bucket.options.times.bytes;
  const { ETag, ChecksumCRC32 } = await bucket.call(`cannot write part ${number} of "${key}"`, send, {
    signal,
    patience,
  });
  parts.push({ PartNumber: number, ETag, ChecksumCRC32, bytes: bytes.length });
}

/**
 * The answer may be lost after the object was made, and the upload is then unknown: so the object itself is asked
 * about before this counts as failed.
 */
async function complete(begun: Begun): Promise<void> {
  const { bucket, key, signal, parts, uploadId } = begun;
  const patience = bucket.options.times.bytes;
  try {
    await bucket.call(`cannot finish the upload of "${key}"`, (connection) => sendComplete(begun, connection), {
      signal,
      patience,
    });
  } catch (error) {
    const doubtful = error instanceof Failure && ['not-found', 'unreachable', 'timeout'].includes(error.code);
    if (!doubtful) throw error;
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    // The first error says more than one about the look.
    const found = await headObject(bucket, key, { signal }).catch(() => undefined);
    if (!isMadeBy(found, uploadId, bytes)) throw error;
  }
}

async function sendComplete({ bucket, key, id, parts }: Begun, { sdk, client, abort }: S3Connection): Promise<void> {
  const sorted = parts.toSorted((one, other) => one.PartNumber - other.PartNumber);
  const Parts = sorted.map(({ PartNumber, ETag, ChecksumCRC32 }) => ({
    PartNumber,
    ETag,
    ...(ChecksumCRC32 !== undefined && { ChecksumCRC32 }),
  }));
  const place = { ...placeOf(bucket, key), UploadId: id };
  await client.send(new sdk.CompleteMultipartUploadCommand({ ...place, MultipartUpload: { Parts } }), abort);
}

/** Ends an unfinished upload and looks whether it is gone. Not stopped by the signal that may be the reason for it. */
export async function endUpload(bucket: Bucket, key: string, id: string): Promise<void> {
  const signal = AbortSignal.timeout(ABORT_TIME);
  const place = { ...placeOf(bucket, key), UploadId: id };
  for (let time = 1; time <= ABORTS; time += 1) {
    const isGone = await bucket.call(
      `cannot end the unfinished upload of "${key}"`,
      async ({ sdk, client, abort }) => {
        if (await isAnswered(client.send(new sdk.AbortMultipartUploadCommand(place), abort), [404])) return true;
        // A key that may not list parts cannot ask: the abort has to do.
        return await isAnswered(client.send(new sdk.ListPartsCommand({ ...place, MaxParts: 1 }), abort), [404, 403]);
      },
      { signal },
    );
    if (isGone) return;
  }
}

/** Is the answer an error of one of these statuses? Other errors are thrown. */
async function isAnswered(asked: Promise<unknown>, statuses: readonly number[]): Promise<boolean> {
  try {
    await asked;
    return false;
  } catch (error) {
    if (statuses.includes(statusOf(error) ?? 0)) return true;
    throw error;
  }
}
