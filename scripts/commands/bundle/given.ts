import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Failure, toFailure } from '../../common/failure.ts';
import { resolveEntry } from '../../sets/catalog.ts';
import { parseSetName } from '../../sets/name.ts';
import { localStorage } from '../../storage/local.ts';
import type { Storage } from '../../storage/storage.ts';
import { type PickedSet, pickSet } from '../sets/pick.ts';
import { catalogOf, type Workbench } from '../workbench.ts';

/** A set that a person means, wherever it is; what was unpacked for it is gone when it is disposed of. */
export interface GivenSet extends PickedSet, AsyncDisposable {
  /** What of the file is not in the set, for people. */
  readonly notes: readonly string[];
}

/** Sets are named by letters, digits and dashes: what has a slash or a dot is a path. */
export function isPath(wanted: string): boolean {
  return /[/.]/.test(wanted);
}

/**
 * Opens what a person names: a set as {@link pickSet} finds it, or the path of a file or folder that holds one. Throws
 * the Failures of `pickSet`; for a file "damaged" when anything is wrong with it, before anything of it is written, and
 * "no-space" where it has no room.
 */
export async function openGiven(opened: Workbench, wanted: string, from: string | undefined): Promise<GivenSet> {
  if (!isPath(wanted)) {
    return { ...(await pickSet(opened, wanted, from)), notes: [], [Symbol.asyncDispose]: async () => {} };
  }
  if (from !== undefined) {
    throw new Failure('usage', { message: `"${wanted}" is a path and lies in no storage; found --from as well` });
  }
  try {
    const isFolder = (await stat(wanted)).isDirectory();
    if (isFolder) return await openFolder(opened, wanted);
    return await openFileGiven(opened, wanted);
  } catch (error) {
    const failure = toFailure(error, { source: basename(wanted) });
    const isMissing = failure.code === 'not-found' && (failure.cause as NodeJS.ErrnoException)?.code === 'ENOENT';
    throw isMissing ? new Failure('not-found', { message: `found no file or folder "${wanted}"` }) : failure;
  }
}

/** A set in one file: one of ours, or what an older system left. */
async function openFileGiven(opened: Workbench, wanted: string): Promise<GivenSet> {
  const { isEncryptedTarball, openEncrypted } = await import('./older-encrypted.ts');
  if (isEncryptedTarball(basename(wanted))) return await openEncrypted(opened, wanted, [basename(wanted)]);
  return await (await import('./open-archive.ts')).openArchive(opened, wanted);
}

/** A set of a folder, under the name that the folder has. */
async function openFolder(opened: Workbench, wanted: string): Promise<GivenSet> {
  const folder = await realpath(resolve(wanted));
  const { isOlderFolder, openOlderFolder } = await import('./older-folder.ts');
  if (isOlderFolder(folder)) return await openOlderFolder(opened, folder);
  const { encryptedIn, openEncrypted } = await import('./older-encrypted.ts');
  const encrypted = await encryptedIn(folder);
  if (encrypted.length > 0) return await openEncrypted(opened, folder, encrypted);
  const set = basename(folder);
  if (parseSetName(set) === undefined) {
    throw new Failure('not-found', {
      message: `the folder "${wanted}" is not named like a set: found "${set}", expected a time such as "2026-05-07T15-36"`,
    });
  }
  const storage = oneSetOf(localStorage({ name: 'folder', folder: dirname(folder) }), set);
  const bench = { ...opened, storage };
  const entry = resolveEntry(set, await catalogOf(bench));
  return { bench, entry, notes: [], [Symbol.asyncDispose]: async () => {} };
}

/** Nothing else that lies beside a set is looked at, and nothing is cleaned up in a folder that no setting names. */
function oneSetOf(storage: Storage, set: string): Storage {
  return {
    ...storage,
    entries: async (options) => (await storage.entries(options)).filter(({ name }) => name === set),
    sweep: async () => [],
  };
}
