import { Readable } from 'node:stream';
import { Failure } from '../../common/failure.ts';
import { REMOVING_SUFFIX } from '../objects/layout.ts';
import type { ListOptions, ObjectFacts, ObjectListing, ObjectStore } from '../objects/object-store.ts';
import { type PutOptions, type StorageOptions, UNFINISHED_SUFFIX } from '../storage.ts';
import { unlessMissing } from './failures.ts';
import { type RcloneSettings, runRclone } from './program.ts';
import { download, upload } from './transfer.ts';

/** So many names go to one rclone that removes them. */
const REMOVE_AT_ONCE = 1000;

/** What `rclone lsjson` prints for each entry. */
interface Listed {
  readonly Path: string;
  readonly Size: number;
  readonly ModTime: string;
  readonly IsDir: boolean;
}

/** For every listing: no request for each single object, which the time of upload would cost with some services. */
const LISTING = ['lsjson', '--no-mimetype', '--use-server-modtime'];

/** The objects of any remote that rclone knows. rclone has no conditional writes. */
export function rcloneStore(settings: RcloneSettings): ObjectStore {
  const writing = new Set<string>();
  const put = (key: string, body: Readable, options: PutOptions = {}) => putObject(settings, key, body, options);
  return {
    hasConditionalWrites: false,
    put,
    putIfAbsent: async (key, body, options) => {
      if (writing.has(key)) return false;
      writing.add(key);
      try {
        if ((await headObject(settings, key, options)) !== undefined) return false;
        await put(key, Readable.from([body]), options);
        return true;
      } finally {
        writing.delete(key);
      }
    },
    replace: async (key, body, options) => {
      await put(key, Readable.from([body]), options);
    },
    get: async (key, options) => {
      const facts = await headObject(settings, key, options);
      if (facts === undefined) throw new Failure('not-found', { message: `there is no "${key}"` });
      return download(settings, at(settings, key), facts.bytes, options?.signal);
    },
    head: (key, options) => headObject(settings, key, options),
    list: (prefix, options = {}) => listObjects(settings, prefix, options),
    remove: (keys, options) => removeObjects(settings, keys, options),
    sweepUnfinished: async () => 0,
  };
}

/** Bytes free at the remote; undefined for the many that do not tell. */
export async function rcloneFreeBytes(settings: RcloneSettings): Promise<number | undefined> {
  try {
    const { free } = JSON.parse(await runRclone(settings, ['about', settings.remote, '--json'])) as { free?: number };
    return free;
  } catch (error) {
    // A program that is missing matters; a service without an answer does not.
    if (error instanceof Failure && error.code !== 'tool-missing') return undefined;
    throw error;
  }
}

/** The place of a key as rclone takes it: "name:path/key". */
function at({ remote }: RcloneSettings, key: string): string {
  if (key === '') return remote;
  return remote.endsWith(':') || remote.endsWith('/') ? `${remote}${key}` : `${remote}/${key}`;
}

async function putObject(settings: RcloneSettings, key: string, body: Readable, options: PutOptions) {
  // A body that broke already tells so once more when it is read; without a listener it would end the process.
  body.once('error', () => undefined);
  try {
    const bytes = await upload(settings, at(settings, key), body, options.signal).catch(async (error: unknown) => {
      await dropPart(settings, key);
      throw error;
    });
    await checkSize(settings, key, bytes, options);
    return { bytes };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

/** What a stopped rclone left behind. Where even that fails the set stays hidden, and goes as a whole. */
async function dropPart(settings: RcloneSettings, key: string): Promise<void> {
  await removeObjects(settings, [key]).catch(() => undefined);
}

async function checkSize(settings: RcloneSettings, key: string, bytes: number, options: StorageOptions): Promise<void> {
  const found = (await headObject(settings, key, options))?.bytes;
  if (found === bytes) return;
  await dropPart(settings, key);
  throw new Failure('storage', { message: `"${key}" has ${found ?? 'no'} bytes after the upload, expected ${bytes}` });
}

async function headObject(
  settings: RcloneSettings,
  key: string,
  options: StorageOptions = {},
): Promise<ObjectFacts | undefined> {
  const printed = await unlessMissing(runRclone(settings, [...LISTING, '--stat', at(settings, key)], options));
  if (printed === undefined) return undefined;
  const found = JSON.parse(printed) as Listed | null;
  return found === null || found.IsDir ? undefined : factsOf(key, found);
}

function factsOf(key: string, { Size, ModTime }: Listed): ObjectFacts {
  return { key, bytes: Size, modified: new Date(ModTime) };
}

/** rclone lists folders, not beginnings of names: what lies in the folder and begins otherwise is left out here. */
async function listObjects(settings: RcloneSettings, prefix: string, options: ListOptions): Promise<ObjectListing> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const depth =
    options.delimiter === undefined
      ? ['-R', '--files-only', '--fast-list', ...beginningWith(prefix.slice(folder.length))]
      : [];
  const place = at(settings, folder.slice(0, -1));
  const printed = await unlessMissing(runRclone(settings, [...LISTING, ...depth, place], options));
  const listed = (printed === undefined ? [] : (JSON.parse(printed) as Listed[])).map((entry) => ({
    ...entry,
    Path: `${folder}${entry.Path}`,
  }));
  const found = listed.filter(({ Path }) => Path.startsWith(prefix));
  const folders = found.filter(({ IsDir }) => IsDir).map(({ Path }) => `${Path}/`);
  return {
    objects: found.filter(({ IsDir }) => !IsDir).map((entry) => factsOf(entry.Path, entry)),
    prefixes: await withoutEmptyMarks(settings, folders, options),
  };
}

/** Keeps rclone from going into folders that are left out here anyway. Letters that its patterns give a meaning stay out. */
function beginningWith(name: string): string[] {
  return /^[\w.-]+$/.test(name) ? ['--include', `/${name}**`] : [];
}

/** Where folders are real an empty one can stay behind; as the mark of a set it would mean something. */
async function withoutEmptyMarks(settings: RcloneSettings, folders: readonly string[], options: StorageOptions) {
  const kept: string[] = [];
  for (const folder of folders) {
    const isMark = folder.endsWith(`${UNFINISHED_SUFFIX}/`) || folder.endsWith(`${REMOVING_SUFFIX}/`);
    const { signal } = options;
    if (!isMark || (await listObjects(settings, folder, { ...(signal && { signal }) })).objects.length > 0) {
      kept.push(folder);
    }
  }
  return kept;
}

/** Removes exactly the named objects, and then the folders that became empty by it. */
async function removeObjects(
  settings: RcloneSettings,
  keys: readonly string[],
  options: StorageOptions = {},
): Promise<void> {
  for (let start = 0; start < keys.length; start += REMOVE_AT_ONCE) {
    const input = keys.slice(start, start + REMOVE_AT_ONCE).join('\n');
    const argv = ['delete', '--files-from-raw', '-', '--no-traverse', settings.remote];
    await runRclone(settings, argv, { ...options, input });
  }
  const folders = new Set(keys.filter((key) => key.includes('/')).map((key) => key.slice(0, key.indexOf('/'))));
  for (const folder of folders) {
    // Removes nothing but empty folders; one that stays is not listed, and most services have none at all.
    await runRclone(settings, ['rmdirs', at(settings, folder)], options).catch(() => undefined);
  }
}
