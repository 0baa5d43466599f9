import type { ArchiveEntry } from '../archive/contents.ts';
import { explainLocks } from '../backup/locks.ts';
import { lockTimeout } from '../backup/snapshot.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import type { Conversation } from '../connection/conversation.ts';
import { converse } from '../connection/talks.ts';
import { quoteIdentifier } from '../sql.ts';

/** Something in the live database that is not in the set. */
export interface Extra {
  /** As DROP and people name it: "table", "materialized view", "schema". */
  readonly kind: string;
  readonly schema: string | null;
  readonly name: string;
}

/** Relations that stand for themselves, and schemas; what an extension brought and what belongs to a column is left out. */
const STANDING = `select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
    when 'S' then 'sequence' else 'table' end as kind, n.nspname as schema, c.relname as name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't' and c.oid >= 16384
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (select from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid
      and (e.deptype = 'e' or (c.relkind = 'S' and e.deptype in ('a', 'i') and e.refclassid = 'pg_class'::regclass)))
  union all select 'schema', null, n.nspname from pg_namespace n
  where n.oid >= 16384 and n.nspname !~ '^pg_'
    and not exists (select from pg_depend e where e.classid = 'pg_namespace'::regclass and e.objid = n.oid and e.deptype = 'e')
  order by 1, 2, 3`;

const RELATIONS = new Set(['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'FOREIGN TABLE', 'SEQUENCE']);

/** What stands in the database that is talked to and is not in the archive. */
export async function readExtras(talk: Conversation, entries: readonly ArchiveEntry[]): Promise<Extra[]> {
  const key = (schema: string | null, name: string): string => JSON.stringify([schema, name]);
  const coming = new Set([
    ...entries.filter(({ description }) => RELATIONS.has(description)).map(({ schema = '', tag }) => key(schema, tag)),
    ...entries.filter(({ description }) => description === 'SCHEMA').map(({ tag }) => key(null, tag)),
    key(null, 'public'),
  ]);
  return (await talk.rows<Extra>(STANDING)).filter(({ schema, name }) => !coming.has(key(schema, name)));
}

/** Drops them in one transaction, with all that hangs on them. Throws Failure "timeout" when somebody holds one. */
export async function removeExtras(
  client: ConnectedClient,
  database: string,
  extras: readonly Extra[],
  signal: AbortSignal,
): Promise<void> {
  const drops = extras.map((extra) => `drop ${extra.kind} if exists ${quoted(extra)} cascade`);
  const needs = { database, session: lockTimeout(client) };
  try {
    await converse(client, needs, signal, (talk) => talk.run(['begin', ...drops, 'commit'].join(';\n')));
  } catch (error) {
    throw await explainLocks(client, database, error, signal);
  }
}

/** `table "public"."old", schema "left"`. */
export function spellExtras(extras: readonly Extra[]): string {
  return extras.map((extra) => `${extra.kind} ${quoted(extra)}`).join(', ');
}

function quoted({ schema, name }: Extra): string {
  return schema === null ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
