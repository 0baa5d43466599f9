import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  openSync,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Entry } from '../archive/entry.ts';

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

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens a file for reading, whatever takes its name in the meantime: never through a link, never waiting for a pipe. */
export async function openFile(path: Buffer): Promise<FileHandle> {
  return await open(path, FLAGS);
}

/** True when a file was not written to between two looks at it. */
export function isUnchanged(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
}

/**
 * Reads a small file; again when it changes meanwhile, a few times. Throws the errno error. Not by another thread: the
 * walk there and back takes ten times as long as the call itself, which makes 20,000 files take 5 s instead of 0.6 s. A
 * file system that hangs shows before, when the file is looked at.
 */
export function readSmall(path: Buffer): ReadFile {
  const file = openSync(path, FLAGS);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const before = fstatSync(file);
      const content = readAll(file, before.size);
      const stats = fstatSync(file);
      const isTorn = !isUnchanged(before, stats) || content.length !== stats.size;
      if (!isTorn || attempt === ATTEMPTS) return { stats, content, isTorn, wasAgain: attempt > 1 };
    }
  } finally {
    closeSync(file);
  }
}

/** For a file that must not be there yet, and is no link. */
export const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Writes a small file that must not be there yet, closed to others until it is whole; not by another thread, as above. */
export function writeSmall(path: Buffer, content: Buffer, entry: Entry, withOwner: boolean): void {
  const { uid, gid, mode, mtime } = entry;
  const file = openSync(path, NEW, 0o600);
  try {
    for (let done = 0; done < content.length; ) done += writeSync(file, content, done);
    // A change of the owner takes away the bits for set-user-id: the mode comes after it.
    if (withOwner) fchownSync(file, uid, gid);
    fchmodSync(file, mode);
    futimesSync(file, mtime, mtime);
  } finally {
    closeSync(file);
  }
}

/** The content up to the size that was seen; less when the file became shorter. */
function readAll(file: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const count = readSync(file, buffer, filled, size - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}
