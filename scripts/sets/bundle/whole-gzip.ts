import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { refused } from './refused.ts';

const CHUNK = 256 * 1024;
/** Below this no ratio says anything. */
const HARMLESS_BYTES = 64 * 1024 * 1024;

/** Unpacks a gzip stream. Until the ratio is let go, it is watched. */
export interface Unzipping {
  /** How many times more may come out than went in; Infinity once sizes are known from elsewhere. */
  mostRatio: number;
}

/**
 * Reads a gzip file to its end and hands its content to `use`. Throws Failure "damaged" when it is cut off, not gzip,
 * followed by something else, or unpacks to more than `unzipping.mostRatio` times its size.
 */
export async function readGzip(
  source: Readable,
  unzipping: Unzipping,
  use: (content: AsyncIterable<Buffer>) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  let fed = 0;
  const count = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      fed += chunk.length;
      yield chunk;
    }
  };
  const watch = async function* (chunks: AsyncIterable<Buffer>) {
    let out = 0;
    for await (const chunk of chunks) {
      out += chunk.length;
      if (out > HARMLESS_BYTES && out > fed * unzipping.mostRatio) {
        throw refused(undefined, `${fed} bytes of it unpack to more than ${out}: it is a bomb`);
      }
      yield chunk;
    }
  };
  try {
    await pipeline(source, count, gunzip, watch, use, { signal });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE') {
      throw refused(undefined, 'it is not a whole gzip file: cut off, damaged, or something else', error);
    }
    throw error;
  }
  // zlib leaves what is behind the end alone.
  if (gunzip.bytesWritten !== fed) throw refused(undefined, 'it has bytes after the end of its gzip data');
}
