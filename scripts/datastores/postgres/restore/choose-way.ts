import { Failure } from '../../../common/failure.ts';
import type { RestoreWish } from '../../restore.ts';

/** Where a dump is loaded: beside the live database, over it, or straight into a new one of that name. */
export interface Place {
  readonly kind: 'beside' | 'over' | 'direct';
  /** Why it is not a better one. */
  readonly reason: string | undefined;
}

/** What stands in the way of an exchange. */
export interface Standing {
  readonly exists: boolean;
  /** Why nothing can be made beside and exchanged; undefined: it can. */
  readonly obstacle: string | undefined;
  readonly makesDatabases: boolean;
}

const REST_STAYS = 'parts are restored into the live database: the rest of it stays';

/** Throws Failure "refused" when what was asked for cannot be had, "denied" when no way is left. */
export function choosePlace(
  { way, parts, target }: Pick<RestoreWish, 'way' | 'parts' | 'target'>,
  { exists, obstacle, makesDatabases }: Standing,
): Place {
  if (way === 'direct') {
    if (exists) throw refused(`the database "${target}" exists`);
    return { kind: 'direct', reason: undefined };
  }
  const hindrance = exists && parts !== undefined ? REST_STAYS : obstacle;
  if (way === 'swap' && hindrance !== undefined) throw refused(hindrance);
  if (exists) {
    if (way === 'in-place') return { kind: 'over', reason: 'it was asked for' };
    return hindrance === undefined ? { kind: 'beside', reason: undefined } : { kind: 'over', reason: hindrance };
  }
  if (!makesDatabases) throw new Failure('denied', { message: obstacle ?? 'our role may not make databases' });
  if (way === 'in-place') return { kind: 'direct', reason: `there is no database "${target}" to restore over` };
  return hindrance === undefined ? { kind: 'beside', reason: undefined } : { kind: 'direct', reason: hindrance };
}

function refused(reason: string): Failure {
  return new Failure('refused', {
    message: `this way of restoring cannot be had: ${reason}`,
    stands: 'nothing was changed',
  });
}
