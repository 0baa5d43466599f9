import { Secret } from '../common/secret.ts';

/** What the URL of a server says. */
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

/** The URLs of servers of a kind. */
export interface UrlForm {
  /** The first is that of labels; without "://". */
  readonly schemes: readonly [string, ...string[]];
  /** Where nothing tells another. */
  readonly port: number;
  /** "postgres://user@host:5432/database". */
  readonly example: string;
  /** True where a URL without a host means something. */
  readonly hostless?: true;
  /** Schemes that people may expect to work, and why they do not. */
  readonly refused?: Readonly<Record<string, string>>;
  /** What the rest of the URL means. Throws {@link UrlProblem}. */
  complete(parts: UrlParts): ServerUrl;
}

/** A URL taken apart, before its kind has a say. */
export interface UrlParts extends Omit<ServerUrl, 'parameters'> {
  /** In small letters. */
  readonly scheme: string;
  readonly query: Record<string, string>;
}

/** "postgres://db.example:5432": an address for people, with the usual port where none is given. */
export function serverLabel({ schemes, port: usual }: UrlForm, host: string, port: number | undefined): string {
  return `${schemes[0]}://${host.includes(':') ? `[${host}]` : host}:${port ?? usual}`;
}

const ENCODE_HINT = 'in names and passwords write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25';

/**
 * Reads a connection URL: RFC 3986 form, percent-encoded, as libpq and the MongoDB drivers document theirs.
 * Not with `new URL`: it takes no socket folder for a host, and its errors quote what they were given.
 * One host only. Throws {@link UrlProblem}.
 */
export function parseServerUrl(form: UrlForm, url: string): ServerUrl {
  const { schemes, example, refused = {} } = form;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && Object.hasOwn(refused, scheme)) throw new UrlProblem(refused[scheme]);
  if (scheme === undefined || !schemes.includes(scheme)) throw new UrlProblem(`expected a URL such as ${example}`);
  const parts = /^([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/s.exec(url.slice(scheme.length + '://'.length));
  const [, authority = '', path = '', query = '', fragment] = parts ?? [];
  // An @ or # behind the host is the tail of a password that was not encoded; what looks like the host is its head.
  if (parts === null || fragment !== undefined || `${path}${query}`.includes('@')) {
    throw new UrlProblem(`found "@" or "#" behind the host; ${ENCODE_HINT}`);
  }
  const database = decode(path, 'database') || undefined;
  const settled = form.complete({ ...parseAuthority(authority), database, scheme, query: parseQuery(query) });
  if (settled.host === undefined && !form.hostless) throw new UrlProblem(`found no host, expected ${example}`);
  return settled;
}

function parseAuthority(authority: string): Pick<ServerUrl, 'host' | 'port' | 'user' | 'password'> {
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

/** A port as it is written. Throws {@link UrlProblem}. */
export function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    throw new UrlProblem(`found a port that is not a number from 1 to 65535; ${ENCODE_HINT}`);
  }
  return port;
}

/** Parameters end up in argument lists and messages, so that none of them may be a secret. Throws {@link UrlProblem}. */
export function refuseSecrets(parameters: Readonly<Record<string, string>>, secrets: readonly string[]): void {
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
