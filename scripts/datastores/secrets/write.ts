import { chmod, cp, lchown, mkdir, rename, rmdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { bytesOf, readable } from '../archive/entry.ts';
import type { Generation } from '../generation.ts';
import { extractArchive } from '../tree/extract.ts';
import { removeTree } from '../tree/remove.ts';
import type { Archived } from './archived.ts';
import { removeStages } from './generations.ts';
import { isComing } from './judge.ts';
import { livePath, stagePath } from './place.ts';
import { archiveOf } from './read.ts';
import { requireFolders } from './roots.ts';
import { filesOf, makeStages } from './stage.ts';
import type { SecretsRestore } from './steps.ts';

/** Milliseconds for removing what was extracted. */
const PATIENCE = 600_000;

/** Where the new file of a live path waits. Byte strings. */
export function stagedPath(live: string, fresh: Generation): string {
  return `${filesOf(posix.dirname(live), fresh)}/${posix.basename(live)}`;
}

/**
 * Extracts the archive into a folder that is closed to others, and brings what is wanted to where a rename puts it in
 * place. `made`: takes the folders that had to be made, outermost first.
 */
export async function stageFiles(plan: SecretsRestore, made: string[]): Promise<void> {
  const { source, place, fresh, judged, withOwner } = plan;
  const base = bytesOf(place.base);
  await makeFolder(base, made);
  const coming = judged.filter(isComing);
  const folders = coming.map(({ live }) => posix.dirname(live));
  await makeParents(plan, made);
  await makeStages(base, folders, fresh);
  const tree = `${stagePath(base, fresh)}/tree`;
  await extractArchive(await archiveOf(source).open(), Buffer.from(tree, 'latin1'), withOwner);
  for (const { archived, live } of coming) {
    await moveTo(`${tree}/${archived.path}`, stagedPath(live, fresh), archived, withOwner);
  }
  await removeTree(readable(tree), AbortSignal.timeout(PATIENCE));
}

/** Closed to others until all of them are there, then as they were recorded. */
async function makeParents({ judged, entries, place, withOwner }: SecretsRestore, made: string[]): Promise<void> {
  const folders = new Map(entries.filter(({ type }) => type === 'folder').map((entry) => [entry.path, entry]));
  const opened: { path: Buffer; entry: Archived }[] = [];
  for (const { archived } of judged.filter(isComing)) {
    for (const name of await requireFolders(archived.path, bytesOf(place.base), place.isHome)) {
      const path = livePath(place, name);
      await makeFolder(path, made);
      const entry = folders.get(name);
      if (entry !== undefined) opened.push({ path: Buffer.from(path, 'latin1'), entry });
    }
  }
  for (const { path, entry } of opened.reverse()) {
    if (withOwner) await lchown(path, entry.uid, entry.gid);
    await chmod(path, entry.mode);
  }
}

async function makeFolder(path: string, made: string[]): Promise<void> {
  const first = await mkdir(Buffer.from(path, 'latin1'), { mode: 0o700 }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return false;
    },
  );
  if (first) made.push(path);
}

async function moveTo(from: string, to: string, { type, uid, gid, mode }: Archived, withOwner: boolean): Promise<void> {
  try {
    await rename(Buffer.from(from, 'latin1'), Buffer.from(to, 'latin1'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await cp(readable(from), readable(to), { preserveTimestamps: true, verbatimSymlinks: true });
    // A change of the owner takes away the bits for set-user-id: the mode comes after it.
    if (withOwner) await lchown(readable(to), uid, gid);
    if (type !== 'link') await chmod(readable(to), mode);
  }
}

/** Takes back what {@link stageFiles} did: the stages, then the folders that it made, where nothing came into them since. */
export async function removeMade(base: string, fresh: Generation, made: readonly string[]): Promise<void> {
  await removeStages(base, fresh);
  for (const path of made.toReversed()) {
    await rmdir(Buffer.from(path, 'latin1')).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error;
    });
  }
}
