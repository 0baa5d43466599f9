import { readdir, rename, rm, rmdir, statfs, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { Failure } from '../common/failure.ts';
import { storageFailure } from './failures.ts';
import { digestInThread, LARGE_BYTES } from './local-digest.ts';
import {
  addFile,
  exists,
  makeFolders,
  makeNewFolder,
  randomName,
  statOrNothing,
  syncFolder,
  writeNewFile,
} from './local-files.ts';
import { openFile, walkFiles, walkFolders } from './local-read.ts';
import { joinBelow, safeObjectPath, safeSetName } from './safe-path.ts';
import { type Storage, type StoredEntry, type StoredObject, UNFINISHED_SUFFIX } from './storage.ts';

/** Settings of the member `local`. */
export interface LocalSettings {
  /** What the person calls it. */
  readonly name?: string;
  /** The folder that holds the sets; made when the first one is written. */
  readonly folder: string;
}

/** Begins the name of a set whose removal has begun: not listed, and deleted by the next sweep. */
const REMOVING_PREFIX = '.removing-';

/** Sets in a folder of this machine (or a mounted one): `<set>.partial` while it is written, renamed when it is whole. */
export function localStorage(settings: LocalSettings): Storage {
  const root = resolve(settings.folder);
  return {
    name: settings.name ?? 'local',
    location: settings.folder,
    lockFolder: root,
    reserve: (set) => told(`cannot reserve the set "${set}"`, () => reserve(root, set)),
    put: (set, path, body, options) =>
      told(`cannot write "${set}/${path}"`, () => put(root, set, path, body, options?.signal)),
    publish: (set) => told(`cannot publish the set "${set}"`, () => publish(root, set)),
    discard: (set, path) => told(`cannot remove "${set}/${path}"`, () => discard(root, set, path)),
    add: (set, path, body, options) =>
      told(`cannot add "${set}/${path}"`, async () =>
        addFile(locate(root, safeSetName(set), path), body, options?.signal),
      ),
    get: (set, path, options = {}) =>
      told(`cannot read "${set}/${path}"`, () => get(root, folderName(set, options), path, options.signal)),
    digest: (set, path, options = {}) =>
      told(`cannot read "${set}/${path}"`, async () => {
        const file = locate(root, safeSetName(set), path);
        return (statOrNothing(file)?.size ?? 0) < LARGE_BYTES ? undefined : await digestInThread(file, options);
      }),
    objects: (set, options = {}) =>
      told(`cannot list the set "${set}"`, () => objects(root, set, folderName(set, options))),
    entries: () => told(`cannot list the folder "${settings.folder}"`, () => entries(root)),
    remove: (set, options = {}) => told(`cannot remove the set "${set}"`, () => remove(root, folderName(set, options))),
    sweep: () => told(`cannot clean up in "${settings.folder}"`, () => sweep(root)),
    freeBytes: () => told(`cannot ask for the free space of "${settings.folder}"`, () => freeBytes(root)),
  };
}

/** Every error of a call leaves as a Failure that says what could not be done. */
async function told<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw storageFailure(error, what);
  }
}

function folderName(set: string, options: { unfinished?: boolean }): string {
  return options.unfinished === true ? unfinishedName(set) : safeSetName(set);
}

function unfinishedName(set: string): string {
  return `${safeSetName(set)}${UNFINISHED_SUFFIX}`;
}

/**
 * The file of an object. Symbolic links below the root are refused, whatever they point to: a set that was copied in
 * from elsewhere must not make us read or write outside of the root.
 */
function locate(root: string, folder: string, path: string): string {
  const parts = safeObjectPath(path).split('/');
  for (let count = 0; count < parts.length; count += 1) {
    refuseLink(joinBelow(root, [folder, ...parts.slice(0, count)].join('/')));
  }
  return joinBelow(root, `${folder}/${path}`);
}

function refuseLink(path: string): void {
  if (statOrNothing(path)?.isSymbolicLink()) {
    throw new Failure('storage', { message: `"${path}" is a symbolic link, expected a folder` });
  }
}

async function reserve(root: string, set: string): Promise<void> {
  const folder = joinBelow(root, unfinishedName(set));
  await makeFolders(root);
  if (!(await makeNewFolder(folder))) throw taken(set, 'is being written already');
  // Looked at only now: between a look before and the mkdir another run could have published its set.
  if (exists(joinBelow(root, set))) {
    await rmdir(folder);
    throw taken(set, 'exists');
  }
  await syncFolder(root);
}

function taken(set: string, state: string): Failure {
  return new Failure('storage', { message: `the set "${set}" ${state}` });
}

async function put(root: string, set: string, path: string, body: Readable, signal: AbortSignal | undefined) {
  // A body that breaks before it is being read tells so once more when it is; without a listener it would end the process.
  body.once('error', () => undefined);
  try {
    const file = locate(root, unfinishedName(set), path);
    if (!exists(joinBelow(root, unfinishedName(set)))) throw taken(set, 'was not reserved');
    await makeFolders(dirname(file));
    return { bytes: await writeNewFile(file, body, signal) };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

async function publish(root: string, set: string): Promise<void> {
  const folder = joinBelow(root, unfinishedName(set));
  for (const inner of await walkFolders(folder)) await syncFolder(inner);
  // A rename would replace an empty folder without a word; a full one is refused by the kernel.
  if (exists(joinBelow(root, set))) throw taken(set, 'exists');
  await rename(folder, joinBelow(root, set));
  await syncFolder(root);
}

async function discard(root: string, set: string, path: string): Promise<void> {
  const file = locate(root, unfinishedName(set), path);
  if (exists(file)) await unlink(file);
}

async function get(root: string, folder: string, path: string, signal: AbortSignal | undefined): Promise<Readable> {
  return await openFile(locate(root, folder, path), `${folder}/${path}`, signal);
}

async function objects(root: string, set: string, folder: string): Promise<StoredObject[]> {
  const inner = joinBelow(root, folder);
  if (statOrNothing(inner)?.isDirectory() !== true) return [];
  return walkFiles(inner).map((file) => ({ ...file, path: `${set}/${file.path}` }));
}

async function entries(root: string): Promise<StoredEntry[]> {
  if (!exists(root)) return [];
  const names = (await readdir(root)).filter((name) => !name.startsWith(REMOVING_PREFIX));
  const found = await Promise.all(names.map(async (name) => ({ name, stat: statOrNothing(join(root, name)) })));
  // What went away since it was listed is left out.
  return found.flatMap(({ name, stat }) =>
    stat === undefined ? [] : [{ name, isFolder: stat.isDirectory(), modified: stat.mtime }],
  );
}

/** Renamed first: a set that is half deleted never looks like one, not even after a power cut. */
async function remove(root: string, folder: string): Promise<void> {
  const path = joinBelow(root, folder);
  const found = statOrNothing(path);
  if (found === undefined) return;
  if (!found.isDirectory()) throw new Failure('storage', { message: `"${folder}" is not a folder` });
  const hidden = joinBelow(root, `${REMOVING_PREFIX}${folder}-${randomName()}`);
  await rename(path, hidden);
  await syncFolder(root);
  await rm(hidden, { recursive: true, force: true });
}

async function sweep(root: string): Promise<string[]> {
  if (!exists(root)) return [];
  const left = (await readdir(root)).filter((name) => name.startsWith(REMOVING_PREFIX));
  for (const name of left) await rm(joinBelow(root, name), { recursive: true, force: true });
  return left.map((name) => name.slice(REMOVING_PREFIX.length, name.lastIndexOf('-')));
}

async function freeBytes(root: string): Promise<number> {
  let folder = root;
  while (!exists(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
