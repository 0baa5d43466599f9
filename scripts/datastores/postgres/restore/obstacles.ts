import { Failure } from '../../../common/failure.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { converse } from '../connection/talks.ts';
import { LONGEST_SUFFIX } from '../generations/mark.ts';
import { type SessionRow, sessionsIn, spellSessions } from '../generations/sessions.ts';
import { quoteLiteral } from '../sql.ts';

/** What the server says of a database that could be exchanged, and of our role. */
export interface LiveFacts {
  readonly user: string;
  readonly superuser: boolean;
  readonly makesDatabases: boolean;
  readonly longestName: number;
  /** Servers and tools that this one sends its log to. */
  readonly standbys: number;
  /** Undefined where it does not exist yet. */
  readonly live: LiveDatabase | undefined;
  readonly sessions: readonly SessionRow[];
}

interface LiveDatabase {
  readonly oid: number;
  readonly owner: string;
  readonly isOwned: boolean;
  readonly template: boolean;
  readonly prepared: number;
  readonly slots: readonly string[];
  readonly subscriptions: readonly string[];
}

const ROLE = `select rolname as user, rolsuper as superuser, rolsuper or rolcreatedb as "makesDatabases",
  current_setting('max_identifier_length')::int as "longestName",
  (select count(*) from pg_stat_replication) as standbys from pg_roles where rolname = current_user`;

const LIVE = (name: string): string => `select d.oid::bigint as oid, pg_get_userbyid(d.datdba) as owner,
  pg_has_role(d.datdba, 'USAGE') as "isOwned", d.datistemplate as template,
  (select count(*) from pg_prepared_xacts where database = d.datname) as prepared,
  (select coalesce(json_agg(slot_name), '[]') from pg_replication_slots where database = d.datname) as slots,
  (select coalesce(json_agg(subname), '[]') from pg_subscription where subdbid = d.oid) as subscriptions
  from pg_database d where d.datname = ${quoteLiteral(name)}`;

/** Asks for everything that {@link obstacleToSwap} judges. Changes nothing. */
export function readLive(client: ConnectedClient, target: string): Promise<LiveFacts> {
  return client.standing.ask(async (talk) => {
    const role = await talk.row<Omit<LiveFacts, 'live' | 'sessions'>>(ROLE);
    const [live] = await talk.rows<LiveDatabase>(LIVE(target));
    const sessions = live === undefined ? [] : await sessionsIn(talk, [live.oid]);
    return { ...role, live, sessions: sessions.filter(({ application }) => application !== 'holdfast') };
  });
}

/**
 * Why we may not connect to a database that would be made, for people. One that does not exist is looked up after the
 * rules of pg_hba.conf were asked, so that its absence is the good answer. Changes nothing.
 */
export async function obstacleToConnect(
  client: ConnectedClient,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await converse(client, { database: name }, signal, (talk) => talk.run('select 1'));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === 'not-found') return undefined;
    if (error.code !== 'denied' && !/pg_hba\.conf/.test(error.detail ?? '')) throw error;
    return `the server would not let us into "${name}": ${error.detail ?? error.message}`;
  }
  return `there is a database "${name}" already`;
}

/** Why a database cannot be restored beside and then change places with the live one, for people; undefined: it can. */
export function obstacleToSwap(facts: LiveFacts, target: string, maintenance: string): string | undefined {
  const { user, live, longestName } = facts;
  if (!facts.makesDatabases) return `the role "${user}" may not make databases: it lacks CREATEDB`;
  const bytes = Buffer.byteLength(target) + LONGEST_SUFFIX;
  if (bytes > longestName)
    return `"${target}" is too long a name: with what is kept beside it has ${bytes} bytes, and ${longestName} are allowed`;
  if (live === undefined) return undefined;
  if (target === maintenance) return `"${target}" is the database that we talk to the server through`;
  if (live.template) return `"${target}" is a template for new databases`;
  if (!live.isOwned) return `the role "${user}" may not rename "${target}": it belongs to "${live.owner}"`;
  return attachmentOf(live, target) ?? unendable(facts);
}

/** What belongs to a database and does not go along with its name. */
function attachmentOf({ prepared, slots, subscriptions }: LiveDatabase, target: string): string | undefined {
  const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
  if (prepared > 0) return `"${target}" has ${prepared} prepared transactions, which hold it`;
  if (slots.length > 0)
    return `"${target}" has logical replication slots, which would stay with the old one: ${list(slots)}`;
  if (subscriptions.length > 0)
    return `"${target}" has subscriptions, which would go on in the old one: ${list(subscriptions)}`;
  return undefined;
}

function unendable({ user, sessions }: LiveFacts): string | undefined {
  const stuck = sessions.filter(({ endable }) => !endable);
  if (stuck.length === 0) return undefined;
  return `the role "${user}" may not end the sessions that are connected: ${spellSessions(stuck)}`;
}
