import { closeSync, constants, type Dirent, fstatSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Failure } from '../common/failure.ts';
import { storageFailure } from './failures.ts';

/**
 * Listing a folder and reading a manifest are a few microseconds each when they are asked for directly, and ten times
 * that on the way through the thread pool; a list of a hundred sets asks a thousand times. Hence the synchronous calls
 * here, and only here: for names, sizes and files up to this size. Everything larger is streamed.
 */
const SMALL_BYTES = 64 * 1024;

/** Large enough that a system call costs little, small enough that several streams stay within the memory budget. */
export const CHUNK_BYTES = 256 * 1024;

/** A symbolic link in the place of the file is refused by the kernel (ELOOP), and a pipe does not block us. */
export const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Begins the name of a file that is being added to a published set; never listed. */
export const ADDING_PREFIX = '.adding-';

/** A regular file below a folder. */
export interface FoundFile {
  /** Relative to the folder, "/" between parts. */
  readonly path: string;
  readonly bytes: number;
  readonly modified: Date;
}

/** All regular files below a folder, sorted by path. Symbolic links are neither followed nor listed. */
export function walkFiles(folder: string): FoundFile[] {
  const found: FoundFile[] = [];
  walk(folder, '', (entry, path) => {
    if (!entry.isFile() || entry.name.startsWith(ADDING_PREFIX)) return;
    const stat = lstatSync(`${folder}/${path}`, { throwIfNoEntry: false });
    // What went away since it was listed is left out.
    if (stat !== undefined) found.push({ path, bytes: stat.size, modified: stat.mtime });
  });
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** All folders below a folder, and itself. */
export function walkFolders(folder: string): string[] {
  const found = [folder];
  walk(folder, '', (entry, path) => {
    if (entry.isDirectory()) found.push(join(folder, path));
  });
  return found;
}

/** By hand: `readdir` with `recursive` takes three times as long. `below` ends in "/" or is empty. */
function walk(folder: string, below: string, visit: (entry: Dirent, path: string) => void): void {
  for (const entry of readdirSync(`${folder}/${below}`, { withFileTypes: true })) {
    visit(entry, `${below}${entry.name}`);
    if (entry.isDirectory()) walk(folder, `${below}${entry.name}/`, visit);
  }
}

/**
 * Opens a regular file for reading. `what` names it in the Failures that the stream breaks with; errors of opening are
 * thrown as they come.
 */
export async function openFile(path: string, what: string, signal: AbortSignal | undefined): Promise<Readable> {
  const found = lstatSync(path);
  if (!found.isFile()) throw notRegular(path);
  if (found.size <= SMALL_BYTES) return readyStream(readSmall(path));
  const handle = await open(path, READ_FLAGS);
  if ((await handle.stat()).isFile()) return readStream(handle, what, signal);
  await handle.close();
  throw notRegular(path);
}

/** A stream that has all its bytes already; `Readable.from` costs five times as much. */
function readyStream(content: Buffer): Readable {
  const stream = new Readable({ read: () => undefined });
  stream.push(content);
  stream.push(null);
  return stream;
}

function readSmall(path: string): Buffer {
  const descriptor = openSync(path, READ_FLAGS);
  try {
    const content = Buffer.alloc(fstatSync(descriptor).size);
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes < content.length; bytes += read) {
      read = readSync(descriptor, content, bytes, content.length - bytes, null);
    }
    return content.subarray(0, bytes);
  } finally {
    closeSync(descriptor);
  }
}

function notRegular(path: string): Failure {
  return new Failure('storage', { message: `"${path}" is not a regular file` });
}

/** Reads an open file to its end in large chunks; its errors are Failures. Closes the handle in every case. */
function readStream(handle: FileHandle, what: string, signal: AbortSignal | undefined): Readable {
  return new Readable({
    highWaterMark: CHUNK_BYTES,
    ...(signal && { signal }),
    read() {
      handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES).then(
        ({ bytesRead, buffer }) => this.push(bytesRead === 0 ? null : buffer.subarray(0, bytesRead)),
        (error: unknown) => this.destroy(storageFailure(error, `cannot read "${what}"`)),
      );
    },
    destroy(error, done) {
      handle.close().then(
        () => done(error),
        (closing: unknown) => done(error ?? storageFailure(closing, `cannot close "${what}"`)),
      );
    },
  });
}
