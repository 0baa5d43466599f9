import type { Conversation } from '../connection/conversation.ts';
import type { MarkedDatabase } from './mark.ts';

/** One database of the cluster. */
export interface DatabaseRow extends MarkedDatabase {
  readonly oid: number;
}

const DATABASES = `select oid::bigint as oid, datname as name, datconnlimit as "connectionLimit",
  shobj_description(oid, 'pg_database') as comment from pg_database`;

/** All databases of the cluster, by name. */
export async function readDatabases(talk: Conversation): Promise<ReadonlyMap<string, DatabaseRow>> {
  const rows = await talk.rows<DatabaseRow>(DATABASES);
  return new Map(rows.map((row) => [row.name, row]));
}

/** Bytes of some databases, by object id; the server looks at every file of them. 0 where our role may not ask. */
export async function readSizes(talk: Conversation, oids: readonly number[]): Promise<ReadonlyMap<number, number>> {
  if (oids.length === 0) return new Map();
  const rows = await talk.rows<{ oid: number; bytes: number }>(`select oid::bigint as oid,
    case when datconnlimit <> -2 and (has_database_privilege(oid, 'CONNECT') or pg_has_role('pg_read_all_stats', 'USAGE'))
      then pg_database_size(oid) else 0 end as bytes from pg_database where oid in (${oids.join(', ')})`);
  return new Map(rows.map(({ oid, bytes }) => [oid, bytes]));
}
