import type { TargetFacts } from '../restore.ts';
import { TABLES, type TableRow } from './backup/catalog.ts';
import type { ConnectedClient } from './connection/connect.ts';
import type { Conversation } from './connection/conversation.ts';
import { converse } from './connection/talks.ts';
import { GLOBALS } from './names.ts';
import { existingRoles } from './roles/create-roles.ts';
import { quoteLiteral } from './sql.ts';

interface DatabaseState {
  readonly size: number;
  readonly sessions: number;
}

/** What stands where `name` would be restored to. Throws Failure "denied" when it is there and closed to us. */
export async function inspectTarget(client: ConnectedClient, name: string, signal: AbortSignal): Promise<TargetFacts> {
  if (name === GLOBALS) return inspectRoles(client);
  const state = await stateOf(client, name);
  if (state === undefined) return { name, exists: false, sizeBytes: 0, objects: 0, lastWrite: undefined, sessions: 0 };
  return converse(client, { database: name }, signal, async (talk) => {
    const tables = await talk.rows<TableRow>(TABLES);
    const lastWrite = await lastWriteOf(talk);
    return { name, exists: true, sizeBytes: state.size, objects: tables.length, lastWrite, sessions: state.sessions };
  });
}

async function inspectRoles(client: ConnectedClient): Promise<TargetFacts> {
  const roles = await client.standing.ask(existingRoles);
  const objects = [...roles].filter((role) => !role.startsWith('pg_')).length;
  return { name: GLOBALS, exists: true, sizeBytes: 0, objects, lastWrite: undefined, sessions: 0 };
}

async function stateOf(client: ConnectedClient, name: string): Promise<DatabaseState | undefined> {
  const query = `select case when has_database_privilege(oid, 'CONNECT') then pg_database_size(oid) else 0 end as size,
    (select count(*) from pg_stat_activity a where a.datid = d.oid and a.backend_type = 'client backend'
      and a.application_name <> 'holdfast') as sessions
    from pg_database d where datname = ${quoteLiteral(name)}`;
  const [state] = await client.standing.ask((talk) => talk.rows<DatabaseState>(query));
  return state;
}

/**
 * The server keeps no such time. Where `track_commit_timestamp` is on, the last commit of the cluster stands for it;
 * else the youngest change of a table's file, up to one checkpoint late. Both need rights that our role may not have.
 */
async function lastWriteOf(talk: Conversation): Promise<Date | undefined> {
  const { allowed, tracked } = await talk.row<{ allowed: boolean; tracked: boolean }>(`select
    has_function_privilege('pg_stat_file(text, boolean)', 'EXECUTE') as allowed,
    current_setting('track_commit_timestamp') = 'on' as tracked`);
  if (!tracked && !allowed) return undefined;
  const source = tracked
    ? 'select timestamp from pg_last_committed_xact()'
    : `select max((pg_stat_file(pg_relation_filepath(oid), true)).modification) as timestamp
       from pg_class where relkind in ('r', 'm') and oid >= 16384 and relpersistence <> 't'`;
  const { timestamp } = await talk.row<{ timestamp: string | null }>(source);
  return timestamp === null ? undefined : new Date(timestamp);
}
