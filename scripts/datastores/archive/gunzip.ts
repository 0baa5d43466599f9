import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { toFailure } from '../../common/failure.ts';
import { damaged } from './entry.ts';

/**
 * Hands `read` what a compressed archive holds, and ends the source with it. Throws Failure "damaged" for what is no whole
 * gzip file, and what `read` throws.
 */
export async function withPlain<Result>(
  compressed: Readable,
  read: (plain: AsyncIterable<Buffer>) => Promise<Result>,
): Promise<Result> {
  const plain = createGunzip({ chunkSize: 256 * 1024 });
  // What fails in the source must end the reading as well; a plain pipe would leave it waiting.
  compressed.on('error', (error) => plain.destroy(error));
  compressed.pipe(plain);
  try {
    return await read(plain);
  } catch (error) {
    throw isOfGzip(error) ? damaged(`the archive cannot be decompressed: ${error.message}`) : toFailure(error);
  } finally {
    plain.destroy();
    compressed.destroy();
  }
}

/** True for what the decompressor throws about its bytes. */
export function isOfGzip(error: unknown): error is Error {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('Z_');
}
