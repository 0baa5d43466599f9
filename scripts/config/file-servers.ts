import type { Kind } from '../common/kinds.ts';
import type { Rule } from '../common/rules.ts';
import { Secret } from '../common/secret.ts';
import { serverForm } from '../datastores/index.ts';
import type { ServerForm } from '../datastores/kind.ts';
import type { ServerSettings } from './config.ts';
import { pathText, type SettingsFile } from './file-settings.ts';
import { keyName } from './server-keys.ts';
import { serverNames } from './server-names.ts';
import { type FileServer, listedServers, waysOf } from './server-schema.ts';
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
  const [form, list] = [serverForm(kind), listedServers(settings, kind)];
  if (form === undefined || list === undefined) return undefined;
  refuseTwoSources(kind, file, context);
  const names = new Set<string>();
  return list.flatMap((server, index) => {
    const name = server.name ?? 'default';
    if (names.has(name))
      context.problems.add(file.placeOf([kind, index, 'name']), `found two ${kind} servers named "${name}"`);
    names.add(name);
    return readServer(server, form, [kind, index], file, context) ?? [];
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

function readServer(
  server: FileServer,
  form: ServerForm,
  path: ServerPath,
  file: SettingsFile['file'],
  context: ServerContext,
): ServerSettings | undefined {
  const expected = waysOf(form);
  const ways = expected.filter((way) => server[way] !== undefined);
  const [way] = ways;
  if (way === undefined || ways.length > 1) {
    const found = ways.length === 0 ? 'none of them' : ways.join(' and ');
    const message = `${pathText(path)}: found ${found}, expected one of ${expected.join(', ')}`;
    context.problems.add(file.placeOf(path), message);
    return undefined;
  }
  if (refuseDoubles(server, way, form, path, file, context)) return undefined;
  if (way === 'outside') return { kind: path[0], name: server.name ?? 'default', own: { outside: server.outside } };
  const settings = addressOf(server, path, file, context);
  if (settings === undefined) return undefined;
  const find = (): Secret | undefined => passwordOf(server, form, path, file, context);
  // A container's own environment holds its credentials; ~/.pgpass is for servers that are reached by address.
  if (way === 'container') return { ...settings, password: find() };
  return withPassword(settings, file.placeOf([...path, way]), find, context);
}

/** Settings that say the same thing twice, or that would have no effect. */
function refuseDoubles(
  server: FileServer,
  way: ReturnType<typeof waysOf>[number],
  form: ServerForm,
  path: ServerPath,
  file: SettingsFile['file'],
  { problems }: ServerContext,
): boolean {
  // An access key is no part of a URL.
  const byUrl = form.keys ? (['port'] as const) : (['port', 'user'] as const);
  const excluded = way === 'url' ? byUrl : way === 'container' ? (['port'] as const) : [];
  const doubles = excluded.filter((name) => server[name] !== undefined).map((name) => [name, way] as const);
  const all = [...doubles, ...(server.password !== undefined && server.password_file !== undefined ? BOTH : [])];
  for (const [name, other] of all.map((pair) => pair.map((key) => keyName(form, key)) as [string, string])) {
    const message = `${pathText(path)}: found ${name} beside ${other}, expected one of them`;
    problems.add(file.placeOf([...path, name]), message);
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
  if (parts === undefined) return undefined;
  const settings = serverOfUrl(kind, name, parts, databases);
  return { ...settings, user: user ?? settings.user, ...own };
}

/** What the kind's servers take beside what all take. */
function ownSettings(kind: Kind, server: object): Pick<ServerSettings, 'own'> {
  const known = Object.keys(serverForm(kind)?.own ?? {});
  const own = Object.entries(server).filter(([key]) => known.includes(key));
  return own.length === 0 ? {} : { own: Object.fromEntries(own) };
}

function passwordOf(
  server: FileServer,
  form: ServerForm,
  path: ServerPath,
  file: SettingsFile['file'],
  context: ServerContext,
): Secret | undefined {
  if (server.password !== undefined) return new Secret(server.password);
  if (server.password_file === undefined) return undefined;
  const keys = [...path, keyName(form, 'password_file')];
  return passwordOfFile(server.password_file, file.placeOf(keys), pathText(keys), context);
}
