import { Failure } from '../common/failure.ts';
import type { Storage, StorageOptions } from '../storage/storage.ts';

/** Manifests and proofs are a few kilobytes; what is far beyond that is not one, and is not taken into memory. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** Reads a small object of a set into memory. Throws Failure "not-found" or "damaged" (too large to be a manifest). */
export async function readObject(
  storage: Storage,
  set: string,
  path: string,
  options: StorageOptions,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of await storage.get(set, path, options)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > LARGEST_BYTES) {
      throw new Failure('damaged', { message: `"${set}/${path}" has more than ${LARGEST_BYTES} bytes` });
    }
  }
  return Buffer.concat(chunks);
}
