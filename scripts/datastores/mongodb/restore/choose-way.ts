import { Failure } from '../../../common/failure.ts';
import type { RestoreWish } from '../../restore.ts';
import type { Connection } from '../connection/connection.ts';
import type { ListedCollection } from '../generations/contents.ts';
import { countSessions } from '../target.ts';
import type { Expectations } from './expected.ts';
import { groundsOf } from './grounds.ts';
import type { RestorePlan } from './restore-plan.ts';
import { whyNoSwap } from './way.ts';

/** The way of a restore, why it is not a better one, and what a person should know before. */
export interface ChosenWay {
  readonly way: RestorePlan['way'];
  readonly reason: string | undefined;
  readonly warnings: readonly string[];
}

/** Throws Failure "refused" for a way that was asked for and cannot be had. */
export async function chooseWay(
  connection: Connection,
  wish: RestoreWish,
  live: readonly ListedCollection[],
  expectations: Expectations,
): Promise<ChosenWay> {
  if (wish.way === 'direct') return direct(wish, live);
  const warnings = await warningsOf(connection, live);
  if (wish.way === 'in-place') return { way: 'in-place', reason: undefined, warnings };
  const grounds = await groundsOf(connection, wish, live, expectations);
  const reason = whyNoSwap(grounds);
  if (reason !== undefined && wish.way === 'swap') {
    throw new Failure('refused', {
      message: `collections cannot be restored beside those of "${wish.target}": ${reason}`,
    });
  }
  if (reason !== undefined) return { way: 'in-place', reason, warnings };
  const room = grounds.free === undefined ? [UNKNOWN_ROOM] : [];
  return { way: 'swap', reason, warnings: [...warnings, ...room] };
}

const UNKNOWN_ROOM = 'the server does not tell how much room it has for a second copy';

function direct({ target }: RestoreWish, live: readonly ListedCollection[]): ChosenWay {
  if (live.length === 0) return { way: 'direct', reason: undefined, warnings: [] };
  const message = `database "${target}" holds ${live.length} collections, expected none`;
  throw new Failure('refused', { message });
}

async function warningsOf(connection: Connection, live: readonly ListedCollection[]): Promise<string[]> {
  if (live.length === 0) return [];
  const sessions = await countSessions(connection);
  return [
    ...(sessions === 0
      ? []
      : [`${sessions} clients are connected to the server: those of this database find other data`]),
    ...(connection.topology === 'standalone' ? [] : ['change streams of the collections end and must begin afresh']),
  ];
}
