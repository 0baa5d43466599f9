import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { Stats } from 'ssh2';
import { Failure } from '../../common/failure.ts';
import { runPool } from '../../common/pool.ts';
import { STATUS, statusOf } from './failures.ts';
import type { SftpSession } from './session.ts';

const FOLDER_MODE = 0o700;

/** Requests that wait for an answer each, side by side: the way to the server takes longer than the work there. */
export const SIDE_BY_SIDE = 16;

/** The name of a file that is being written: hidden, and short enough beside the longest name. */
const PART_PATTERN = /^\.[0-9a-f]{12}\.part$/;

/** What lies in a folder. */
export interface FolderEntry {
  readonly name: string;
  readonly stats: Stats;
}

/** A regular file below a folder; `path` is relative to it. */
export interface RemoteFile {
  readonly path: string;
  readonly bytes: number;
  readonly modified: Date;
}

/** A few random letters for a name that nobody else has. */
export function randomName(): string {
  return randomBytes(6).toString('hex');
}

/** A new name for a file beside the one it is going to be. */
export function partOf(path: string): string {
  return posix.join(posix.dirname(path), `.${randomName()}.part`);
}

/** What is at a path, without following a link; undefined when nothing is. */
export async function statOrNothing(session: SftpSession, path: string): Promise<Stats | undefined> {
  return await unlessMissing(session.ask<Stats>((sftp, done) => sftp.lstat(path, done)));
}

/** What lies in a folder, sorted by name; undefined when there is no such folder. */
export async function listFolder(session: SftpSession, path: string): Promise<FolderEntry[] | undefined> {
  const list = await unlessMissing(
    session.ask<{ filename: string; attrs: unknown }[]>((sftp, done) => sftp.readdir(path, done)),
  );
  return list
    ?.filter(({ filename }) => filename !== '.' && filename !== '..')
    .map(({ filename, attrs }) => ({ name: filename, stats: attrs as Stats }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Resolves to undefined when the server says that there is no such thing. */
export async function unlessMissing<Answer>(request: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await request;
  } catch (error) {
    if (statusOf(error) === STATUS.noSuchFile) return undefined;
    throw error;
  }
}

/** Makes one folder for the owner alone; answers false when something of that name is there. */
export async function makeNewFolder(session: SftpSession, path: string): Promise<boolean> {
  try {
    await session.ask<void>((sftp, done) => sftp.mkdir(path, { mode: FOLDER_MODE }, done));
    return true;
  } catch (error) {
    // SFTP 3 has no word for "exists": the server says "failure".
    if (statusOf(error) === STATUS.failure && (await statOrNothing(session, path)) !== undefined) return false;
    throw error;
  }
}

/** Makes the folders of a relative path below a folder that is there. A link among them is refused. */
export async function makeFolders(session: SftpSession, root: string, below: string): Promise<void> {
  if (below === '.' || (await statOrNothing(session, posix.join(root, below)))?.isDirectory()) return;
  await makeFolders(session, root, posix.dirname(below));
  const folder = posix.join(root, below);
  if (await makeNewFolder(session, folder)) return await syncFolder(session, posix.dirname(folder));
  // Another file's put has made it since, or it is no folder.
  if ((await statOrNothing(session, folder))?.isDirectory() === true) return;
  throw new Failure('storage', { message: `"${folder}" is not a folder` });
}

/**
 * Makes the names in a folder survive a power cut, where the server can: OpenSSH opens a folder like a file and fsyncs
 * it. Other servers refuse, and there is nothing in the standard to ask them for.
 */
export async function syncFolder(session: SftpSession, path: string): Promise<void> {
  let handle: Buffer;
  try {
    handle = await session.ask<Buffer>((sftp, done) => sftp.open(path, 'r', done));
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return;
  }
  try {
    await session.askIfOffered<void>((sftp, done) => sftp.ext_openssh_fsync(handle, done));
  } catch (error) {
    // EINVAL: the server's file system knows no fsync of folders (network shares).
    if (statusOf(error) !== STATUS.badMessage) throw error;
  } finally {
    await session.ask<void>((sftp, done) => sftp.close(handle, done));
  }
}

/** All regular files below a folder, sorted by path, and the folders. Links are neither followed nor listed. */
export async function walk(
  session: SftpSession,
  root: string,
): Promise<{ files: RemoteFile[]; folders: string[] } | undefined> {
  const files: RemoteFile[] = [];
  const folders: string[] = [];
  const visit = async (below: string): Promise<boolean> => {
    const entries = await listFolder(session, posix.join(root, below));
    if (entries === undefined) return false;
    folders.push(below);
    for (const { name, stats } of entries) {
      if (!stats.isFile() || PART_PATTERN.test(name)) continue;
      files.push({ path: posix.join(below, name), bytes: stats.size, modified: new Date(stats.mtime * 1000) });
    }
    const inner = entries.filter(({ stats }) => stats.isDirectory());
    await runPool(inner, SIDE_BY_SIDE, ({ name }) => visit(posix.join(below, name)));
    return true;
  };
  if (!(await visit('.'))) return undefined;
  return { files: files.sort((one, other) => (one.path < other.path ? -1 : 1)), folders };
}

/** Removes a folder and everything in it; a link goes, not what it points to. Twice is once. */
export async function removeTree(session: SftpSession, path: string): Promise<void> {
  const entries = (await listFolder(session, path)) ?? [];
  await runPool(entries, SIDE_BY_SIDE, async ({ name, stats }) => {
    const inner = posix.join(path, name);
    if (stats.isDirectory()) await removeTree(session, inner);
    else await unlessMissing(session.ask<void>((sftp, done) => sftp.unlink(inner, done)));
  });
  await unlessMissing(session.ask<void>((sftp, done) => sftp.rmdir(path, done)));
}
