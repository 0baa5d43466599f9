import { createHash } from 'node:crypto';
import { using } from '../../common/using.ts';
import { Tally } from '../archive/tally.ts';
import { openFile } from './file.ts';
import { type Found, walk } from './walk.ts';

/** Files up to so many bytes are read whole, several at a time. */
export const SMALL = 32 * 1024;

/** Counts and sums what lies in a folder, or a file alone, every byte of it. Throws the errno error of what cannot be read. */
export async function tallyOf(root: Buffer, signal: AbortSignal): Promise<Tally> {
  const tally = new Tally();
  const buffer = Buffer.allocUnsafe(256 * 1024);
  for await (const found of walk(root, { signal, readUpTo: SMALL })) {
    tally.add(found, found.type === 'file' ? await contentHash(found, buffer) : '');
  }
  return tally;
}

async function contentHash({ from, read }: Found, buffer: Buffer): Promise<string> {
  const hash = createHash('sha256');
  if (read !== undefined) return hash.update(read.content).digest('hex');
  return await using(await openFile(from), async (file) => {
    for (let at = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  });
}
