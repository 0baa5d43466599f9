import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Failure } from '../../common/failure.ts';
import { ownIdentity, type ProcessIdentity, processState } from '../../common/process-identity.ts';
import type { StorageOptions } from '../storage.ts';
import { isReservation, setKeys } from './layout.ts';
import type { Room } from './room.ts';

/** What a reservation says: who writes the set, and a word that no other reservation has. */
export async function ownToken(): Promise<Uint8Array> {
  const id = randomBytes(16).toString('hex');
  return Buffer.from(`${JSON.stringify({ ...(await ownIdentity()), id })}\n`);
}

/**
 * Was an unfinished set reserved by a process of this very machine that is gone? Then nobody will ever finish it. True
 * only when that is certain: the same start of the machine, the same space of process numbers, and no such process.
 */
export async function isOrphan(room: Room, set: string, options: StorageOptions): Promise<boolean> {
  const keys = setKeys(set);
  const marks = (await room.store.list(keys.partial, options)).objects;
  const reservations = marks.filter(({ key }) => isReservation(keys, key));
  for (const { key } of reservations) {
    const owner = await readOwner(room, key, options);
    if (owner === undefined || !(await isGone(owner))) return false;
  }
  return reservations.length > 0;
}

/** Undefined for what an older Holdfast wrote, and for what may not be read or went away meanwhile. */
async function readOwner(room: Room, key: string, options: StorageOptions): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse((await buffer(await room.store.get(key, options))).toString()) as ProcessIdentity;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if (error instanceof Failure && (error.code === 'denied' || error.code === 'not-found')) return undefined;
    throw error;
  }
}

async function isGone({ bootId, pidSpace, pid, processStart }: Partial<ProcessIdentity>): Promise<boolean> {
  const own = await ownIdentity();
  if (!own.bootId || !own.pidSpace || bootId !== own.bootId || pidSpace !== own.pidSpace) return false;
  if (typeof pid !== 'number' || typeof processStart !== 'string') return false;
  return (await processState(pid, processStart)) === 'gone';
}
