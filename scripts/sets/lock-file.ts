import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../common/process-identity.ts';

/** The lock of a backup folder. Hidden, so that no list shows it. */
export const LOCK_FILE = '.lock';

/** Begins the names of the files that a lock needs besides. */
const TEMPORARY_PREFIX = '.lock-new-';
const HEIR_PREFIX = '.lock-heir-';

/** What link(2) answers on file systems without hard links. */
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Who holds a lock, as the file says. */
export interface LockOwner extends ProcessIdentity {
  /** Another one for every lock ever taken. */
  readonly owner: string;
  /** Such as "backup". */
  readonly command: string;
  /** RFC 3339, UTC, always 24 characters. */
  readonly startedAt: string;
  readonly heartbeat: string;
}

/** A lock file that was read. */
export interface FoundLock {
  /** The owner's id; made of the file's own facts when the content is not a lock. */
  readonly id: string;
  /** Undefined when the content is not a lock: half written, or damaged. */
  readonly owner: LockOwner | undefined;
  /** Milliseconds since it was last written, by the file system's own clock. */
  readonly age: number;
}

/** A lock that was written beside its place. Its handle is also the clock that ages are measured with. */
export interface PreparedFile {
  readonly path: string;
  readonly handle: FileHandle;
}

/** Makes the content of a lock for a process. */
export function newOwner(identity: ProcessIdentity, command: string): LockOwner {
  const now = new Date().toISOString();
  return { owner: randomUUID(), ...identity, command, startedAt: now, heartbeat: now };
}

/** Writes a lock beside its place; {@link takeName} gives it its name. */
export async function prepareFile(folder: string, owner: LockOwner): Promise<PreparedFile> {
  const path = join(folder, `${TEMPORARY_PREFIX}${owner.owner}`);
  const handle = await open(path, 'wx', 0o600);
  await handle.writeFile(encode(owner));
  return { path, handle };
}

/** Gives a prepared lock its name in one step; answers false when the name is taken. */
export async function takeName(prepared: PreparedFile, folder: string, name: string): Promise<boolean> {
  const path = join(folder, name);
  try {
    await link(prepared.path, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!NO_HARD_LINKS.has(code ?? '')) throw error;
    return await writeOnce(path, await readFile(prepared.path));
  }
}

/** Without hard links: the name is taken in one step all the same, its content follows. */
async function writeOnce(path: string, content: Uint8Array): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Puts a prepared lock in the place of a stale one, in one step. Only the heir of the stale one may. */
export async function replaceLock(prepared: PreparedFile, folder: string): Promise<void> {
  await rename(prepared.path, join(folder, LOCK_FILE));
}

/** The name that only one heir of a dead owner can take. */
export function heirName(owner: string): string {
  return `${HEIR_PREFIX}${owner.replaceAll(/[^A-Za-z0-9-]/g, '_')}`;
}

/** Reads a lock, or gives undefined when there is none. */
export async function readLock(folder: string, name: string, clock: FileHandle): Promise<FoundLock | undefined> {
  const path = join(folder, name);
  try {
    const [text, { ino, mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const owner = decodeOwner(text);
    const id = owner?.owner ?? `unreadable-${ino}-${Math.trunc(mtimeMs)}`;
    return { id, owner, age: (await timeOf(clock)) - mtimeMs };
  } catch (error) {
    // Released since we looked.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The clock of the file system, which may be another machine's, is the one that counts: writes one byte once more. */
async function timeOf(clock: FileHandle): Promise<number> {
  await clock.write('{', 0);
  return (await clock.stat()).mtimeMs;
}

/** Writes the present time into an open lock. The length never changes, and the file is ours whatever its name is now. */
export async function beat(handle: FileHandle, owner: LockOwner): Promise<void> {
  await handle.write(encode({ ...owner, heartbeat: new Date().toISOString() }), 0);
}

/** The owner that the lock file names now; undefined when there is none. */
export async function currentOwner(folder: string): Promise<LockOwner | undefined> {
  try {
    return decodeOwner(await readFile(join(folder, LOCK_FILE), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Removes what killed processes left beside the lock, once it is older than `age` milliseconds. For its holder only. */
export async function sweepLockFiles(folder: string, age: number): Promise<void> {
  const names = await readdir(folder);
  const ours = names.filter((name) => name.startsWith(TEMPORARY_PREFIX) || name.startsWith(HEIR_PREFIX));
  for (const path of ours.map((name) => join(folder, name))) {
    const found = await stat(path).catch(() => undefined); // Gone since it was listed.
    if (found !== undefined && Date.now() - found.mtimeMs > age) await removeFile(path);
  }
}

/** Removes a file that may be gone already. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function encode(owner: LockOwner): string {
  return `${JSON.stringify(owner)}\n`;
}

function decodeOwner(text: string): LockOwner | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockOwner> | null;
    return typeof value?.owner === 'string' && typeof value.pid === 'number' ? (value as LockOwner) : undefined;
  } catch (error) {
    // Half written, or not by us: judged by its age alone.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
