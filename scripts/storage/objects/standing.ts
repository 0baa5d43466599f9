import type { StorageOptions } from '../storage.ts';
import { setKeys } from './layout.ts';
import type { Room } from './room.ts';

/**
 * How a set stands: "unmarked" has no marker beside it, so that its objects are a published set if there are any;
 * "published" has its manifest and a marker that was left over.
 */
export type Standing = 'unmarked' | 'published' | 'unfinished' | 'removing';

/** Asks for the markers beside a set: one listing, and one more question when the set is marked as unfinished. */
export async function standingOf(room: Room, set: string, options: StorageOptions): Promise<Standing> {
  const keys = setKeys(set);
  const { prefixes } = await room.store.list(`${set}.`, { ...options, delimiter: '/' });
  if (prefixes.includes(keys.removing)) return 'removing';
  if (!prefixes.includes(keys.partial)) return 'unmarked';
  return (await room.store.head(keys.manifest, options)) === undefined ? 'unfinished' : 'published';
}

/** May the objects of a set be shown under its name? Remembered once it was so; publishing is never undone by others. */
export async function isVisible(room: Room, set: string, options: StorageOptions): Promise<boolean> {
  if (room.published.has(set)) return true;
  const standing = await standingOf(room, set, options);
  if (standing === 'published') room.published.add(set);
  return standing === 'published' || standing === 'unmarked';
}

/** Is the set being written, by us or by another? */
export async function isUnfinished(room: Room, set: string, options: StorageOptions): Promise<boolean> {
  setKeys(set);
  return room.reserved.has(set) || (await standingOf(room, set, options)) === 'unfinished';
}
