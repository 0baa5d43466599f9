import { lstat } from 'node:fs/promises';
import { bytesOf } from '../archive/entry.ts';
import type { SecretsSource } from '../datastore.ts';
import { SMALL } from '../tree/fingerprint.ts';
import { type Found, type WalkOptions, walk } from '../tree/walk.ts';
import { foldersAround, OUTSIDE, pathOf } from './names.ts';
import { type Root, rootsOf } from './roots.ts';

/**
 * Everything that is named, with the folders around it, in the order of an archive. Links are data. Throws as `rootsOf`,
 * and the errno error of what cannot be read.
 */
export async function* collect(source: SecretsSource, options: WalkOptions): AsyncGenerator<Found, void> {
  const base = bytesOf(source.base);
  const given = new Set<string>();
  const roots = await rootsOf(source);
  yield await folderAt('', base);
  for (const root of roots) {
    for (const folder of foldersAround(root.name)) {
      if (given.has(folder)) continue;
      given.add(folder);
      yield await folderAt(folder, base);
    }
    yield* inside(root, options);
  }
}

async function* inside({ path, name }: Root, options: WalkOptions): AsyncGenerator<Found, void> {
  const { onVanished, onSkipped, signal } = options;
  const named = (within: string): string => (within === '' ? name : `${name}/${within}`);
  const walked = walk(Buffer.from(path, 'latin1'), {
    signal,
    readUpTo: SMALL,
    onVanished: (within) => onVanished?.(named(within)),
    onSkipped: (within, what) => onSkipped?.(named(within), what),
  });
  for await (const found of walked) {
    const target = found.type === 'hard' ? named(found.target) : found.target;
    yield { ...found, path: named(found.path), target };
  }
}

/** A folder around what is named: itself, and nothing of what else is in it. */
async function folderAt(name: string, base: string): Promise<Found> {
  const from = Buffer.from(pathOf(name, base, true), 'latin1');
  const { mode, uid, gid, mtimeMs } = await lstat(from);
  const facts = { uid, gid, mtime: Math.floor(mtimeMs / 1000), size: 0, target: '' };
  // The mark is no folder of the machine, and its copy elsewhere is closed to others.
  return { path: name, from, type: 'folder', mode: name === OUTSIDE ? 0o700 : mode & 0o7777, ...facts };
}
