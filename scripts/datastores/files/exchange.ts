import { lstat, mkdir, open, readdir, rename, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { using } from '../../common/using.ts';
import type { Exchange, Generation } from '../generation.ts';
import { isOwn } from '../tree/names.ts';
import { generationPath, movingPath, type Place } from './place.ts';

/**
 * Puts a generation in the place of what is live, which is kept. By renames, each of which stands or falls as a whole;
 * asked for once more it goes on where it was broken off. Throws the errno error.
 */
export async function exchangePlace(place: Place, exchange: Exchange): Promise<void> {
  if (place.inside === undefined) await exchangeBeside(place, exchange);
  else await exchangeInside(place, exchange);
}

async function exchangeBeside(place: Place, { fresh, kept }: Exchange): Promise<void> {
  const { live } = place;
  const keptPath = generationPath(place, kept);
  const freshPath = fresh && generationPath(place, fresh);
  const isDone = freshPath === undefined ? await isThere(keptPath) : !(await isThere(freshPath));
  if (isDone) {
    if (freshPath === undefined || (await isThere(live))) return;
    throw new Failure('not-found', { message: `there is neither ${freshPath} nor ${live}` });
  }
  if (await isThere(live)) {
    if (await isThere(keptPath)) throw new Failure('refused', { message: `${keptPath} is there already` });
    await rename(live, keptPath);
  }
  if (freshPath !== undefined) await rename(freshPath, live);
  await syncFolder(dirname(live));
}

/**
 * First everything goes aside, into a folder that gets its name when it is whole; then the new comes. So at any moment it
 * can be told how far it came.
 */
async function exchangeInside(place: Place, { fresh, kept }: Exchange): Promise<void> {
  const { live } = place;
  const keptPath = generationPath(place, kept);
  const freshPath = fresh && generationPath(place, fresh);
  if (freshPath !== undefined && !(await isThere(freshPath))) return;
  if (!(await isThere(keptPath))) {
    const moving = movingPath(place, kept);
    await mkdir(moving, { mode: 0o700, recursive: true });
    await moveContent(live, moving);
    await rename(moving, keptPath);
    await syncFolder(live);
  }
  if (freshPath === undefined) return;
  await moveContent(freshPath, live);
  await rmdir(freshPath);
  await syncFolder(live);
}

async function moveContent(from: string, to: string): Promise<void> {
  const names = await readdir(from, { encoding: 'buffer' });
  for (const name of names.filter((each) => !isOwn(each.toString('latin1')))) {
    await rename(Buffer.concat([Buffer.from(`${from}/`), name]), Buffer.concat([Buffer.from(`${to}/`), name]));
  }
  await syncFolder(to);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  await using(await open(path, 'r'), (folder) => folder.sync());
}

/** Where a kept or new generation lies, also one that is still on its way. */
export function pathsOf(place: Place, generation: Generation): string[] {
  const moving = place.inside !== undefined && generation.part === 'before' ? [movingPath(place, generation)] : [];
  return [generationPath(place, generation), ...moving].map((path) => join(path));
}
