import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import type { FileSource } from '../datastore.ts';
import type { StoredGeneration } from '../generation.ts';
import { removeTree } from '../tree/remove.ts';
import { sizeOf } from '../tree/size.ts';
import { isPath, type Place, placeOf } from './place.ts';

/** The end of a name that a restore gave: what is on its way to be kept counts as kept. */
const NAME = /^(.*)\.holdfast_(new|before|moving)_(\d{8}_\d{6})$/s;

/** What restores made or kept beside the folders and files of the settings, and of the paths that are named. */
export async function storedGenerations(
  sources: readonly FileSource[],
  also: readonly string[],
  signal: AbortSignal,
): Promise<StoredGeneration[]> {
  const names = sources.flatMap((source) => ('path' in source ? [source.name] : []));
  const targets = new Set([...names, ...also.filter(isPath)]);
  const found: StoredGeneration[] = [];
  for (const target of targets) {
    const place = await placeOf(target, sources).catch(ignoreMissing);
    if (place !== undefined) found.push(...(await generationsOf(place, signal)));
  }
  return found;
}

async function generationsOf(place: Place, signal: AbortSignal): Promise<StoredGeneration[]> {
  const { live, target } = place;
  const beside = (await namesIn(dirname(live))).filter((name) => name.startsWith(`${basename(live)}.holdfast_`));
  const inside =
    place.inside === undefined ? [] : (await namesIn(live)).filter((name) => name.startsWith('.holdfast_'));
  const paths = [...beside.map((name) => join(dirname(live), name)), ...inside.map((name) => join(live, name))];
  const found = paths.map(async (path): Promise<StoredGeneration[]> => {
    const [, , part, stamp] = NAME.exec(path) ?? [];
    if (part === undefined || stamp === undefined) return [];
    const { bytes } = await sizeOf(path, signal);
    return [{ database: target, part: part === 'new' ? 'new' : 'before', stamp, place: path, sizeBytes: bytes }];
  });
  return (await Promise.all(found)).flat();
}

/** Removes a generation for good; never anything that has not the name of one. Throws the errno error. */
export async function removeGenerationAt(path: string, signal: AbortSignal): Promise<void> {
  if (!NAME.test(path)) throw new Failure('internal', { message: `${path} is nothing that a restore made` });
  await removeTree(path, signal);
}

/** A folder that is not there, or not to be read, holds nothing of ours that could be used. */
async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Failure && error.code === 'not-found') return undefined;
  throw error;
}
