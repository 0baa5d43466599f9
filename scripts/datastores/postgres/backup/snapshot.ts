import { Failure } from '../../../common/failure.ts';
import type { Client } from '../connection/client.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { Conversation } from '../connection/conversation.ts';
import { quoteTable, spellTable } from '../count.ts';
import { TABLES, type TableRow } from './catalog.ts';
import { explainLocks } from './locks.ts';

/** A transaction that holds still what pg_dump is going to read, so that what we count is what it dumps. */
export interface Snapshot {
  readonly talk: Conversation;
  /** For `pg_dump --snapshot`. Standbys can hand one over as well, since PostgreSQL 10. */
  readonly id: string;
  readonly tables: readonly TableRow[];
}

/**
 * A server that waits for a lock does not see that psql was ended, and would go on waiting in our name. From 14 on it
 * can look for that every so often, but not where it was built for Windows.
 */
const NOTICE_OUR_END = `select set_config('client_connection_check_interval', '1s', false)
  where current_setting('server_version_num')::int >= 140000 and version() !~* 'visual c|mingw|windows'`;

/** Seconds that a dump waits for a table lock when the settings do not say. */
export const DEFAULT_LOCK_WAIT_SECONDS = 60;

/**
 * Locks every table as pg_dump does (ACCESS SHARE), then freezes the view and exports it. In this order, because a
 * TRUNCATE between the two would empty a table without leaving a trace in the snapshot. Throws Failure "denied" naming
 * the tables that our role may not read, or "timeout" naming the ones that somebody else holds.
 */
export async function openSnapshot(client: ConnectedClient, database: string, signal: AbortSignal): Promise<Snapshot> {
  const talk = Conversation.open(client, { database, session: lockTimeout(client) }, signal);
  try {
    await talk.run(NOTICE_OUR_END);
    if (client.serverMajor >= 17) await talk.run('set transaction_timeout = 0');
    const before = await readableTables(talk);
    await talk.run('begin isolation level repeatable read read only');
    await lock(talk, before);
    const { id } = await talk.row<{ id: string }>('select pg_export_snapshot() as id');
    const tables = await readableTables(talk);
    await lock(
      talk,
      tables.filter((table) => !before.some((old) => spellTable(old) === spellTable(table))),
    );
    return { talk, id, tables };
  } catch (error) {
    await talk.close();
    throw await explainLocks(client, database, error, signal);
  }
}

/** The setting that ends a wait for a lock, for every session of a dump. */
export function lockTimeout(client: Client): Record<string, string> {
  return { lock_timeout: `${lockWaitSeconds(client)}s` };
}

export function lockWaitSeconds(client: Client): number {
  return client.address.lockWaitSeconds ?? DEFAULT_LOCK_WAIT_SECONDS;
}

async function readableTables(talk: Conversation): Promise<TableRow[]> {
  const tables = await talk.rows<TableRow>(TABLES);
  const closed = tables.filter((table) => !table.readable).map((table) => `"${spellTable(table)}"`);
  if (closed.length === 0) return tables;
  throw new Failure('denied', {
    message: `our role has no right to read ${closed.length} tables: ${closed.join(', ')}`,
    hint: 'grant pg_read_all_data to the role (PostgreSQL 14 and later) or SELECT on these tables',
  });
}

async function lock(talk: Conversation, tables: readonly TableRow[]): Promise<void> {
  if (tables.length === 0) return;
  await talk.run(`lock table ${tables.map((table) => `only ${quoteTable(table)}`).join(', ')} in access share mode`);
}
