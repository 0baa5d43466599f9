import type { Stats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { using } from '../../../common/using.ts';

/** A file that was read as a whole. */
export interface ReadFile {
  readonly stats: Stats;
  readonly content: Buffer;
  /** True when it changed while it was read, the last time too. */
  readonly isTorn: boolean;
  /** True when it changed while it was read, and was read again. */
  readonly wasAgain: boolean;
}

/** So often a file is read that changes meanwhile. */
const ATTEMPTS = 4;

/** Opens a file for reading, whatever takes its name in the meantime: never through a link, never waiting for a pipe. */
export async function openFile(path: Buffer): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}

/** True when a file was not written to between two looks at it. */
export function isUnchanged(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
}

/** Reads a small file; again when it changes meanwhile, a few times. Throws the errno error. */
export async function readSmall(path: Buffer): Promise<ReadFile> {
  return await using(await openFile(path), async (file) => {
    for (let attempt = 1; ; attempt += 1) {
      const before = await file.stat();
      const content = await readAll(file, before.size);
      const stats = await file.stat();
      const isTorn = !isUnchanged(before, stats) || content.length !== stats.size;
      if (!isTorn || attempt === ATTEMPTS) return { stats, content, isTorn, wasAgain: attempt > 1 };
    }
  });
}

/** The content up to the size that was seen; less when the file became shorter. */
async function readAll(file: FileHandle, size: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(buffer, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
