import { readdir } from 'node:fs/promises';
import { bytesOf, readable } from '../archive/entry.ts';
import type { SecretsSource } from '../datastore.ts';
import type { Generation, StoredGeneration } from '../generation.ts';
import { removeTree } from '../tree/remove.ts';
import { sizeOf } from '../tree/size.ts';
import { SOURCE } from './names.ts';
import { isPath, isThere, placeOf, STAGE_NAME, stagePath } from './place.ts';
import { foldersOf } from './stage.ts';

/** Milliseconds for removing what a restore made, also after it was interrupted. */
const PATIENCE = 600_000;

/** What restores made or kept in the folder of the settings, and in those that are named by their paths. */
export async function storedGenerations(
  source: SecretsSource,
  also: readonly string[],
  signal: AbortSignal,
): Promise<StoredGeneration[]> {
  const found: StoredGeneration[] = [];
  for (const target of new Set([SOURCE, ...also.filter(isPath)])) {
    const { base } = await placeOf(target, source);
    // A folder that is not there, or not to be read, holds nothing of ours that could be used.
    for (const name of await readdir(base).catch(() => [])) {
      const [, part, stamp] = STAGE_NAME.exec(name) ?? [];
      if (part === undefined || stamp === undefined) continue;
      const generation = { part: part === 'new' ? 'new' : 'before', stamp } as const;
      const sizeBytes = await bytesIn(bytesOf(base), generation, signal);
      found.push({ database: target, ...generation, place: stagePath(base, generation), sizeBytes });
    }
  }
  return found;
}

async function bytesIn(base: string, generation: Generation, signal: AbortSignal): Promise<number> {
  let sum = 0;
  for (const folder of await foldersOf(base, generation)) {
    const stage = stagePath(folder, generation);
    if (await isThere(stage)) sum += (await sizeOf(Buffer.from(stage, 'latin1'), signal)).bytes;
  }
  return sum;
}

/** Removes the stages of a generation, that of the base last, so that the others can be found until they are gone. */
export async function removeStages(base: string, generation: Generation): Promise<void> {
  for (const folder of await foldersOf(base, generation)) {
    await removeTree(readable(stagePath(folder, generation)), AbortSignal.timeout(PATIENCE));
  }
}
