import { posix } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { runPool } from '../../common/pool.ts';
import { type StoredEntry, type StoredObject, UNFINISHED_SUFFIX } from '../storage.ts';
import { STATUS, statusOf } from './failures.ts';
import { rename } from './objects.ts';
import type { SftpSession } from './session.ts';
import {
  listFolder,
  makeNewFolder,
  randomName,
  removeTree,
  SIDE_BY_SIDE,
  statOrNothing,
  syncFolder,
  walk,
} from './tree.ts';
import { freeBytes } from './write.ts';

/** Begins the name of a set whose removal has begun: not listed, and deleted by the next sweep. */
const REMOVING_PREFIX = '.removing-';

/** Takes the name of a set: of all who make its folder one succeeds. */
export async function reserveSet(session: SftpSession, root: string, set: string): Promise<void> {
  const folder = posix.join(root, `${set}${UNFINISHED_SUFFIX}`);
  await makeRoot(session, root);
  if (!(await makeNewFolder(session, folder))) throw taken(set, 'is being written already');
  // Looked at only now: between a look before and the mkdir another run could have published its set.
  if ((await statOrNothing(session, posix.join(root, set))) !== undefined) {
    await session.ask<void>((sftp, done) => sftp.rmdir(folder, done));
    throw taken(set, 'exists');
  }
  await syncFolder(session, root);
}

function taken(set: string, state: string): Failure {
  return new Failure('storage', { message: `the set "${set}" ${state}` });
}

/** Makes the folder of the sets and what is missing above it. It may be reached through a link. */
async function makeRoot(session: SftpSession, root: string): Promise<void> {
  if (await isThere(session, root)) return;
  const parent = posix.dirname(root);
  if (parent !== root) await makeRoot(session, parent);
  await makeNewFolder(session, root).catch((error: unknown) => {
    if (statusOf(error) !== STATUS.permissionDenied) throw error;
    const hint = `make the folder on the server and give it to the account: see docs/storage-sftp.md`;
    throw new Failure('denied', { message: `cannot make the folder "${root}" on the server`, hint, cause: error });
  });
}

async function isThere(session: SftpSession, path: string): Promise<boolean> {
  try {
    await session.ask<unknown>((sftp, done) => sftp.stat(path, done));
    return true;
  } catch (error) {
    if (statusOf(error) === STATUS.noSuchFile) return false;
    throw error;
  }
}

/** Makes a set visible: every folder of it on stable storage, then the rename, then the root. */
export async function publishSet(session: SftpSession, root: string, set: string): Promise<void> {
  const unfinished = posix.join(root, `${set}${UNFINISHED_SUFFIX}`);
  const target = posix.join(root, set);
  const tree = await walk(session, unfinished);
  if (tree === undefined) throw taken(set, 'was not reserved');
  for (const folder of tree.folders) await syncFolder(session, posix.join(unfinished, folder));
  // The server refuses as well; but the system's rename, which some pass on, would replace an empty folder.
  if ((await statOrNothing(session, target)) !== undefined) throw taken(set, 'exists');
  await rename(session, unfinished, target);
  await syncFolder(session, root);
}

/** The objects of a set, sorted by path; none when there is no such set. */
export async function listObjects(session: SftpSession, folder: string, set: string): Promise<StoredObject[]> {
  if ((await statOrNothing(session, folder))?.isDirectory() !== true) return [];
  const tree = await walk(session, folder);
  return (tree?.files ?? []).map((file) => ({ ...file, path: `${set}/${file.path}` }));
}

/** What lies in the root, sorted by name. One listing, however many sets there are, and one more per unfinished set. */
export async function listEntries(session: SftpSession, root: string): Promise<StoredEntry[]> {
  const found = ((await listFolder(session, root)) ?? []).filter(({ name }) => !name.startsWith(REMOVING_PREFIX));
  return await runPool(found, SIDE_BY_SIDE, async ({ name, stats }) => {
    const isFolder = stats.isDirectory();
    const isUnfinished = isFolder && name.endsWith(UNFINISHED_SUFFIX);
    const seconds = isUnfinished ? await lastSignOfLife(session, posix.join(root, name), stats.mtime) : stats.mtime;
    return { name, isFolder, modified: new Date(seconds * 1000) };
  });
}

/** A folder shows when names came and went, not that a file in it still grows: the youngest of all is what counts. */
async function lastSignOfLife(session: SftpSession, folder: string, seconds: number): Promise<number> {
  const inner = (await listFolder(session, folder)) ?? [];
  const times = await runPool(inner, SIDE_BY_SIDE, async ({ name, stats }) =>
    stats.isDirectory() ? await lastSignOfLife(session, posix.join(folder, name), stats.mtime) : stats.mtime,
  );
  return Math.max(seconds, ...times);
}

/** Renamed first: a set that is half deleted never looks like one. */
export async function removeSet(session: SftpSession, root: string, folder: string): Promise<void> {
  const path = posix.join(root, folder);
  const stats = await statOrNothing(session, path);
  if (stats === undefined) return;
  if (!stats.isDirectory()) throw new Failure('storage', { message: `"${path}" is not a folder` });
  const hidden = posix.join(root, `${REMOVING_PREFIX}${folder}-${randomName()}`);
  const before = await walk(session, path);
  await rename(session, path, hidden);
  await syncFolder(session, root);
  try {
    await removeTree(session, hidden);
  } catch (error) {
    if (statusOf(error) === STATUS.permissionDenied) await takeBack(session, hidden, path, before?.files.length ?? 0);
    throw error;
  }
}

/** An account that may rename but not delete (append-only) must not make sets invisible: a whole one comes back. */
async function takeBack(session: SftpSession, hidden: string, path: string, files: number): Promise<void> {
  const left = await walk(session, hidden);
  if (left?.files.length === files) await rename(session, hidden, path);
}

/** Deletes what removals that were cut off left behind, and names the sets they were of. */
export async function sweepRemovals(session: SftpSession, root: string): Promise<string[]> {
  const left = ((await listFolder(session, root)) ?? []).filter(({ name }) => name.startsWith(REMOVING_PREFIX));
  for (const { name } of left) await removeTree(session, posix.join(root, name));
  return left.map(({ name }) => name.slice(REMOVING_PREFIX.length, name.lastIndexOf('-')));
}

/** Bytes free where the sets are, or are going to be. */
export async function spaceFor(session: SftpSession, root: string): Promise<number | undefined> {
  let folder = root;
  while (!(await isThere(session, folder)) && posix.dirname(folder) !== folder) folder = posix.dirname(folder);
  return await freeBytes(session, folder);
}
