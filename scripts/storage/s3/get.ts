import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { Failure } from '../../common/failure.ts';
import { isTransient } from '../../common/patience.ts';
import type { StorageOptions } from '../storage.ts';
import { streamOf } from '../wrappers/passing.ts';
import type { Bucket } from './bucket.ts';
import { s3Failure } from './errors.ts';

/** One answer: the bytes from some offset on. */
interface Piece {
  readonly stream: Readable;
  readonly bytes: number;
  /** Of the whole object; later pieces must be of the same. */
  readonly etag: string | undefined;
  readonly answer: ObjectAnswer;
}

/** What a provider tells of an object beside its content. */
export type ObjectAnswer = Omit<GetObjectCommandOutput, 'Body'>;

/** Reads an object: see `ObjectStore.get`. A connection that breaks is followed by another from where it broke. */
export async function getObject(bucket: Bucket, key: string, options: StorageOptions): Promise<Readable> {
  return (await openObject(bucket, key, options)).stream;
}

/** As {@link getObject}, with everything that the provider tells of it. */
export async function openObject(
  bucket: Bucket,
  key: string,
  options: StorageOptions,
): Promise<{ readonly answer: ObjectAnswer; readonly stream: Readable }> {
  const reading: Reading = { first: await openPiece(bucket, key, 0, undefined, options) };
  const end = () => (reading.current ?? reading.first).stream.destroy();
  return { answer: reading.first.answer, stream: streamOf(pieces(bucket, key, reading, options), end) };
}

/** What is being read, so that it can be ended from outside. */
interface Reading {
  readonly first: Piece;
  current?: Piece;
}

async function* pieces(bucket: Bucket, key: string, reading: Reading, options: StorageOptions): AsyncGenerator<Buffer> {
  const { first } = reading;
  let offset = 0;
  let piece = first;
  for (let attempt = 1; ; attempt += 1) {
    const before = offset;
    try {
      for await (const chunk of piece.stream as AsyncIterable<Buffer>) {
        offset += chunk.length;
        yield chunk;
      }
      if (offset >= first.bytes) return;
      throw new Failure('unreachable', { message: `"${key}" broke off after ${offset} of ${first.bytes} bytes` });
    } catch (error) {
      const failure = told(bucket, key, error, options.signal);
      // What moves on is worth any number of tries.
      if (offset > before) attempt = 1;
      if (!isTransient(failure) || attempt >= bucket.options.times.bytes.attempts) throw failure;
    }
    piece = await openPiece(bucket, key, offset, first.etag, options);
    reading.current = piece;
  }
}

function told(bucket: Bucket, key: string, error: unknown, signal: AbortSignal | undefined): Failure {
  if (signal?.aborted === true) {
    return signal.reason instanceof Failure
      ? signal.reason
      : new Failure('interrupted', { message: `cannot read "${key}"` });
  }
  const { bucket: name, endpoint } = bucket.options;
  return s3Failure(error, { what: `cannot read "${key}"`, bucket: name, endpoint });
}

async function openPiece(
  bucket: Bucket,
  key: string,
  offset: number,
  etag: string | undefined,
  { signal }: StorageOptions,
): Promise<Piece> {
  const { questions, bytes } = bucket.options.times;
  const patience = offset === 0 ? questions : bytes;
  return await bucket.call(
    `cannot read "${key}"`,
    async ({ sdk, client, abort }) => {
      const place = { Bucket: bucket.options.bucket, Key: bucket.fullKey(key) };
      const rest = offset === 0 ? {} : { Range: `bytes=${offset}-`, ...(etag !== undefined && { IfMatch: etag }) };
      const answer = await client.send(new sdk.GetObjectCommand({ ...place, ...rest }), abort);
      if (offset > 0 && answer.ContentRange === undefined) throw noRanges(key, answer.Body as Readable);
      const { Body, ...told } = answer;
      return { stream: Body as Readable, bytes: answer.ContentLength ?? 0, etag: answer.ETag, answer: told };
    },
    { signal, patience },
  );
}

/** The whole object again would be taken for its rest. */
function noRanges(key: string, stream: Readable): Failure {
  stream.destroy();
  return new Failure('storage', { message: `reading "${key}" broke off, and the provider gives no part of an object` });
}
