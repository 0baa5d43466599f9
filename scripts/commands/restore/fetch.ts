import type { CatalogEntry } from '../../sets/catalog.ts';
import { copySet } from '../../sets/copy.ts';
import type { Storage } from '../../storage/storage.ts';
import { wordBytes } from '../../ui/units.ts';
import { isRemote } from '../destinations.ts';
import type { Workbench } from '../workbench.ts';
import { openTemporarySets } from './temporary.ts';

/** A set that can be read several times at the speed of the disk. */
export interface FetchedSet extends AsyncDisposable {
  readonly storage: Storage;
}

/**
 * Downloads a set from where it is not on this machine to a folder of our own, every byte compared with the manifest on
 * the way. A restore reads it three times, and must not depend on the network once it has begun to replace data. The
 * folder is gone at the end of the block that holds it. Throws Failure "no-space" before anything is downloaded.
 */
export async function fetchSet(
  { storage, context, screen }: Workbench,
  { name: set, bytes, state }: CatalogEntry & { readonly bytes: number },
): Promise<FetchedSet> {
  // A set without a manifest cannot be compared with one; it is read where it lies.
  if (!isRemote(storage) || state === 'legacy') return { storage, [Symbol.asyncDispose]: async () => {} };
  const sets = await openTemporarySets('downloaded');
  const remove = sets[Symbol.asyncDispose];
  try {
    sets.requireRoom(`the set "${set}"`, bytes);
    screen.remark(`downloading ${set}, ${wordBytes(bytes)}, from ${storage.location}`);
    await copySet(storage, sets.storage, set, context);
    return { storage: { ...sets.storage, location: storage.location }, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
