import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Failure } from '../../common/failure.ts';
import type { CatalogEntry } from '../../sets/catalog.ts';
import { copySet } from '../../sets/copy.ts';
import { localStorage } from '../../storage/local.ts';
import type { Storage } from '../../storage/storage.ts';
import { wordBytes } from '../../ui/units.ts';
import { isRemote } from '../destinations.ts';
import type { Workbench } from '../workbench.ts';

/** A set that can be read several times at the speed of the disk. */
export interface FetchedSet extends AsyncDisposable {
  readonly storage: Storage;
}

/** Begins the name of a folder that a restore downloads to; the number of its process follows. */
const PREFIX = 'holdfast-restore-';
/** What must stay free beside the set, in bytes. */
const SPARE = 64 * 1024 * 1024;

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
  await removeStale();
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const here = localStorage({ name: 'downloaded', folder });
    const free = (await here.freeBytes()) ?? Number.POSITIVE_INFINITY;
    if (free < bytes + SPARE) throw noRoom(set, bytes, free, folder);
    screen.remark(`downloading ${set}, ${wordBytes(bytes)}, from ${storage.location}`);
    await copySet(storage, here, set, context);
    return { storage: { ...here, location: storage.location }, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function noRoom(set: string, bytes: number, free: number, folder: string): Failure {
  return new Failure('no-space', {
    message: `the set "${set}" needs ${wordBytes(bytes + SPARE)} in "${tmpdir()}", found ${wordBytes(free)}`,
    step: 'fetch',
    stands: 'nothing was downloaded, and the databases were not touched',
    hint: `name a folder with more room: TMPDIR=/var/tmp holdfast restore ${set}`,
    cause: folder,
  });
}

/** What a restore left that was killed; only whose process is gone. */
async function removeStale(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    // It may belong to somebody else, and is then not ours to remove.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
