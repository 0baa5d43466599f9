import { randomBytes } from 'node:crypto';
import { Failure } from '../../common/failure.ts';
import type { StorageOptions } from '../storage.ts';
import { isReservation, type SetKeys, setKeys } from './layout.ts';
import { ownToken } from './owner.ts';
import { inTurn, type Room } from './room.ts';

/** Takes the name of a set: see `Storage.reserve`. */
export async function reserve(room: Room, set: string, options: StorageOptions): Promise<void> {
  const keys = setKeys(set);
  await inTurn(room, set, async () => {
    const marker = await mark(room, set, keys, options);
    try {
      await requireFree(room, set, keys, options);
    } catch (error) {
      // Ours and nobody else's; without the signal, which may be what ended the questions.
      await room.store.remove([marker]);
      throw error;
    }
    room.reserved.add(set);
    room.published.delete(set);
  });
}

/** The Failure of a name that cannot be had. */
export function taken(set: string, state: string): Failure {
  return new Failure('storage', { message: `the set "${set}" ${state}` });
}

/** Puts down the marker of one winner; gives its key. */
async function mark(room: Room, set: string, keys: SetKeys, options: StorageOptions): Promise<string> {
  const { store } = room;
  if (!store.hasConditionalWrites) return await markAmongOthers(room, set, keys, options);
  if (!(await store.putIfAbsent(keys.reservation, await ownToken(), options)))
    throw taken(set, 'is being written already');
  // A store that takes the condition and ignores it would let everybody win: asked again, it must refuse.
  const refuses = !(await store.putIfAbsent(keys.reservation, await ownToken(), options));
  if (refuses && store.hasConditionalWrites) return keys.reservation;
  const own = await markAmongOthers(room, set, keys, options, keys.reservation);
  await store.remove([keys.reservation]);
  return own;
}

/**
 * Where nobody can be kept out: everyone leaves a marker with a name of its own and looks whether it is alone. Of two
 * who do so at once at most one stays; it may be none.
 */
async function markAmongOthers(room: Room, set: string, keys: SetKeys, options: StorageOptions, besides?: string) {
  const own = `${keys.reservation}-${randomBytes(8).toString('hex')}`;
  await room.store.replace(own, await ownToken(), options);
  const { objects } = await room.store.list(keys.partial, options);
  const others = objects.filter(({ key }) => key !== own && key !== besides && isReservation(keys, key));
  if (others.length === 0) return own;
  await room.store.remove([own]);
  throw taken(set, 'is being written already');
}

/** Looked at only when our marker stands: between a look before and the marker another run could have published. */
async function requireFree(room: Room, set: string, keys: SetKeys, options: StorageOptions): Promise<void> {
  const [published, removing] = await Promise.all(
    [keys.folder, keys.removing].map((prefix) => room.store.list(prefix, { ...options, limit: 1 })),
  );
  if ((removing?.objects.length ?? 0) > 0) throw taken(set, 'is being removed');
  if ((published?.objects.length ?? 0) > 0) throw taken(set, 'exists');
}
