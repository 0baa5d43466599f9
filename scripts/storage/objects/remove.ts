import { Failure } from '../../common/failure.ts';
import { type StorageOptions, UNFINISHED_SUFFIX } from '../storage.ts';
import { datedSetOf, REMOVING_SUFFIX, setKeys } from './layout.ts';
import type { UnfinishedUpload } from './object-store.ts';
import { isOrphan } from './owner.ts';
import type { ReadOptions } from './read.ts';
import { inTurn, type Room } from './room.ts';
import { standingOf } from './standing.ts';

/** Milliseconds after which an upload of a set without a sign of life is nobody's any more. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

/** Removes a set: see `Storage.remove`. The marker comes first, so that what is half removed is never seen. */
export async function remove(room: Room, set: string, options: ReadOptions): Promise<void> {
  const keys = setKeys(set);
  await inTurn(room, set, async () => {
    const standing = await standingOf(room, set, options);
    if (standing !== 'removing') {
      if ((options.unfinished === true) !== (standing === 'unfinished')) return;
      if (!(await isAnythingThere(room, set, options))) return;
      await room.store.replace(keys.removal, Buffer.alloc(0), options);
      await removeManifest(room, set, options);
    }
    await finishRemoval(room, set, options);
  });
}

async function isAnythingThere(room: Room, set: string, options: StorageOptions): Promise<boolean> {
  const { folder, partial } = setKeys(set);
  const found = await Promise.all([folder, partial].map((prefix) => room.store.list(prefix, { ...options, limit: 1 })));
  return found.some(({ objects }) => objects.length > 0);
}

/** When even the first deletion is refused (a lock, a key that may not) the set is whole: it must stay visible. */
async function removeManifest(room: Room, set: string, options: StorageOptions): Promise<void> {
  const keys = setKeys(set);
  try {
    await room.store.remove([keys.manifest], options);
  } catch (error) {
    if (error instanceof Failure && error.code === 'denied') await takeBack(room, keys.removal);
    throw error;
  }
}

/** Our own marker, made a moment ago. Where not even that may be deleted, the refusal of the set says so. */
async function takeBack(room: Room, marker: string): Promise<void> {
  try {
    await room.store.remove([marker]);
  } catch (error) {
    if (error instanceof Failure && error.code === 'denied') return;
    throw error;
  }
}

/** Everything of a set that is marked as being removed; the marker goes last. */
async function finishRemoval(room: Room, set: string, options: StorageOptions): Promise<void> {
  const keys = setKeys(set);
  room.published.delete(set);
  room.reserved.delete(set);
  room.manifests.delete(set);
  const begun = (await room.store.list(keys.uploading, options)).objects.map(({ key }) =>
    key.slice(keys.uploading.length),
  );
  for (const path of ['', ...begun]) await endUploads(room, `${keys.folder}${path}`, () => true, options);
  for (const prefix of [keys.folder, keys.partial, keys.removing]) {
    const { objects } = await room.store.list(prefix, options);
    const manifestFirst = objects.map(({ key }) => key).sort((key) => (key === keys.manifest ? -1 : 1));
    await room.store.remove(manifestFirst, options);
  }
}

/**
 * Finishes what was cut off: see `Storage.sweep`. Also takes away markers of published sets, unfinished sets of our own
 * dead, and dead uploads.
 */
export async function sweep(room: Room, options: StorageOptions): Promise<string[]> {
  const uploads = await listUploads(room, options);
  const { prefixes } = await room.store.list('', { ...options, delimiter: '/' });
  const folders = prefixes.map((prefix) => prefix.slice(0, -1));
  const removed: string[] = [];
  for (const set of namesWith(folders, REMOVING_SUFFIX)) {
    if (await unlessDenied(() => inTurn(room, set, () => finishRemoval(room, set, options)))) removed.push(set);
  }
  const unfinished = namesWith(folders, UNFINISHED_SUFFIX).filter((set) => !removed.includes(set));
  for (const set of unfinished) {
    await unlessDenied(() => dropLeftMarks(room, set, options));
    if (await removeOrphan(room, set, options)) removed.push(set);
  }
  await endDeadUploads(room, uploads, unfinished, options);
  return removed;
}

function namesWith(folders: readonly string[], suffix: string): string[] {
  const names = folders.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
  // What could not be the name of a set was not made by us.
  return names.filter((name) => datedSetOf(name) !== undefined);
}

/** What a lock keeps today goes when it ends, at a later sweep: not a failure (pitfalls e12). Tells whether it was done. */
async function unlessDenied(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === 'denied') return false;
    throw error;
  }
}

async function dropLeftMarks(room: Room, set: string, options: StorageOptions): Promise<void> {
  await inTurn(room, set, async () => {
    if ((await standingOf(room, set, options)) !== 'published') return;
    const { objects } = await room.store.list(setKeys(set).partial, options);
    await room.store.remove(
      objects.map(({ key }) => key),
      options,
    );
  });
}

/** Tells whether there was one. Its uploads, which a listing may not show, go with it. */
async function removeOrphan(room: Room, set: string, options: StorageOptions): Promise<boolean> {
  if (room.reserved.has(set) || !(await isOrphan(room, set, options))) return false;
  return await unlessDenied(() => remove(room, set, { ...options, unfinished: true }));
}

/** Asked before the markers are: what was begun later cannot be mistaken for one whose set has no marker. */
async function listUploads(room: Room, options: StorageOptions): Promise<UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = [];
  const collect = (upload: UnfinishedUpload): boolean => {
    if (datedSetOf(upload.key) !== undefined) found.push(upload);
    return false;
  };
  await endUploads(room, '', collect, options);
  return found;
}

async function endDeadUploads(
  room: Room,
  uploads: readonly UnfinishedUpload[],
  unfinished: readonly string[],
  options: StorageOptions,
): Promise<void> {
  for (const set of new Set(uploads.map(({ key }) => datedSetOf(key) ?? ''))) {
    if (unfinished.includes(set) && (await isAlive(room, set, options))) continue;
    const own = new Set(uploads.filter(({ key }) => datedSetOf(key) === set).map(identity));
    await endUploads(room, setKeys(set).folder, (upload) => own.has(identity(upload)), options);
  }
}

async function isAlive(room: Room, set: string, options: StorageOptions): Promise<boolean> {
  const { objects } = await room.store.list(setKeys(set).partial, options);
  return objects.some(({ modified }) => Date.now() - modified.getTime() < ABANDONED_AFTER);
}

function identity({ key, begun }: UnfinishedUpload): string {
  return `${begun.getTime()} ${key}`;
}

/** A key may lack the right to list uploads; the rule of the bucket that ends old ones is the second net. */
async function endUploads(
  room: Room,
  prefix: string,
  isLeftOver: (upload: UnfinishedUpload) => boolean,
  options: StorageOptions,
): Promise<void> {
  await unlessDenied(async () => {
    await room.store.sweepUnfinished(prefix, isLeftOver, options);
  });
}
