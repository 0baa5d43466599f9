import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Failure } from '../../common/failure.ts';
import { localStorage } from '../../storage/local.ts';
import type { Storage } from '../../storage/storage.ts';
import { wordBytes } from '../../ui/units.ts';

/** A folder of our own that holds one set for as long as a command reads it. */
export interface TemporarySets extends AsyncDisposable {
  readonly storage: Storage;
  readonly folder: string;
  /** Throws Failure "no-space" when a set of so many bytes has no room in it. `what`: for people. */
  readonly requireRoom: (what: string, bytes: number) => void;
}

/** Begins the name of such a folder; the number of its process follows. */
const PREFIX = 'holdfast-restore-';
/** What must stay free beside the set, in bytes. */
const SPARE = 64 * 1024 * 1024;

/**
 * Makes a private folder for a set below TMPDIR, or below `beside`; gone at the end of the block that holds it. One that
 * a killed run left there is removed before.
 */
export async function openTemporarySets(name: string, beside: string = tmpdir()): Promise<TemporarySets> {
  await removeStale(beside);
  const folder = await mkdtemp(join(beside, `${PREFIX}${process.pid}-`));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const storage = localStorage({ name, folder });
    const free = (await storage.freeBytes()) ?? Number.POSITIVE_INFINITY;
    const requireRoom = (what: string, bytes: number): void => {
      if (free < bytes + SPARE) throw noRoom(what, bytes, free, beside);
    };
    return { storage, folder, requireRoom, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function noRoom(what: string, bytes: number, free: number, beside: string): Failure {
  return new Failure('no-space', {
    message: `${what} needs ${wordBytes(bytes + SPARE)} in "${beside}", found ${wordBytes(free)}`,
    step: 'fetch',
    stands: 'nothing was written, and the databases were not touched',
    hint: 'name a folder with more room: TMPDIR=/var/tmp before the same command',
  });
}

/** What a run left that was killed; only whose process is gone. */
async function removeStale(beside: string): Promise<void> {
  for (const name of await readdir(beside)) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    // It may belong to somebody else, and is then not ours to remove.
    await rm(join(beside, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Is there a process of this number, of whomever? */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
