import type { Context } from '../../../common/context.ts';
import type { PlannedSource, ServerPlan } from '../../datastore.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import type { Conversation } from '../connection/conversation.ts';
import { converse } from '../connection/talks.ts';
import { isOurs, type MarkedDatabase } from '../generations/mark.ts';
import { GLOBALS } from '../names.ts';

interface DatabaseRow extends MarkedDatabase {
  readonly bytes: number;
  readonly template: boolean;
  readonly open: boolean;
  /** -2 in pg_database: a DROP DATABASE was interrupted. */
  readonly invalid: boolean;
  readonly allowed: boolean;
}

interface Reason {
  readonly name: string;
  readonly reason: string;
}

const DATABASES = `select datname as name, datistemplate as template, datallowconn as open, datconnlimit = -2 as invalid,
  has_database_privilege(oid, 'CONNECT') as allowed, datconnlimit as "connectionLimit",
  shobj_description(oid, 'pg_database') as comment,
  case when has_database_privilege(oid, 'CONNECT') and datconnlimit <> -2 then pg_database_size(oid) else 0 end as bytes
  from pg_database order by datname`;

/**
 * The database that initdb makes for administrators. Among "all found" it is left out while nobody made anything in it;
 * every other database is taken even when it is empty.
 */
const MAINTENANCE = 'postgres';

/** Object ids below this belong to initdb (access/transam.h, FirstNormalObjectId). */
const USER_OBJECTS = `select
  exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.oid >= 16384 and n.nspname !~ '^pg_(temp|toast)')
  or exists (select from pg_proc where oid >= 16384)
  or exists (select from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where t.oid >= 16384 and n.nspname !~ '^pg_(temp|toast)')
  or exists (select from pg_namespace where oid >= 16384 and nspname !~ '^pg_(temp|toast)')
  or exists (select from pg_extension where oid >= 16384)
  or exists (select from pg_largeobject_metadata)
  or exists (select from pg_publication)
  or exists (select from pg_foreign_data_wrapper)
  or exists (select from pg_event_trigger where oid >= 16384) as used`;

/** What the cluster holds, set against the databases that were asked for. The roles are always taken. */
export async function planServer(client: ConnectedClient, { signal }: Context): Promise<ServerPlan> {
  const rows = await client.standing.ask((talk) => talk.rows<DatabaseRow>(DATABASES));
  const wanted = client.address.databases;
  const chosen =
    wanted === undefined ? await allOf(client, rows, signal) : rows.filter((row) => wanted.includes(row.name));
  const missing = wanted?.filter((name) => !rows.some((row) => row.name === name)) ?? [];
  const failed = chosen.map(obstacleOf).filter((reason) => reason !== undefined);
  const sources = chosen.filter((row) => obstacleOf(row) === undefined).map(sourceOf);
  return {
    sources: [...sources, { kind: 'postgres', name: GLOBALS, sizeBytes: 0 }],
    skipped: [
      ...missing.map(absent),
      ...chosenInvalid(wanted === undefined, rows),
      ...ofRestores(wanted === undefined, rows),
    ],
    failed,
  };
}

/** Everything that is neither a template nor closed to everybody; see {@link MAINTENANCE}. */
async function allOf(
  client: ConnectedClient,
  rows: readonly DatabaseRow[],
  signal: AbortSignal,
): Promise<DatabaseRow[]> {
  const found = rows.filter((row) => !row.template && row.open && !row.invalid && !isOurs(row));
  const maintenance = found.find((row) => row.name === MAINTENANCE);
  if (maintenance === undefined || !maintenance.allowed) return found;
  const question = (talk: Conversation): Promise<{ used: boolean }> => talk.row(USER_OBJECTS);
  const standsThere = client.maintenance === MAINTENANCE;
  const ask = { database: MAINTENANCE };
  const { used } = await (standsThere ? client.standing.ask(question) : converse(client, ask, signal, question));
  return used ? found : found.filter((row) => row !== maintenance);
}

function obstacleOf(row: DatabaseRow): Reason | undefined {
  const { name } = row;
  if (name === GLOBALS)
    return { name, reason: `a database cannot be named "${GLOBALS}" here: it is the name of the roles` };
  if (row.invalid) return { name, reason: 'the server marks it as invalid: a DROP DATABASE was interrupted' };
  if (!row.open) return { name, reason: 'it does not allow connections' };
  if (!row.allowed) return { name, reason: 'our role has no right to connect to it' };
  return undefined;
}

/** Databases left over from an interrupted DROP cannot be read by anybody; they are named, not failed. */
function chosenInvalid(all: boolean, rows: readonly DatabaseRow[]): Reason[] {
  if (!all) return [];
  return rows
    .filter((row) => row.invalid)
    .map(obstacleOf)
    .filter((reason) => reason !== undefined);
}

/** Copies that restores made or kept are no data of their own. One that the settings name is taken. */
function ofRestores(all: boolean, rows: readonly DatabaseRow[]): Reason[] {
  if (!all) return [];
  return rows
    .filter((row) => isOurs(row) && !row.invalid)
    .map(({ name }) => ({ name, reason: 'made or kept by a restore' }));
}

function absent(name: string): Reason {
  return { name, reason: 'there is no such database on the server' };
}

function sourceOf(row: DatabaseRow): PlannedSource {
  return { kind: 'postgres', name: row.name, sizeBytes: row.bytes };
}
