import type { ServerKind } from '../common/kinds.ts';
import { Secret } from '../common/secret.ts';

/** What a POSTGRES_URL, MONGO_URL, REDIS_URL or INFLUXDB_URL says. */
export interface ServerUrl {
  /** Missing: the socket where the client looks by itself (PostgreSQL only). */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly database: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Why a URL cannot be used, in words that quote nothing of it: any part of a broken URL may be the password. */
export class UrlProblem extends Error {}

interface Scheme {
  readonly names: readonly [string, ...string[]];
  /** Where nothing tells another. */
  readonly port: number;
  readonly wanted: string;
}

const SCHEMES: Readonly<Record<ServerKind, Scheme>> = {
  postgres: { names: ['postgres', 'postgresql'], port: 5432, wanted: 'postgres://user@host:5432/database' },
  mongo: { names: ['mongodb'], port: 27_017, wanted: 'mongodb://user@host:27017/database' },
  redis: { names: ['redis', 'rediss', 'valkey', 'valkeys'], port: 6379, wanted: 'redis://user@host:6379' },
  influxdb: { names: ['http', 'https'], port: 8086, wanted: 'http://user@host:8086' },
};

/** "postgres://db.example:5432": an address for people, with the usual port where none is given. */
export function serverLabel(kind: ServerKind, host: string, port: number | undefined): string {
  const { names, port: usual } = SCHEMES[kind];
  return `${names[0]}://${host.includes(':') ? `[${host}]` : host}:${port ?? usual}`;
}

const ENCODE_HINT = 'in names and passwords write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25';

/**
 * Reads a connection URL: RFC 3986 form, percent-encoded, as libpq and the MongoDB drivers document theirs.
 * Not with `new URL`: it takes no socket folder for a host, and its errors quote what they were given.
 * One host only. Throws {@link UrlProblem}.
 */
export function parseServerUrl(kind: ServerKind, url: string): ServerUrl {
  const { names, wanted } = SCHEMES[kind];
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'mongodb+srv' && kind === 'mongo') throw new UrlProblem(SRV_PROBLEM);
  if (scheme === undefined || !names.includes(scheme)) throw new UrlProblem(`expected a URL such as ${wanted}`);
  const parts = /^([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/s.exec(url.slice(scheme.length + '://'.length));
  const [, authority = '', path = '', query = '', fragment] = parts ?? [];
  // An @ or # behind the host is the tail of a password that was not encoded; what looks like the host is its head.
  if (parts === null || fragment !== undefined || `${path}${query}`.includes('@')) {
    throw new UrlProblem(`found "@" or "#" behind the host; ${ENCODE_HINT}`);
  }
  const fromParts = { ...parseAuthority(authority), database: decode(path, 'database') || undefined };
  if (kind === 'redis') return withTls(fromParts, query, scheme);
  if (kind === 'influxdb') return withSecureHttp(fromParts, query, scheme);
  const settled = kind === 'postgres' ? withLibpqParameters(fromParts, query) : withAuthSource(fromParts, query);
  if (settled.host === undefined && kind === 'mongo') throw new UrlProblem(`found no host, expected ${wanted}`);
  return settled;
}

const SRV_PROBLEM =
  'found "mongodb+srv", which this version does not resolve; write mongodb://host:27017/?tls=true with one of its hosts';

function parseAuthority(authority: string): Omit<ServerUrl, 'database' | 'parameters'> {
  const split = authority.lastIndexOf('@');
  const login = split < 0 ? '' : authority.slice(0, split);
  const colon = login.indexOf(':');
  const user = decode(colon < 0 ? login : login.slice(0, colon), 'user');
  const password = colon < 0 ? '' : decode(login.slice(colon + 1), 'password');
  // What looks like the host is then the password, cut off where a file of settings takes "#" for a comment.
  if (colon >= 0 && password === '') throw new UrlProblem(`found no password between ":" and "@"; ${ENCODE_HINT}`);
  return {
    ...parseHost(authority.slice(split + 1)),
    user: user || undefined,
    password: password === '' ? undefined : new Secret(password),
  };
}

function parseHost(text: string): { host: string | undefined; port: number | undefined } {
  if (text.includes(',')) throw new UrlProblem('found several hosts, expected one; name a member that may be read');
  const match = /^(\[[0-9a-fA-F:.%]+\]|[^:[\]]*)(?::(.*))?$/s.exec(text);
  if (match === null) throw new UrlProblem(`found a host that cannot be read; ${ENCODE_HINT}`);
  const host = decode((match[1] ?? '').replace(/^\[|\]$/g, ''), 'host');
  if (/[\s\p{Cc}]/u.test(host)) throw new UrlProblem('found a blank in the host, expected none');
  return { host: host || undefined, port: parsePort(match[2]) };
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    throw new UrlProblem(`found a port that is not a number from 1 to 65535; ${ENCODE_HINT}`);
  }
  return port;
}

/** libpq lets the query replace every part: `postgresql:///app?host=/var/run/postgresql&port=5433`. */
function withLibpqParameters(parts: Omit<ServerUrl, 'parameters'>, query: string): ServerUrl {
  const { host, port, user, password, dbname, ...parameters } = parseQuery(query);
  refuseSecrets(parameters, ['sslpassword']);
  return {
    host: host || parts.host,
    port: parsePort(port || undefined) ?? parts.port,
    user: user || parts.user,
    password: password ? new Secret(password) : parts.password,
    database: dbname || parts.database,
    parameters,
  };
}

/** A number in the path picks a database for clients; a server is backed up with all of them, so that another word is a mistake. */
function withTls(parts: Omit<ServerUrl, 'parameters'>, query: string, scheme: string): ServerUrl {
  if (parts.host === undefined) throw new UrlProblem(`found no host, expected ${SCHEMES.redis.wanted}`);
  if (!/^\d*$/.test(parts.database ?? '')) throw new UrlProblem('found a path behind the host, expected none');
  const isSecure = scheme === 'rediss' || scheme === 'valkeys';
  return { ...parts, database: undefined, parameters: { ...parseQuery(query), ...(isSecure && { tls: 'true' }) } };
}

/** The path is a database, the parameter "rpc" the port (or host and port) that takes backups. */
function withSecureHttp(parts: Omit<ServerUrl, 'parameters'>, query: string, scheme: string): ServerUrl {
  if (parts.host === undefined) throw new UrlProblem(`found no host, expected ${SCHEMES.influxdb.wanted}`);
  return { ...parts, parameters: { ...parseQuery(query), ...(scheme === 'https' && { tls: 'true' }) } };
}

/** The database of the path is also where the user is looked up, unless authSource says otherwise (MongoDB URI spec). */
function withAuthSource(parts: Omit<ServerUrl, 'parameters'>, query: string): ServerUrl {
  const parameters = parseQuery(query);
  refuseSecrets(parameters, ['tlsCertificateKeyFilePassword', 'authMechanismProperties', 'proxyPassword']);
  const source = parts.user !== undefined && parts.database !== undefined && !('authSource' in parameters);
  return { ...parts, parameters: source ? { ...parameters, authSource: parts.database ?? '' } : parameters };
}

/** Parameters end up in argument lists and messages, so that none of them may be a secret. */
function refuseSecrets(parameters: Readonly<Record<string, string>>, secrets: readonly string[]): void {
  const known = secrets.map((name) => name.toLowerCase());
  if (Object.keys(parameters).some((name) => known.includes(name.toLowerCase()))) {
    throw new UrlProblem(
      `found one of ${secrets.map((name) => `"${name}"`).join(', ')}, which this version cannot use`,
    );
  }
}

function parseQuery(query: string): Record<string, string> {
  const pairs = query.split('&').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new UrlProblem('found a parameter without a value, expected name=value');
      return [decode(pair.slice(0, equals), 'parameter'), decode(pair.slice(equals + 1), 'parameter')];
    }),
  );
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Its own error would be of no use and its cause holds the text.
    throw new UrlProblem(`found a "%" that is not followed by two hex digits in the ${what}; ${ENCODE_HINT}`);
  }
}
