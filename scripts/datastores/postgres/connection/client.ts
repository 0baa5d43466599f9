import type { Secret } from '../../../common/secret.ts';
import type { Command } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';
import type { Credentials } from './credentials.ts';
import { parameterEnvironment } from './parameters.ts';
import type { Tools } from './tools.ts';

/** Everything that is needed to run a PostgreSQL program against one server. */
export interface Client {
  readonly address: ServerAddress;
  readonly credentials: Credentials;
  /** Every installation that was found. */
  readonly found: readonly Tools[];
  /** The one that fits the server. */
  readonly tools: Tools;
}

/** What one program needs beside its arguments. */
export interface CommandNeeds {
  readonly database: string;
  /** Settings of the session, such as { synchronous_commit: 'off' }; undefined leaves one of ours to the server. */
  readonly session?: Readonly<Record<string, string | undefined>>;
  /** Another installation than the client's own. */
  readonly tools?: Tools;
}

/** Seconds until an attempt to connect is given up. */
const CONNECT_TIMEOUT = '15';
/**
 * No limit of the server or the role may end a dump or a restore half-way, no rows may be hidden from it, and no
 * function of the database may take the place of one of the server's.
 */
const SESSION = {
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  standard_conforming_strings: 'on',
  row_security: 'off',
  search_path: 'pg_catalog',
};

/**
 * A PostgreSQL program with its connection in the environment: the password by name, the database as PGDATABASE
 * (names with "=" would be taken for connection strings as an argument). Messages are asked for in English.
 */
export function commandOf(client: Client, program: string, argv: readonly string[], needs: CommandNeeds): Command {
  const folder = (needs.tools ?? client.tools).folder;
  return { argv: [`${folder}/${program}`, '--no-password', ...argv], env: environmentOf(client, needs) };
}

function environmentOf(client: Client, needs: CommandNeeds): Record<string, string | Secret> {
  const { user, password, host, port } = client.credentials;
  const given = parameterEnvironment(client.address.parameters);
  return {
    PGCONNECT_TIMEOUT: CONNECT_TIMEOUT,
    ...given,
    PGUSER: user,
    ...(password === undefined ? {} : { PGPASSWORD: password }),
    ...(host === undefined ? {} : { PGHOST: host }),
    ...(port === undefined ? {} : { PGPORT: String(port) }),
    PGDATABASE: needs.database,
    PGAPPNAME: 'holdfast',
    PGOPTIONS: `${given.PGOPTIONS ?? ''} ${sessionOptions({ ...SESSION, ...needs.session })}`.trim(),
    LC_ALL: 'C',
  };
}

function sessionOptions(session: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(session)
    .flatMap(([name, value]) => (value === undefined ? [] : [`-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`]))
    .join(' ');
}
