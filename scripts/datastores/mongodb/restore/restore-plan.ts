import type { StoredSource } from '../../datastore.ts';
import type { Generation } from '../../generation.ts';
import type { RestoreWish } from '../../restore.ts';
import type { Connection } from '../connection/connection.ts';
import type { ListedCollection } from '../generations/contents.ts';
import { prefixOf } from '../generations/names.ts';
import type { UsersFile } from '../users.ts';
import type { Selection } from './command.ts';
import type { Expectations } from './expected.ts';
import type { Staged } from './stage.ts';

/** All that a restore needs. */
export interface RestorePlan extends Expectations {
  readonly connection: Connection;
  readonly source: StoredSource;
  readonly wish: RestoreWish;
  readonly way: 'swap' | 'in-place' | 'direct';
  /** What was live when it was planned. */
  readonly live: readonly ListedCollection[];
  /** The collections that were chosen; undefined: all. */
  readonly only: readonly string[] | undefined;
  /** Undefined: the archive is streamed. */
  readonly staged: Staged | undefined;
  readonly users: UsersFile | undefined;
}

/** What a swap restores before it takes the place of the live one. */
export function freshOf({ wish: { stamp } }: Pick<RestorePlan, 'wish'>): Generation {
  return { part: 'new', stamp };
}

/** What mongorestore is told. Views cannot be renamed: a swap makes them when old and new change places. */
export function selectionOf(plan: RestorePlan): Selection {
  const { from, wish, way, only, expected } = plan;
  const to = wish.target;
  if (way !== 'swap') return { from, to, ...(only && { only }) };
  return { from, to, prefix: prefixOf(freshOf(plan)), without: expected.views, ...(only && { only }) };
}
