import { randomBytes } from 'node:crypto';
import { constants, lstatSync, type Stats } from 'node:fs';
import { type FileHandle, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../common/failure.ts';
import { storageFailure } from './failures.ts';
import { ADDING_PREFIX } from './local-read.ts';

/** Only the owner reads what a backup holds (rule 1 of the design). */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * Bytes that are handed to the disk at once. Each handing over wakes another thread, which costs up to half a millisecond
 * on a virtual machine: pipes give 64 KiB at a time, and a write for each of them took a tenth of a whole backup.
 */
const WRITE_BYTES = 512 * 1024;

/** What `link` answers where a file system has no hard links (exFAT, some network shares). */
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** A few random letters for a name that nobody else has. */
export function randomName(): string {
  return randomBytes(6).toString('hex');
}

/** Is anything there, a dangling symbolic link included? */
export function exists(path: string): boolean {
  return statOrNothing(path) !== undefined;
}

/** What is at a path, without following a link; undefined when nothing is. */
export function statOrNothing(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/**
 * Makes a folder's entries survive a power cut: fsync of a file does not persist its name (pitfalls i1).
 */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder and its missing parents, for the owner alone, each on stable storage. */
export async function makeFolders(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first) return;
  }
}

/** Makes one folder that must not be there yet; answers false when it is. */
export async function makeNewFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: FOLDER_MODE });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Streams `body` into a new file and puts it on stable storage; gives the size. On any failure the file is removed,
 * and a failed fsync is never tried again: the kernel may have dropped the pages (pitfalls i2).
 */
export async function writeNewFile(path: string, body: Readable, signal: AbortSignal | undefined): Promise<number> {
  const handle = await open(path, 'wx', FILE_MODE).catch((error: unknown) => {
    body.destroy();
    throw error;
  });
  try {
    const bytes = await fill(handle, body, signal).finally(() => handle.close());
    await syncFolder(dirname(path));
    signal?.throwIfAborted();
    return bytes;
  } catch (error) {
    await unlink(path).catch((left: unknown) => {
      throw storageFailure(left, `cannot remove the unfinished file "${path}"`);
    });
    throw error;
  }
}

async function fill(handle: FileHandle, body: Readable, signal: AbortSignal | undefined): Promise<number> {
  let bytes = 0;
  const write = async (chunks: readonly Buffer[]): Promise<void> => {
    bytes += await writeAll(handle, chunks);
  };
  await pipeline(body, sinkOf(write), { ...(signal && { signal }) });
  await handle.sync();
  const { size } = await handle.stat();
  if (size !== bytes) throw new Failure('storage', { message: `the file has ${size} bytes, expected ${bytes}` });
  return size;
}

/** A stream, not a loop over the body: that one would join all waiting chunks into a new buffer each time. */
function sinkOf(write: (chunks: readonly Buffer[]) => Promise<void>): Writable {
  let waiting: Buffer[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const chunks = waiting;
    waiting = [];
    bytes = 0;
    if (chunks.length > 0) await write(chunks);
  };
  return new Writable({
    highWaterMark: WRITE_BYTES,
    write: (chunk: Buffer, _encoding, done) => {
      waiting.push(chunk);
      bytes += chunk.length;
      if (bytes < WRITE_BYTES) done();
      else flush().then(() => done(), done);
    },
    final: (done) => void flush().then(() => done(), done),
  });
}

/** A write may take a part only (a nearly full disk, a signal): the rest is written again and then fails for itself. */
async function writeAll(handle: FileHandle, chunks: readonly Buffer[]): Promise<number> {
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  let written = (await handle.writev(chunks)).bytesWritten;
  if (written === bytes) return bytes;
  const whole = Buffer.concat(chunks);
  while (written < bytes) written += (await handle.write(whole, written)).bytesWritten;
  return bytes;
}

/** Adds a small file beside others, whole or not at all; throws Failure "storage" when the name is taken. */
export async function addFile(path: string, body: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  const temporary = join(dirname(path), `${ADDING_PREFIX}${randomName()}`);
  await writeNewFile(temporary, Readable.from([body]), signal);
  try {
    await nameOnce(temporary, path);
  } finally {
    await unlink(temporary).catch((error: NodeJS.ErrnoException) => {
      // Renamed away where there are no hard links.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await syncFolder(dirname(path));
}

async function nameOnce(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!NO_HARD_LINKS.has(code ?? '')) throw error;
    if (exists(path)) throw Object.assign(new Error(`EEXIST: ${path}`), { code: 'EEXIST', syscall: 'link' });
    await rename(temporary, path);
  }
}
