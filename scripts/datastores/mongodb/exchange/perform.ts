import { setTimeout } from 'node:timers/promises';
import { Failure, toFailure } from '../../../common/failure.ts';
import type { Exchange } from '../../generation.ts';
import type { Connection } from '../connection/connection.ts';
import { driverFailure, serverCode } from '../connection/errors.ts';
import { forgetAbout, type Runner, replaceAbout } from '../generations/about.ts';
import { prefixOf } from '../generations/names.ts';
import { makeMove, type Place } from './moves.ts';
import { type Move, movesLeft, reversed, type Sides } from './plan.ts';
import { beginExchange, forgetSpent, OLD_IS_LIVE, type Work } from './record.ts';
import { standingOf } from './standing.ts';

/** A server may be slow: then all is taken back while there is time; milliseconds. */
const FORWARD = 25_000;
/** So long another process is waited for that is at it: one that outlived who started it; milliseconds. */
const OTHERS = 15_000;

/**
 * Does exchanges of databases of one server, or ends what was broken off. All are recorded before the first move. What
 * fails is taken back, where the server still lets us. Throws a Failure that says what stands; returns notes.
 */
export async function performExchanges(
  connection: Connection,
  exchanges: readonly Exchange[],
  runner: Runner,
): Promise<string[]> {
  const notes: string[] = [];
  const works: Work[] = [];
  try {
    for (const exchange of exchanges) {
      const work = await beginPatiently(connection, exchange, runner);
      if (work !== undefined) works.push(work);
    }
    const end = Date.now() + FORWARD;
    for (const work of works) await move(work, 'forward', { notes, end });
    for (const work of works) await mark(work, true, connection.topology === 'replica set');
  } catch (error) {
    const failure = driverFailure(error, connection.address.label);
    throw failure.at({ stands: works.length === 0 ? OLD_IS_LIVE : await takeBack(works, notes) });
  }
  // What fails here is no failure of the exchange: the same words once more, or a removal, tidy up.
  for (const work of works) await forgetSpent(work).catch((error) => notes.push(toFailure(error).message));
  return notes;
}

async function beginPatiently(connection: Connection, exchange: Exchange, runner: Runner): Promise<Work | undefined> {
  const database = connection.client.db(exchange.database);
  for (const end = Date.now() + OTHERS; ; await setTimeout(100)) {
    try {
      return await beginExchange(database, exchange, runner);
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'locked') || Date.now() > end) throw error;
    }
  }
}

async function takeBack(works: readonly Work[], notes: string[]): Promise<string> {
  try {
    for (const work of works) await mark(work, false, false);
    for (const work of [...works].reverse()) await move(work, 'back', { notes, end: Number.POSITIVE_INFINITY });
    for (const { database, exchange } of works) await forgetAbout(database, exchange.kept);
    return OLD_IS_LIVE;
  } catch (error) {
    const reason = toFailure(error).message;
    return `old and new collections may be mixed, and it could not be taken back (${reason}); the same once more ends it`;
  }
}

type Direction = 'forward' | 'back';

/**
 * Makes all moves that are left. What a server refuses is looked at anew and tried again: another client may have dropped
 * or made a collection meanwhile, or held one for a moment.
 */
async function move(work: Work, direction: Direction, { notes, end }: { notes: string[]; end: number }): Promise<void> {
  const { database, exchange, about } = work;
  const entries = direction === 'forward' ? about.exchange.entries : reversed(about.exchange.entries);
  const place = { database, stamp: exchange.kept.stamp, notes, cleared: new Set<string>() };
  for (let round = 1; ; round++) {
    const moves = movesLeft(entries, await standingOf(database), sidesOf(work, direction));
    if (moves.length === 0) return;
    try {
      if (round > ROUNDS) throw new Failure('tool-failed', { message: 'collections do not keep their new names' });
      await makeAll(moves, place, end);
    } catch (error) {
      if (serverCode(error) === undefined || round >= ROUNDS) throw error;
      await setTimeout(REST);
    }
  }
}

/** So often what is left is tried, and the rest between two times in milliseconds. */
const ROUNDS = 10;
const REST = 1;

async function makeAll(moves: readonly Move[], place: Place, end: number): Promise<void> {
  for (const one of moves) {
    if (Date.now() > end) throw new Failure('timeout', { message: 'the server was too slow to exchange collections' });
    await makeMove(one, place);
  }
}

/** What is kept has the views that were live, what comes has those that will be. */
function sidesOf({ exchange: { fresh, kept }, about, coming }: Work, direction: Direction): Sides {
  const forward = { fresh: fresh && prefixOf(fresh), kept: prefixOf(kept), views: coming?.views ?? {} };
  if (direction === 'forward') return forward;
  return { fresh: forward.kept, kept: forward.fresh ?? '', views: about.views };
}

/** Records whether it is done. Throws Failure "lock-lost" when another process has taken it over. */
async function mark({ database, exchange, about }: Work, done: boolean, majority: boolean): Promise<void> {
  const { runner } = about.exchange;
  const marked = { ...about, exchange: { ...about.exchange, done } };
  if (await replaceAbout(database, exchange.kept, marked, { before: runner.id, majority })) return;
  throw new Failure('lock-lost', { message: 'another process has taken over the exchange of collections' });
}
