import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { using } from '../../common/using.ts';
import type { Generation } from '../generation.ts';
import { isThere, stagePath } from './place.ts';

/** In the stage of the base: the folders that have one, as a list in JSON; byte strings. */
const LIST = 'folders.json';

/** The folder of a stage that holds the files by their names; an empty folder there means that there was no file. */
export function filesOf(folder: string, generation: Generation): string {
  return `${stagePath(folder, generation)}/files`;
}

/**
 * Makes the stages of a generation, closed to others and to git: a copy of a secret must not be committed by accident.
 * The base has one always, and has it first, so that all others can be found. Those that are there are left.
 */
export async function makeStages(base: string, folders: readonly string[], generation: Generation): Promise<void> {
  const others = [...new Set(folders)].filter((folder) => folder !== base);
  const list = `${stagePath(base, generation)}/${LIST}`;
  for (const folder of [base, ...others]) {
    await makeStage(folder, generation);
    if (folder === base && !(await isThere(list))) {
      await writeFile(Buffer.from(list, 'latin1'), JSON.stringify(others), { mode: 0o600, flush: true });
    }
  }
}

async function makeStage(folder: string, generation: Generation): Promise<void> {
  const path = Buffer.from(stagePath(folder, generation), 'latin1');
  await mkdir(path, { mode: 0o700, recursive: true });
  await writeFile(Buffer.concat([path, Buffer.from('/.gitignore')]), '*\n', { mode: 0o600 });
  await mkdir(Buffer.from(filesOf(folder, generation), 'latin1'), { mode: 0o700, recursive: true });
}

/** The folders of a generation, that of the base last. */
export async function foldersOf(base: string, generation: Generation): Promise<string[]> {
  const list = Buffer.from(`${stagePath(base, generation)}/${LIST}`, 'latin1');
  const text = await readFile(list, 'utf8').catch((error: NodeJS.ErrnoException) => {
    // It is written right after the first stage was made: without it there are no others.
    if (error.code === 'ENOENT') return '[]';
    throw error;
  });
  return [...(JSON.parse(text) as string[]), base];
}

/** Brings the names in a folder to the disk. */
export async function syncFolder(path: string): Promise<void> {
  await using(await open(Buffer.from(path, 'latin1'), 'r'), (folder) => folder.sync());
}
