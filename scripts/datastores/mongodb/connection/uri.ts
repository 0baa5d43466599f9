import { Secret } from '../../../common/secret.ts';
import type { ServerAddress } from '../../datastore.ts';
import type { Credentials } from './credentials.ts';

/** Where the servers of all images listen inside their container. */
export const DEFAULT_PORT = 27017;

/**
 * The URL parameters of a connection: one server is meant, not the set it may belong to, and users live in "admin" unless
 * the settings say otherwise.
 */
export function connectionParameters(
  address: ServerAddress,
  credentials: Credentials | undefined,
): Readonly<Record<string, string>> {
  const fixed = { directConnection: 'true', ...(credentials === undefined ? {} : { authSource: 'admin' }) };
  return { ...fixed, ...address.parameters };
}

/** Writes a parameter list as the query of a URL, percent-encoded. */
export function query(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

/** The host part of a URL: a name, an address of either family, or the path of a unix socket. */
export function hostPart(host: string, port: number): string {
  if (host.startsWith('/')) return encodeURIComponent(host);
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The configuration file for mongodump and mongorestore (`--config`, YAML): the whole URL, so that neither user nor
 * password is in an argument list. A JSON text is a YAML text.
 */
export function toolConfig(
  place: string,
  credentials: Credentials | undefined,
  parameters: Readonly<Record<string, string>>,
): Secret {
  const { user, password } = credentials ?? {};
  const login = user === undefined ? '' : `${encodeLogin(user)}:${encodeLogin(password?.reveal() ?? '')}@`;
  return new Secret(`uri: ${JSON.stringify(`mongodb://${login}${place}/?${query(parameters)}`)}\n`);
}

/** encodeURIComponent leaves !'()* as they are; a URL's user part must not hold some of them. */
function encodeLogin(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
