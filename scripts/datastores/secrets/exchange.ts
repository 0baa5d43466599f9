import { lstat, mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { Failure } from '../../common/failure.ts';
import { bytesOf } from '../archive/entry.ts';
import type { Exchange, Generation } from '../generation.ts';
import { removeStages } from './generations.ts';
import { isThere, type Place, stagePath } from './place.ts';
import { filesOf, foldersOf, makeStages, syncFolder } from './stage.ts';

/**
 * Puts the files of a generation in the place of the live ones, which are kept; where there was none, that is kept. By
 * renames within a folder, file after file; asked for once more it goes on where it was broken off. Throws the errno error.
 */
export async function exchangeSecrets(place: Place, { fresh, kept }: Exchange): Promise<void> {
  const base = bytesOf(place.base);
  if (fresh === undefined) throw new Failure('internal', { message: 'secrets change places with a generation only' });
  if (!(await isThere(stagePath(base, fresh)))) {
    if (await isThere(stagePath(base, kept))) return;
    throw new Failure('not-found', {
      message: `there is nothing of the generation at ${stagePath(place.base, fresh)}`,
    });
  }
  const folders = await foldersOf(base, fresh);
  await makeStages(base, folders, kept);
  for (const folder of folders) if (await isThere(stagePath(folder, fresh))) await exchangeIn(folder, fresh, kept);
  await removeStages(base, fresh);
}

async function exchangeIn(folder: string, fresh: Generation, kept: Generation): Promise<void> {
  const names = await readdir(Buffer.from(filesOf(folder, fresh), 'latin1'), { encoding: 'buffer' });
  for (const name of names.map((each) => each.toString('latin1'))) {
    const live = `${folder}/${name}`;
    const old = `${filesOf(folder, kept)}/${name}`;
    // Kept first: what is in the kept generation already was moved by a run that was broken off here.
    if (!(await isThere(old))) {
      if (await isThere(live)) await rename(bytes(live), bytes(old));
      else await mkdir(bytes(old), { mode: 0o700 });
    }
    const coming = `${filesOf(folder, fresh)}/${name}`;
    if ((await lstat(bytes(coming))).isDirectory()) await rmdir(bytes(coming));
    else await rename(bytes(coming), bytes(live));
  }
  await syncFolder(filesOf(folder, kept));
  await syncFolder(folder);
}

function bytes(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}
