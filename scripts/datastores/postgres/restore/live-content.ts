import type { ArchiveEntry } from '../archive/contents.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { converse } from '../connection/talks.ts';
import { type LiveTable, readLiveTables } from './changes.ts';
import type { Standing } from './parts-target.ts';
import { type Extra, readExtras } from './removal.ts';

/** What stands in the live database. */
export interface LiveContent {
  readonly tables: readonly LiveTable[];
  /** What is not in the archive. */
  readonly extras: readonly Extra[];
  readonly standing: Standing;
}

/** Of a database that does not exist. */
export const NOTHING: LiveContent = {
  tables: [],
  extras: [],
  standing: { relations: new Set(), schemas: new Set(['public']) },
};

const RELATIONS = `select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't' and n.nspname !~ '^pg_'
    and n.nspname <> 'information_schema'`;

const SCHEMAS = `select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`;

/** Asks the live database. Changes nothing. */
export function readContent(
  client: ConnectedClient,
  database: string,
  entries: readonly ArchiveEntry[],
  signal: AbortSignal,
): Promise<LiveContent> {
  return converse(client, { database }, signal, async (talk) => {
    const names = async (query: string): Promise<Set<string>> =>
      new Set((await talk.rows<{ name: string }>(query)).map(({ name }) => name));
    return {
      tables: await readLiveTables(talk),
      extras: await readExtras(talk, entries),
      standing: { relations: await names(RELATIONS), schemas: await names(SCHEMAS) },
    };
  });
}
