import type { ServerKind } from '../common/kinds.ts';
import { Secret } from '../common/secret.ts';
import type { ServerSettings } from './config.ts';
import { pathText, type SettingsFile } from './file-settings.ts';
import type { ObjectServer } from './object-schema.ts';
import type { FileServer } from './schema.ts';
import { passwordOfFile, readUrl, SERVER_NAMES, type ServerContext, serverOfUrl, withPassword } from './servers.ts';

/** The path of a server in the file, such as ["postgres", 0]. */
type ServerPath = readonly [ServerKind, number];

/**
 * The servers of a kind that holdfast.yaml lists; undefined when it lists none. What cannot be is added to the
 * problems: two of one name, a server with two addresses or none, a setting that stands in .env as well.
 */
export function serversOfFile(
  kind: ServerKind,
  { file, settings }: SettingsFile,
  context: ServerContext,
): readonly ServerSettings[] | undefined {
  const list = kind === 'objects' ? settings.objects?.map(asServer) : settings[kind];
  if (list === undefined) return undefined;
  refuseTwoSources(kind, file, context);
  const names = new Set<string>();
  return list.flatMap((server, index) => {
    const name = server.name ?? 'default';
    if (names.has(name))
      context.problems.add(file.placeOf([kind, index, 'name']), `found two ${kind} servers named "${name}"`);
    names.add(name);
    return readServer(server, [kind, index], file, context) ?? [];
  });
}

/** `url: ${POSTGRES_URL}` is fine; a POSTGRES_URL that nothing in the file asks for would be passed over in silence. */
function refuseTwoSources(kind: ServerKind, file: SettingsFile['file'], { values, problems }: ServerContext): void {
  const { url, container, databases } = SERVER_NAMES[kind];
  for (const name of [url, container, databases]) {
    const found = name === undefined ? undefined : values.get(name);
    if (name === undefined || found === undefined || file.taken.has(name)) continue;
    problems.add(
      found.place,
      `found ${name} while ${file.path} lists ${kind} servers; remove one of them, or use "\${${name}}" there`,
    );
  }
}

/** A server as it is listed, whatever its settings are called. */
type ListedServer = FileServer & Pick<ServerSettings, 'parameters' | 'exclude'>;

/** Servers of buckets have other words for the same things; see {@link KEY_NAMES}. */
function asServer(server: ObjectServer): ListedServer {
  const { name, url, container, exclude, region, path_style, outside, buckets: databases } = server;
  const { access_key_id: user, secret_access_key: password, secret_access_key_file: password_file } = server;
  const parameters = {
    ...(region !== undefined && { region }),
    ...(path_style !== undefined && { path_style }),
    ...(outside !== undefined && { outside }),
  };
  return { name, url, container, user, password, password_file, databases, exclude, parameters };
}

/** What settings are called in holdfast.yaml where they have another name there. */
const KEY_NAMES = { password_file: 'secret_access_key_file', password: 'secret_access_key' } as const;

function keyName(kind: ServerKind, name: string): string {
  return kind === 'objects' && Object.hasOwn(KEY_NAMES, name) ? KEY_NAMES[name as keyof typeof KEY_NAMES] : name;
}

const WAYS = ['url', 'container', 'host'] as const;

function readServer(
  server: ListedServer,
  path: ServerPath,
  file: SettingsFile['file'],
  context: ServerContext,
): ServerSettings | undefined {
  const ways = WAYS.filter((way) => server[way] !== undefined);
  const { name = 'default', parameters } = server;
  if (parameters?.outside !== undefined && ways.length === 0) return { kind: path[0], name, parameters };
  const [way] = ways;
  if (way === undefined || ways.length > 1) {
    const found = ways.length === 0 ? 'none of them' : ways.join(' and ');
    const wanted = path[0] === 'objects' ? 'url, container, outside' : 'url, container, host';
    context.problems.add(file.placeOf(path), `${pathText(path)}: found ${found}, expected one of ${wanted}`);
    return undefined;
  }
  if (refuseDoubles(server, way, path, file, context)) return undefined;
  const settings = addressOf(server, path, file, context);
  if (settings === undefined) return undefined;
  const find = (): Secret | undefined => passwordOf(server, path, file, context);
  // A container's own environment holds its credentials; ~/.pgpass is for servers that are reached by address.
  if (way === 'container') return { ...settings, password: find() };
  return withPassword(settings, file.placeOf([...path, way]), find, context);
}

/** Settings that say the same thing twice, or that would have no effect. The access key of buckets is no part of a URL. */
function refuseDoubles(
  server: ListedServer,
  way: (typeof WAYS)[number],
  path: ServerPath,
  file: SettingsFile['file'],
  { problems }: ServerContext,
): boolean {
  const byUrl = path[0] === 'objects' ? [] : (['port', 'user'] as const);
  const excluded = way === 'url' ? byUrl : way === 'container' ? (['port'] as const) : [];
  const doubles = excluded.filter((name) => server[name] !== undefined).map((name) => [name, way] as const);
  const all = [...doubles, ...(server.password !== undefined && server.password_file !== undefined ? BOTH : [])];
  for (const [name, other] of all.map((pair) => pair.map((each) => keyName(path[0], each)) as [string, string])) {
    const message = `${pathText(path)}: found ${name} beside ${other}, expected one of them`;
    problems.add(file.placeOf([...path, name]), message);
  }
  return all.length > 0;
}

const BOTH = [['password_file', 'password']] as const;

function addressOf(
  server: ListedServer,
  path: ServerPath,
  file: SettingsFile['file'],
  context: ServerContext,
): ServerSettings | undefined {
  const kind = path[0];
  const name = server.name ?? 'default';
  const { url, container, host, port, user, databases, parameters, exclude } = server;
  const lockWaitSeconds = 'lock_wait_seconds' in server ? server.lock_wait_seconds : undefined;
  if (url === undefined)
    return { kind, name, container, host, port, user, databases, lockWaitSeconds, parameters, exclude };
  const keys = [...path, 'url'];
  const parts = readUrl(kind, url, { place: file.placeOf(keys), subject: pathText(keys) }, context.problems);
  if (parts === undefined) return undefined;
  const settings = { ...serverOfUrl(kind, name, parts, databases), lockWaitSeconds, exclude };
  return { ...settings, user: user ?? settings.user, parameters: { ...settings.parameters, ...parameters } };
}

function passwordOf(
  server: ListedServer,
  path: ServerPath,
  file: SettingsFile['file'],
  context: ServerContext,
): Secret | undefined {
  if (server.password !== undefined) return new Secret(server.password);
  if (server.password_file === undefined) return undefined;
  const keys = [...path, keyName(path[0], 'password_file')];
  return passwordOfFile(server.password_file, file.placeOf(keys), pathText(keys), context);
}
