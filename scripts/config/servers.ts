import type { Kind, ServerKind } from '../common/kinds.ts';
import { Secret } from '../common/secret.ts';
import type { ServerSettings } from './config.ts';
import type { Environment } from './environment.ts';
import { findInPgpass, readPasswordFile, resolvePath } from './password-file.ts';
import type { Place, Problems } from './problems.ts';
import { parseServerUrl, type ServerUrl, UrlProblem } from './url.ts';
import type { Values } from './values.ts';

/** The names that say where a server of a kind is, in .env and the environment. */
export const SERVER_NAMES = {
  postgres: {
    databases: 'POSTGRES_DATABASES',
    container: 'POSTGRES_CONTAINER',
    url: 'POSTGRES_URL',
    password: 'POSTGRES_PASSWORD',
    passwordFile: 'POSTGRES_PASSWORD_FILE',
  },
  mongo: {
    databases: 'MONGO_DATABASE',
    container: 'MONGO_CONTAINER',
    url: 'MONGO_URL',
    password: 'MONGO_PASSWORD',
    passwordFile: 'MONGO_PASSWORD_FILE',
  },
  redis: {
    // A server is backed up as a whole: there is nothing to name.
    databases: undefined,
    container: 'REDIS_CONTAINER',
    url: 'REDIS_URL',
    password: 'REDIS_PASSWORD',
    passwordFile: 'REDIS_PASSWORD_FILE',
  },
  influxdb: {
    databases: 'INFLUXDB_DATABASES',
    container: 'INFLUXDB_CONTAINER',
    url: 'INFLUXDB_URL',
    password: 'INFLUXDB_PASSWORD',
    passwordFile: 'INFLUXDB_PASSWORD_FILE',
  },
} as const satisfies Record<ServerKind, Record<string, string | undefined>>;

/** True for a kind of which the names above tell the servers. */
export function isServerKind(kind: Kind): kind is ServerKind {
  return Object.hasOwn(SERVER_NAMES, kind);
}

/** What all servers are read with. */
export interface ServerContext {
  readonly folder: string;
  readonly environment: Environment;
  readonly values: Values;
  readonly problems: Problems;
}

/**
 * The one server of a kind that .env and the environment name; undefined when they name none, or a wrong one (then it
 * is among the problems).
 */
export function serverOfValues(kind: ServerKind, context: ServerContext): ServerSettings | undefined {
  const { values, problems } = context;
  const names = SERVER_NAMES[kind];
  const [url, container] = [values.get(names.url), values.get(names.container)];
  const databases = names.databases === undefined ? undefined : values.get(names.databases)?.value;
  if (url !== undefined && container !== undefined) {
    problems.add(container.place, `found ${names.container} and ${names.url}, expected one of them`);
  }
  if (container !== undefined) return { kind, name: 'default', container: container.value, databases };
  if (url === undefined) return undefined;
  const parts = readUrl(kind, url.value, { place: url.place, subject: names.url }, problems);
  if (parts === undefined) return undefined;
  const settings = serverOfUrl(kind, 'default', parts, databases);
  return withPassword(settings, url.place, () => passwordOfValues(kind, context), context);
}

/**
 * A server from the parts of its URL. A database in the URL means that one alone, unless others are named.
 */
export function serverOfUrl(
  kind: ServerKind,
  name: string,
  parts: ServerUrl,
  databases: readonly string[] | undefined,
): ServerSettings {
  const { database, ...rest } = parts;
  return { kind, name, ...rest, databases: databases ?? (database === undefined ? undefined : [database]) };
}

/** Reads a URL; what is wrong with it goes to the problems under `subject`, without a word of the URL itself. */
export function readUrl(
  kind: ServerKind,
  url: string,
  at: { place: Place; subject: string },
  problems: Problems,
): ServerUrl | undefined {
  try {
    return parseServerUrl(kind, url);
  } catch (error) {
    if (!(error instanceof UrlProblem)) throw error;
    problems.add(at.place, `${at.subject}: ${error.message}`);
    return undefined;
  }
}

/** Fills in the password that stands elsewhere: what `find` gives, then ~/.pgpass for PostgreSQL. */
export function withPassword(
  settings: ServerSettings,
  place: Place,
  find: () => Secret | undefined,
  context: ServerContext,
): ServerSettings {
  if (settings.password !== undefined) return settings;
  const given = find();
  if (given !== undefined || settings.kind !== 'postgres') return { ...settings, password: given };
  const { host, port, user, databases } = settings;
  const found = findInPgpass({ host, port, user, databases }, context.environment);
  if (typeof found !== 'string') return { ...settings, password: found };
  context.problems.add(place, `the password is looked for in ~/.pgpass, but ${found}`);
  return settings;
}

/** Reads a password file named in the settings; its path may be relative to the folder. */
export function passwordOfFile(
  path: string,
  place: Place,
  subject: string,
  context: ServerContext,
): Secret | undefined {
  const found = readPasswordFile(resolvePath(context.folder, path));
  if (typeof found !== 'string') return found;
  context.problems.add(place, `${subject}: ${found}`);
  return undefined;
}

function passwordOfValues(kind: ServerKind, context: ServerContext): Secret | undefined {
  const names = SERVER_NAMES[kind];
  const password = context.values.get(names.password);
  if (password !== undefined) return new Secret(password.value);
  const file = context.values.get(names.passwordFile);
  return file === undefined ? undefined : passwordOfFile(file.value, file.place, names.passwordFile, context);
}
