import type { ObjectChange } from '../../restore.ts';
import type { ArchiveEntry } from '../archive/contents.ts';
import { TABLES } from '../backup/catalog.ts';
import type { Conversation } from '../connection/conversation.ts';

/** A table of the live database. */
export interface LiveTable {
  readonly name: string;
  /** As the server estimates them; null where it does not know. */
  readonly rows: number | null;
}

/** Before version 14 a table that was never looked at has 0 rows, since then -1. */
const LIVE_TABLES = `select t.schema || '.' || t.name as name,
  case when c.reltuples < 0 or (c.reltuples = 0 and c.relpages = 0
    and current_setting('server_version_num')::int < 140000) then null else c.reltuples::bigint end as rows
  from (${TABLES}) t join pg_namespace n on n.nspname = t.schema
  join pg_class c on c.relnamespace = n.oid and c.relname = t.name where not t.parent`;

/** The tables of the database that is talked to, those left out that have no rows of their own. */
export function readLiveTables(talk: Conversation): Promise<LiveTable[]> {
  return talk.rows<LiveTable>(LIVE_TABLES);
}

/** The tables that have rows in an archive, by name. */
export function tablesIn(entries: readonly ArchiveEntry[]): string[] {
  return entries
    .filter(({ description }) => description === 'TABLE DATA')
    .map(({ schema = 'public', tag }) => `${schema}.${tag}`);
}

/** What a restore brings, and what becomes of the rest. */
export interface Coming {
  /** Tables that are restored. */
  readonly tables: readonly string[];
  /** Rows of each, where they were recorded. */
  readonly counts: Readonly<Record<string, number>>;
  /** What becomes of live tables that are not among them; undefined: they are no part of the matter. */
  readonly others: 'removed' | 'left' | undefined;
}

/** What becomes of every table, by name. */
export function changesOf(live: readonly LiveTable[], { tables, counts, others }: Coming): ObjectChange[] {
  const now = new Map(live.map(({ name, rows }) => [name, rows ?? undefined]));
  const coming = new Set(tables);
  const changes: ObjectChange[] = [...coming].map((name) => ({
    name,
    change: now.has(name) ? 'replaced' : 'added',
    now: now.get(name),
    recorded: counts[name],
  }));
  if (others !== undefined) {
    const rest = live.filter(({ name }) => !coming.has(name));
    changes.push(...rest.map(({ name }) => ({ name, change: others, now: now.get(name), recorded: undefined })));
  }
  return changes.sort((a, b) => (a.name < b.name ? -1 : 1));
}
