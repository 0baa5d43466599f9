import { Failure } from '../../../common/failure.ts';
import type { Exchange } from '../../generation.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import type { Conversation } from '../connection/conversation.ts';
import { converse } from '../connection/talks.ts';
import { quoteLiteral } from '../sql.ts';
import { readDatabases } from './databases.ts';
import { type Move, movesOf, statementsOf, UNCHANGED } from './moves.ts';
import { endSessions, type SessionRow, sessionsIn, spellSessions } from './sessions.ts';

/** The server waits up to 5 seconds for sessions to leave, each time. */
const ATTEMPTS = 4;
/** How often sessions are ended meanwhile, in milliseconds. */
const END_EVERY = 10;
/** So long our own wait for somebody who changes the database itself may take. */
const LOCK_TIMEOUT = '5s';
/** Milliseconds until a server that does not answer is given up. */
const PATIENCE = 60_000;

/**
 * Renames databases in one transaction, so that at every moment, also after kill -9, all of them are what they were or all
 * of them are what they are to be, and all are open. RENAME locks the database first and then waits for its sessions to
 * leave: new ones wait for that lock, so that ending those that are there is enough, however fast clients come back. They
 * wait until the transaction ends, are told once that the database was just renamed, and then find the new one.
 *
 * Not bound to the signal of the run: it takes moments, and whoever interrupts wants to know what stands.
 */
export async function exchangeDatabases(client: ConnectedClient, exchanges: readonly Exchange[]): Promise<string[]> {
  const moves = await openMoves(client, exchanges);
  if (moves.length === 0) return [];
  const cut = await requireFree(client, moves);
  const notes = cut.length === 0 ? [] : [`sessions that were cut off: ${spellSessions(cut)}`];
  for (let attempt = 1; ; attempt += 1) {
    try {
      await renameAll(client, moves);
      return notes;
    } catch (error) {
      if (isInUse(error) && attempt < ATTEMPTS) continue;
      if (await isThrough(client, exchanges)) return notes;
      throw await explained(client, moves, error);
    }
  }
}

async function openMoves(client: ConnectedClient, exchanges: readonly Exchange[]): Promise<Move[]> {
  const databases = await client.standing.ask(readDatabases);
  return exchanges.flatMap((exchange) => movesOf(databases, exchange, new Date()));
}

/** The answer to COMMIT may have been lost. */
async function isThrough(client: ConnectedClient, exchanges: readonly Exchange[]): Promise<boolean> {
  const open = await openMoves(client, exchanges).catch(() => {
    // A server that cannot be asked is told by the failure of the exchange itself.
    return undefined;
  });
  return open?.length === 0;
}

async function renameAll(client: ConnectedClient, moves: readonly Move[]): Promise<void> {
  const signal = AbortSignal.timeout(PATIENCE);
  const needs = { database: client.maintenance, session: { lock_timeout: LOCK_TIMEOUT } };
  await converse(client, needs, signal, (ender) =>
    converse(client, needs, signal, async (talk) => {
      // Both sessions stand before anybody is cut off.
      await Promise.all([talk.run('begin'), ender.run('select 1')]);
      const work = talk.run([...statementsOf(moves), 'commit'].join(';\n'));
      await endWhile(ender, moves, work);
    }),
  );
}

/** Ends the sessions of the databases again and again until the renames are through. */
async function endWhile(ender: Conversation, moves: readonly Move[], work: Promise<void>): Promise<void> {
  let done = false;
  // Whether it failed is asked of `work` itself, at the end.
  const settled = work.then(
    () => undefined,
    () => undefined,
  );
  void settled.then(() => {
    done = true;
  });
  while (!done) {
    await endSessions(ender, oidsOf(moves)).catch(() => {
      // The renames wait for these sessions, and tell.
    });
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, END_EVERY))]);
  }
  await work;
}

function oidsOf(moves: readonly Move[]): number[] {
  return moves.map(({ row }) => row.oid);
}

/** Throws Failure "denied" or "refused" for what would keep the renames waiting for ever; nobody is cut off then. */
async function requireFree(client: ConnectedClient, moves: readonly Move[]): Promise<SessionRow[]> {
  const names = moves.map(({ row }) => quoteLiteral(row.name)).join(', ');
  const prepared = `select gid, database from pg_prepared_xacts where database in (${names})`;
  const { sessions, transactions } = await client.standing.ask(async (talk) => ({
    sessions: await sessionsIn(talk, oidsOf(moves)),
    transactions: await talk.rows<{ gid: string; database: string }>(prepared),
  }));
  const stuck = sessions.filter(({ endable }) => !endable);
  if (stuck.length > 0) {
    const message = `our role may not end the sessions that are connected: ${spellSessions(stuck)}`;
    throw new Failure('denied', { message, stands: UNCHANGED, hint: 'grant pg_signal_backend to the role' });
  }
  const [transaction] = transactions;
  if (transaction === undefined) return sessions;
  throw new Failure('refused', {
    message: `the prepared transaction "${transaction.gid}" holds the database "${transaction.database}"`,
    stands: UNCHANGED,
    hint: `COMMIT PREPARED or ROLLBACK PREPARED ${quoteLiteral(transaction.gid)}`,
  });
}

function isInUse(error: unknown): boolean {
  return error instanceof Failure && /being accessed by other users|lock timeout/.test(error.detail ?? '');
}

async function explained(client: ConnectedClient, moves: readonly Move[], error: unknown): Promise<unknown> {
  if (!(error instanceof Failure)) return error;
  if (!isInUse(error)) return error.at({ stands: UNCHANGED });
  const left = await client.standing
    .ask((talk) => sessionsIn(talk, oidsOf(moves)))
    .catch(() => {
      // The first failure is the one worth telling; this was only to explain it.
      return [];
    });
  const who = left.length === 0 ? 'nobody is connected by now' : spellSessions(left);
  const message = `the databases are in use and their sessions could not be ended in time: ${who}`;
  return new Failure('timeout', { message, detail: error.detail, stands: UNCHANGED, cause: error });
}
