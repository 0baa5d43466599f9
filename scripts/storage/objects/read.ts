import type { Readable } from 'node:stream';
import { Failure } from '../../common/failure.ts';
import { runPool } from '../../common/pool.ts';
import { safeObjectPath } from '../safe-path.ts';
import { type StorageOptions, type StoredEntry, type StoredObject, UNFINISHED_SUFFIX } from '../storage.ts';
import { datedSetOf, MANIFEST, REMOVING_SUFFIX, setKeys } from './layout.ts';
import type { ObjectFacts } from './object-store.ts';
import type { Room } from './room.ts';
import { isUnfinished, isVisible } from './standing.ts';
import { unfinishedKey } from './write.ts';

/** Options of the calls that look into published sets, or into unfinished ones. */
export type ReadOptions = StorageOptions & { readonly unfinished?: boolean };

/** Unfinished sets are few; this many are looked into at once. */
const AT_ONCE = 8;

/** Reads an object: see `Storage.get`. */
export async function get(room: Room, set: string, path: string, options: ReadOptions): Promise<Readable> {
  const unfinished = options.unfinished === true;
  const key = unfinished ? unfinishedKey(set, path) : `${setKeys(set).folder}${safeObjectPath(path)}`;
  const there = unfinished ? await isUnfinished(room, set, options) : await isVisible(room, set, options);
  if (!there) throw new Failure('not-found', { message: `there is no "${set}/${path}"` });
  return await room.store.get(key, options);
}

/** The objects of a set: see `Storage.objects`. */
export async function objects(room: Room, set: string, options: ReadOptions): Promise<StoredObject[]> {
  const keys = setKeys(set);
  const unfinished = options.unfinished === true;
  const there = unfinished ? await isUnfinished(room, set, options) : await isVisible(room, set, options);
  if (!there) return [];
  const found = [...(await room.store.list(keys.folder, options)).objects];
  if (unfinished) found.push(...(await heldManifest(room, set, options)));
  return inOrder(found);
}

/** Sorted by path. Consoles make an object of a folder's own name: it is none of a set. */
function inOrder(found: readonly ObjectFacts[]): StoredObject[] {
  const objects = found.filter(({ key }) => !/^[^/]+\/$/.test(key)).map(storedObject);
  return objects.sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function heldManifest(room: Room, set: string, options: StorageOptions): Promise<ObjectFacts[]> {
  const keys = setKeys(set);
  const { objects } = await room.store.list(keys.heldManifest, options);
  return objects.filter(({ key }) => key === keys.heldManifest).map((held) => ({ ...held, key: keys.manifest }));
}

function storedObject({ key, ...facts }: ObjectFacts): StoredObject {
  return { path: key, ...facts };
}

/** What lies below the root: see `Storage.entries`. One listing, and two more questions for each unfinished set. */
export async function entries(
  room: Room,
  { withObjects, ...options }: StorageOptions & { readonly withObjects?: boolean },
): Promise<StoredEntry[]> {
  const found = await rootEntries(room, options);
  return withObjects === true ? await fillIn(room, found, options) : found;
}

async function rootEntries(room: Room, options: StorageOptions): Promise<StoredEntry[]> {
  const { objects: files, prefixes } = await room.store.list('', { ...options, delimiter: '/' });
  const folders = new Set(prefixes.map((prefix) => prefix.slice(0, -1)));
  const shown = [...folders].filter((name) => isShown(name, folders));
  const found = await runPool(shown, AT_ONCE, (name) => entryOf(room, name, folders, options));
  const plain = files.map(({ key, modified }) => ({ name: key, isFolder: false, modified }));
  return [...found.flat(), ...plain].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A set whose removal has begun is gone, with its markers. */
function isShown(name: string, folders: ReadonlySet<string>): boolean {
  const set = name.endsWith(UNFINISHED_SUFFIX) ? name.slice(0, -UNFINISHED_SUFFIX.length) : name;
  return !name.endsWith(REMOVING_SUFFIX) && !folders.has(`${set}${REMOVING_SUFFIX}`);
}

async function entryOf(
  room: Room,
  name: string,
  folders: ReadonlySet<string>,
  options: StorageOptions,
): Promise<StoredEntry[]> {
  if (name.endsWith(UNFINISHED_SUFFIX)) return await unfinishedEntry(room, name, options);
  // With a marker beside it the set is told by its marker.
  if (folders.has(`${name}${UNFINISHED_SUFFIX}`)) return [];
  room.published.add(name);
  return [{ name, isFolder: true, modified: new Date(0) }];
}

async function unfinishedEntry(room: Room, name: string, options: StorageOptions): Promise<StoredEntry[]> {
  const set = name.slice(0, -UNFINISHED_SUFFIX.length);
  const marks = (await room.store.list(`${name}/`, options)).objects;
  if ((await room.store.head(`${set}/${MANIFEST}`, options)) !== undefined) {
    room.published.add(set);
    return [{ name: set, isFolder: true, modified: new Date(0) }];
  }
  // Published or removed since it was listed.
  if (marks.length === 0) return [];
  const modified = new Date(Math.max(...marks.map((mark) => mark.modified.getTime())));
  return [{ name, isFolder: true, modified }];
}

/**
 * Adds the objects of published sets, all by one further listing. It reaches as far as the names of the sets have their
 * beginning in common ("202"), so that what else a bucket holds is not gone through. A set whose manifest is not in it
 * is left to a question of its own: it changed since it was listed, or an older script wrote it.
 */
async function fillIn(room: Room, found: readonly StoredEntry[], options: StorageOptions): Promise<StoredEntry[]> {
  const sets = found.flatMap(({ name, isFolder }) => (isFolder && datedSetOf(name) === name ? [name] : []));
  if (sets.length === 0) return [...found];
  const { objects } = await room.store.list(commonBeginning(sets), options);
  const bySet = Map.groupBy(objects, ({ key }) => key.slice(0, key.indexOf('/') + 1));
  const published = new Set(sets);
  return found.map((entry) => {
    const own = published.has(entry.name) ? (bySet.get(`${entry.name}/`) ?? []) : [];
    const isWhole = own.some(({ key }) => key === setKeys(entry.name).manifest);
    return isWhole ? { ...entry, objects: inOrder(own) } : entry;
  });
}

/** The longest text that all names begin with: what the first and the last in order have in common. */
function commonBeginning(names: readonly string[]): string {
  const [first = '', ...others] = names.toSorted();
  const last = others.at(-1) ?? first;
  const length = [...first].findIndex((letter, at) => letter !== last[at]);
  return length < 0 ? first : first.slice(0, length);
}
