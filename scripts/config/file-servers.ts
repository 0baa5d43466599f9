import type { Kind } from '../common/kinds.ts';
import type { Rule } from '../common/rules.ts';
import { Secret } from '../common/secret.ts';
import { serverForm } from '../datastores/index.ts';
import type { ServerSettings } from './config.ts';
import { pathText, type SettingsFile } from './file-settings.ts';
import { serverNames } from './server-names.ts';
import { type FileServer, listedServers } from './server-schema.ts';
import { passwordOfFile, readUrl, type ServerContext, serverOfUrl, withPassword } from './servers.ts';

/** The path of a server in the file, such as ["postgres", 0]. */
type ServerPath = readonly [Kind, number];

/**
 * The servers of a kind that holdfast.yaml lists; undefined when it lists none. What cannot be is added to the
 * problems: two of one name, a server with two addresses or none, a setting that stands in .env as well.
 */
export function serversOfFile(
  kind: Kind,
  { file, settings }: SettingsFile,
  context: ServerContext,
): readonly ServerSettings[] | undefined {
  const list = listedServers(settings, kind);
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
function refuseTwoSources(kind: Kind, file: SettingsFile['file'], { values, problems }: ServerContext): void {
  const { url, container, databases } = serverNames(kind) ?? {};
  for (const { variable, rule } of [url, container, databases].filter((name) => name !== undefined)) {
    const found = values.by({ variable, rule: rule as Rule<unknown> });
    if (found === undefined || file.taken.has(variable)) continue;
    const both = `found ${variable} while ${file.path} lists ${kind} servers`;
    problems.add(found.place, `${both}; remove one of them, or use "\${${variable}}" there`);
  }
}

const WAYS = ['url', 'container', 'host'] as const;

function readServer(
  server: FileServer,
  path: ServerPath,
  file: SettingsFile['file'],
  context: ServerContext,
): ServerSettings | undefined {
  const ways = WAYS.filter((way) => server[way] !== undefined);
  const [way] = ways;
  if (way === undefined || ways.length > 1) {
    const found = ways.length === 0 ? 'none of them' : ways.join(' and ');
    context.problems.add(file.placeOf(path), `${pathText(path)}: found ${found}, expected one of url, container, host`);
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

/** Settings that say the same thing twice, or that would have no effect. */
function refuseDoubles(
  server: FileServer,
  way: (typeof WAYS)[number],
  path: ServerPath,
  file: SettingsFile['file'],
  { problems }: ServerContext,
): boolean {
  const excluded = way === 'url' ? (['port', 'user'] as const) : way === 'container' ? (['port'] as const) : [];
  const doubles = excluded.filter((name) => server[name] !== undefined).map((name) => [name, way] as const);
  const all = [...doubles, ...(server.password !== undefined && server.password_file !== undefined ? BOTH : [])];
  for (const [name, other] of all) {
    problems.add(
      file.placeOf([...path, name]),
      `${pathText(path)}: found ${name} beside ${other}, expected one of them`,
    );
  }
  return all.length > 0;
}

const BOTH = [['password_file', 'password']] as const;

function addressOf(
  server: FileServer,
  path: ServerPath,
  file: SettingsFile['file'],
  context: ServerContext,
): ServerSettings | undefined {
  const kind = path[0];
  const name = server.name ?? 'default';
  const { url, container, host, port, user, databases } = server;
  const own = ownSettings(kind, server);
  if (url === undefined) return { kind, name, container, host, port, user, databases, ...own };
  const keys = [...path, 'url'];
  const parts = readUrl(kind, url, { place: file.placeOf(keys), subject: pathText(keys) }, context.problems);
  return parts === undefined ? undefined : { ...serverOfUrl(kind, name, parts, databases), ...own };
}

/** What the kind's servers take beside what all take. */
function ownSettings(kind: Kind, server: object): Pick<ServerSettings, 'own'> {
  const known = Object.keys(serverForm(kind)?.own ?? {});
  const own = Object.entries(server).filter(([key]) => known.includes(key));
  return own.length === 0 ? {} : { own: Object.fromEntries(own) };
}

function passwordOf(
  server: FileServer,
  path: ServerPath,
  file: SettingsFile['file'],
  context: ServerContext,
): Secret | undefined {
  if (server.password !== undefined) return new Secret(server.password);
  if (server.password_file === undefined) return undefined;
  const keys = [...path, 'password_file'];
  return passwordOfFile(server.password_file, file.placeOf(keys), pathText(keys), context);
}
