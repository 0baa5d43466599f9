import { Failure } from '../../../common/failure.ts';
import type { Exchange } from '../../generation.ts';
import type { RestoreWish } from '../../restore.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { nameOf } from '../generations/mark.ts';
import { choosePlace, type Place } from './choose-way.ts';
import { type LiveFacts, obstacleToSwap } from './obstacles.ts';
import type { Room } from './room.ts';

/** What was asked of the server beside its catalog. */
interface Asked {
  readonly room: Room;
  /** Why the new database would be closed to us. */
  readonly closed: string | undefined;
}

/** Throws Failure "no-space" when not even the dump itself would have room: no way is left then. */
export function placeFor(client: ConnectedClient, wish: RestoreWish, live: LiveFacts, { room, closed }: Asked): Place {
  const exists = live.live !== undefined;
  const { lack } = room;
  if (!exists && lack !== undefined) throw new Failure('no-space', { message: lack, stands: 'nothing was changed' });
  const obstacle =
    obstacleToSwap(live, wish.target, client.maintenance) ??
    (lack && `there is no room for a second copy: ${lack}`) ??
    closed;
  return choosePlace(wish, { exists, obstacle, makesDatabases: live.makesDatabases });
}

/** The database that is made beside the live one. */
export function besideOf({ target, stamp }: RestoreWish): string {
  return nameOf(target, { part: 'new', stamp });
}

/** How what was made beside takes the place of the live database. */
export function exchangeFor({ target, stamp }: RestoreWish): Exchange {
  return { database: target, fresh: { part: 'new', stamp }, kept: { part: 'before', stamp } };
}
