import { Failure } from '../../../common/failure.ts';
import { Secret } from '../../../common/secret.ts';
import type { Engine } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';

/** How to log in. What is missing is left to libpq: socket, default port, ~/.pgpass. */
export interface Credentials {
  readonly user: string;
  readonly password: Secret | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** The database that exists for sure, when the container's environment tells. */
  readonly database: string | undefined;
}

const DEFAULT_USER = 'postgres';

/**
 * Credentials of a server: what the settings say, then what the container's own environment says in the names of the
 * official images (POSTGRES_*, each with _FILE) and of bitnami's (POSTGRESQL_*).
 */
export async function credentialsOf(address: ServerAddress, signal: AbortSignal): Promise<Credentials> {
  const { user, password, host, port, parameters } = address;
  const database = parameters?.dbname;
  if (address.engine.name === 'host') return { user: user ?? DEFAULT_USER, password, host, port, database };
  const { environment } = await address.engine.inspect(address.service, { signal });
  const own = await fromEnvironment(new Environment(environment, address.engine, address.service, signal));
  // A password belongs to its user: the container's is of no use for another one.
  const sameUser = user === undefined || user === own.user;
  return {
    user: user ?? own.user,
    password: password ?? (sameUser ? own.password : undefined),
    host,
    port: port ?? own.port,
    database: database ?? own.database,
  };
}

/** A container's environment, in which `NAME_FILE` stands for the content of a file in the container. */
class Environment {
  readonly #values: ReadonlyMap<string, string>;
  readonly #engine: Engine;
  readonly #service: string;
  readonly #signal: AbortSignal;

  constructor(values: ReadonlyMap<string, string>, engine: Engine, service: string, signal: AbortSignal) {
    this.#values = values;
    this.#engine = engine;
    this.#service = service;
    this.#signal = signal;
  }

  /** The first of the names that is set, in the order given. */
  async get(...names: readonly string[]): Promise<string | undefined> {
    for (const name of names) {
      const value = this.#values.get(name);
      if (value) return value;
      const file = this.#values.get(`${name}_FILE`);
      if (file) return await this.#read(name, file);
    }
    return undefined;
  }

  async #read(name: string, file: string): Promise<string> {
    const result = await this.#engine.run(this.#service, { argv: ['cat', file] }, { signal: this.#signal });
    if (result.code === 0) return result.stdout.replace(/\r?\n$/, '');
    throw new Failure('denied', {
      message: `the container names "${file}" in ${name}_FILE, but it cannot be read there`,
      detail: result.stderr,
    });
  }
}

async function fromEnvironment(environment: Environment): Promise<Omit<Credentials, 'host'>> {
  const port = await environment.get('PGPORT', 'POSTGRESQL_PORT_NUMBER');
  const database = await environment.get('POSTGRES_DB', 'POSTGRESQL_DATABASE');
  const common = { port: port === undefined ? undefined : Number(port), database };
  // bitnami: the administrator has a password of its own when a further user was asked for.
  const administrator = await environment.get('POSTGRESQL_POSTGRES_PASSWORD', 'POSTGRES_POSTGRES_PASSWORD');
  if (administrator !== undefined) return { ...common, user: DEFAULT_USER, password: new Secret(administrator) };
  const user = await environment.get('POSTGRES_USER', 'POSTGRESQL_USERNAME', 'POSTGRESQL_USER');
  const password = await environment.get('POSTGRES_PASSWORD', 'POSTGRESQL_PASSWORD');
  return { ...common, user: user ?? DEFAULT_USER, password: password === undefined ? undefined : new Secret(password) };
}
