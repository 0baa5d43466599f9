import type { CallOptions } from '../../engines/engine.ts';
import type { Connection } from './connection/connection.ts';
import { columnOf, quoteName, rowsOf, seriesOf } from './influxql.ts';

/** What computes points in a database by itself. */
export interface ContinuousQuery {
  readonly name: string;
  /** The statement that makes it; names its database. */
  readonly query: string;
}

/** A right of a user on a database. Administrators have all without any. */
export interface Grant {
  readonly user: string;
  /** "READ", "WRITE" or "ALL PRIVILEGES". */
  readonly privilege: string;
}

/** What belongs to a database and is lost with it: `influxd restore` brings back neither. */
export interface Around {
  readonly continuousQueries: readonly ContinuousQuery[];
  readonly grants: readonly Grant[];
}

/** Asks for continuous queries and rights on a database; the login is one that may ask, else it could not back up. */
export async function aroundOf(connection: Connection, database: string, options: CallOptions): Promise<Around> {
  const [queries, users] = await connection.client.ask(['SHOW CONTINUOUS QUERIES', 'SHOW USERS'], options);
  const own = seriesOf(queries).filter(({ name }) => name === database);
  const continuousQueries = rowsOf(own).map(({ name, query }) => ({ name: String(name), query: String(query) }));
  const names = columnOf(users, 'user');
  return { continuousQueries, grants: await grantsOf(connection, database, names, options) };
}

async function grantsOf(
  { client }: Connection,
  database: string,
  users: readonly string[],
  options: CallOptions,
): Promise<Grant[]> {
  if (users.length === 0) return [];
  const answers = await client.ask(
    users.map((user) => `SHOW GRANTS FOR ${quoteName(user)}`),
    options,
  );
  return users.flatMap((user, at) =>
    rowsOf(seriesOf(answers[at]))
      .filter((row) => row.database === database && row.privilege !== 'NO PRIVILEGES')
      .map(({ privilege }) => ({ user, privilege: String(privilege) })),
  );
}

/**
 * Makes what is missing in a restored database, and tells what could not be made. A continuous query names the database
 * that it belongs to, so that under another name it is only told of. Users are never made: no backup has a password.
 */
export async function restoreAround(
  connection: Connection,
  { recorded, from, target, former }: { recorded: Around; from: string; target: string; former: Around | undefined },
  options: CallOptions,
): Promise<string[]> {
  const present = await aroundOf(connection, target, options);
  const notes: string[] = [];
  const missing = recorded.continuousQueries.filter(
    ({ name }) => !present.continuousQueries.some((one) => one.name === name),
  );
  for (const { name, query } of missing) {
    notes.push(await makeQuery(connection, { name, query }, from === target, options));
  }
  const users = columnOf((await connection.client.ask(['SHOW USERS'], options))[0], 'user');
  const wanted = new Map([...recorded.grants, ...(former?.grants ?? [])].map((grant) => [grant.user, grant]));
  for (const { user, privilege } of wanted.values()) {
    if (!/^(READ|WRITE|ALL( PRIVILEGES)?)$/.test(privilege)) continue;
    if (!users.includes(user)) {
      notes.push(`user "${user}" is missing: create it, and grant ${privilege} on database "${target}"`);
      continue;
    }
    await connection.client.ask([grantStatement({ user, privilege }, target)], options);
  }
  return notes;
}

/** The statement that gives a user a right on a database. */
export function grantStatement({ user, privilege }: Grant, database: string): string {
  return `GRANT ${privilege.replace(/ PRIVILEGES$/, '')} ON ${quoteName(database)} TO ${quoteName(user)}`;
}

async function makeQuery(
  { client }: Connection,
  { name, query }: ContinuousQuery,
  isSameName: boolean,
  options: CallOptions,
): Promise<string> {
  // One statement of this kind and nothing behind it: the text comes out of a set.
  const isOne = /^CREATE CONTINUOUS QUERY [^;]+$/i.test(query);
  if (!isSameName || !isOne) {
    const reason = isSameName ? 'it is not understood' : 'it names another database';
    return `continuous query "${name}" was not made, since ${reason}: ${query}`;
  }
  await client.ask([query], options);
  return `continuous query "${name}" was made`;
}
