import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../common/failure.ts';
import { safeObjectPath } from '../safe-path.ts';
import type { PutOptions, StorageOptions } from '../storage.ts';
import { isReservation, MANIFEST, setKeys } from './layout.ts';
import { taken } from './reserve.ts';
import { inTurn, type Room } from './room.ts';
import { isUnfinished, isVisible } from './standing.ts';

/** Milliseconds between two signs of life during a long upload; whoever sweeps waits for a day without one. */
const ALIVE_EVERY = 30 * 60 * 1000;

/** Stores an object of an unfinished set: see `Storage.put`. */
export async function put(room: Room, set: string, path: string, body: Readable, options: PutOptions) {
  // A body that breaks before it is being read tells so once more when it is; without a listener it would end the process.
  body.once('error', () => undefined);
  try {
    const key = unfinishedKey(set, path);
    if (room.writing.has(key)) throw new Failure('storage', { message: `"${set}/${path}" is being written already` });
    room.writing.add(key);
    try {
      if (!(await isUnfinished(room, set, options))) throw taken(set, 'was not reserved');
      return path === MANIFEST ? await hold(room, set, body, options) : await upload(room, set, path, body, options);
    } finally {
      room.writing.delete(key);
    }
  } catch (error) {
    body.destroy();
    throw error;
  }
}

/** The key of an object while its set is unfinished. */
export function unfinishedKey(set: string, path: string): string {
  const keys = setKeys(set);
  return safeObjectPath(path) === MANIFEST ? keys.heldManifest : `${keys.folder}${path}`;
}

async function upload(room: Room, set: string, path: string, body: Readable, options: PutOptions) {
  const { folder, alive, uploading } = setKeys(set);
  const key = `${folder}${path}`;
  if ((await room.store.head(key, options)) !== undefined) throw alreadyThere(key);
  const nothing = Buffer.alloc(0);
  if (room.store.uploadsNeedNames === true) await room.store.replace(`${uploading}${path}`, nothing, options);
  // The upload itself tells when the store is gone; a sign of life that failed is followed by the next.
  const sign = () => room.store.replace(alive, nothing, options).catch(() => undefined);
  const timer = setInterval(sign, ALIVE_EVERY).unref();
  try {
    return await room.store.put(key, body, options);
  } finally {
    clearInterval(timer);
  }
}

async function hold(room: Room, set: string, body: Readable, options: StorageOptions) {
  const bytes = await collect(body, options.signal);
  const { heldManifest } = setKeys(set);
  if (!(await room.store.putIfAbsent(heldManifest, bytes, options))) throw alreadyThere(heldManifest);
  room.manifests.set(set, bytes);
  return { bytes: bytes.length };
}

function alreadyThere(key: string): Failure {
  return new Failure('storage', { message: `"${key}" exists` });
}

/** All bytes of a small stream. */
async function collect(body: Readable, signal: AbortSignal | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  await pipeline(body, sink, { ...(signal && { signal }) });
  return Buffer.concat(chunks);
}

/** Makes a reserved set visible: see `Storage.publish`. May be called again when it was cut off. */
export async function publish(room: Room, set: string, options: StorageOptions): Promise<void> {
  const keys = setKeys(set);
  await inTurn(room, set, async () => {
    const marks = await room.store.list(keys.partial, options);
    if (!marks.objects.some(({ key }) => isReservation(keys, key))) throw taken(set, 'was not reserved');
    const held = marks.objects.some(({ key }) => key === keys.heldManifest);
    if (held) await showManifest(room, set, options);
    room.reserved.delete(set);
    room.manifests.delete(set);
    await dropMarks(
      room,
      marks.objects.map(({ key }) => key),
      { visible: held },
    );
    room.published.add(set);
  });
}

async function showManifest(room: Room, set: string, options: StorageOptions): Promise<void> {
  const keys = setKeys(set);
  const bytes = room.manifests.get(set) ?? (await read(room, keys.heldManifest, options));
  if (await room.store.putIfAbsent(keys.manifest, bytes, options)) return;
  // Cut off the last time after it had become visible: then it is the very same.
  if (!bytes.equals(await read(room, keys.manifest, options))) throw taken(set, 'exists');
}

async function read(room: Room, key: string, options: StorageOptions): Promise<Buffer> {
  return await collect(await room.store.get(key, options), options.signal);
}

/**
 * With its manifest the set is visible already, and a marker is only a leftover for the next sweep: a key that may not
 * delete, or an abort now, does not make it less so. Without one, taking the marker away is the publishing.
 */
async function dropMarks(room: Room, keys: readonly string[], { visible }: { visible: boolean }) {
  try {
    await room.store.remove(keys);
  } catch (error) {
    if (!visible) throw error;
  }
}

/** Removes an object of an unfinished set: see `Storage.discard`. */
export async function discard(room: Room, set: string, path: string, options: StorageOptions): Promise<void> {
  const key = unfinishedKey(set, path);
  if (!(await isUnfinished(room, set, options))) return;
  await room.store.remove([key], options);
  if (path === MANIFEST) room.manifests.delete(set);
}

/** Adds an object to a published set: see `Storage.add`. */
export async function add(room: Room, set: string, path: string, body: Uint8Array, options: StorageOptions) {
  const key = `${setKeys(set).folder}${safeObjectPath(path)}`;
  await inTurn(room, set, async () => {
    if (!(await isPublished(room, set, options)))
      throw new Failure('not-found', { message: `there is no set "${set}"` });
    if (!(await room.store.putIfAbsent(key, body, options))) throw alreadyThere(key);
  });
}

/** A set that does not exist at all is not marked either: an object more would make a set of it. */
async function isPublished(room: Room, set: string, options: StorageOptions): Promise<boolean> {
  if (!(await isVisible(room, set, options))) return false;
  if (room.published.has(set)) return true;
  return (await room.store.list(setKeys(set).folder, { ...options, limit: 1 })).objects.length > 0;
}
