import type { ConnectedClient } from '../connection/connect.ts';
import type { Conversation } from '../connection/conversation.ts';
import { spellTable } from '../count.ts';
import type { DatabaseDetails, PostgresDetails } from '../details.ts';
import { readMigrations } from '../migrations.ts';
import { DATABASE, EXTENSIONS, INDEXES, OBJECTS, REST, ROLES, SEQUENCES, SETTINGS, type TableRow } from './catalog.ts';

/** Everything that is recorded except what only the archive tells. */
export type CatalogFacts = Omit<PostgresDetails, 'archive'>;

interface DatabaseRow {
  readonly columns: Readonly<Record<string, string | number | null | undefined>>;
  readonly acl: readonly string[] | null;
  readonly owner: string;
  readonly encoding: string;
  readonly tablespace: string;
  readonly comment: string | null;
}

/** Reads what the catalog says, in the snapshot of the conversation. Takes milliseconds. */
export async function readCatalog(talk: Conversation, tables: readonly TableRow[]): Promise<CatalogFacts> {
  const rest =
    await talk.row<Pick<PostgresDetails, 'largeObjects' | 'publications' | 'subscriptions' | 'tablespaces'>>(REST);
  return {
    database: describe(await talk.row<DatabaseRow>(DATABASE)),
    settings: await talk.rows<PostgresDetails['settings'][number]>(SETTINGS),
    extensions: await talk.rows<PostgresDetails['extensions'][number]>(EXTENSIONS),
    roles: (await talk.rows<{ name: string }>(ROLES)).map((role) => role.name),
    sequences: await readSequences(talk),
    migrations: await readMigrations(talk, tables),
    objects: await readObjects(talk),
    ...rest,
    unlogged: tables.filter((table) => table.unlogged).map(spellTable),
  };
}

/**
 * The tables whose rows are in a dump, as fingerprints spell them. A parent of partitions has no rows of its own; a
 * standby has no content of unlogged tables, and dumps leave it out there.
 */
export function tablesWithRows(client: Pick<ConnectedClient, 'standby'>, tables: readonly TableRow[]): string[] {
  const dumped = tables.filter((table) => !table.parent && !(client.standby && table.unlogged));
  return [...new Set(dumped.map(spellTable))];
}

/** Index names per table, sorted by bytes. */
export async function readIndexes(talk: Conversation): Promise<Record<string, readonly string[]>> {
  const rows = await talk.rows<{ schema: string; name: string; indexes: string[] }>(INDEXES);
  return Object.fromEntries(rows.map((row) => [spellTable(row), row.indexes]));
}

/** Last value per sequence. */
export async function readSequences(talk: Conversation): Promise<Record<string, string | null>> {
  const rows = await talk.rows<{ schema: string; name: string; last: string | null }>(SEQUENCES);
  return Object.fromEntries(rows.map((row) => [spellTable(row), row.last]));
}

/** Number of objects of each kind. */
export function readObjects(talk: Conversation): Promise<Record<string, number>> {
  return talk.row<Record<string, number>>(OBJECTS);
}

/** `datlocprovider` (15), `daticulocale` (15, 16), `datlocale` (17), `daticurules` (16): names by version. */
function describe({ columns, acl, owner, encoding, tablespace, comment }: DatabaseRow): DatabaseDetails {
  const text = (...names: string[]): string | null => {
    const value = names.map((name) => columns[name]).find((found) => found !== undefined && found !== null);
    return value === undefined || value === null ? null : String(value);
  };
  const providers: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' };
  return {
    owner,
    encoding,
    localeProvider: providers[text('datlocprovider') ?? 'c'] ?? 'libc',
    collate: text('datcollate') ?? '',
    ctype: text('datctype') ?? '',
    locale: text('datlocale', 'daticulocale'),
    icuRules: text('daticurules'),
    collationVersion: text('datcollversion'),
    connectionLimit: Number(columns.datconnlimit ?? -1),
    tablespace,
    comment,
    acl,
  };
}
