import type { Kind } from '../common/kinds.ts';
import { Secret } from '../common/secret.ts';
import { serverForm } from '../datastores/index.ts';
import { parseServerUrl, type ServerUrl, UrlProblem } from '../datastores/server-url.ts';
import type { ServerSettings } from './config.ts';
import type { Environment } from './environment.ts';
import { readPasswordFile, resolvePath } from './password-file.ts';
import type { Place, Problems } from './problems.ts';
import { type ServerNames, serverNames } from './server-names.ts';
import type { Values } from './values.ts';

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
export function serverOfValues(kind: Kind, context: ServerContext): ServerSettings | undefined {
  const { values, problems } = context;
  const names = serverNames(kind);
  if (names === undefined) return undefined;
  const [url, container] = [values.by(names.url), values.by(names.container)];
  const databases = names.databases && values.by(names.databases)?.value;
  if (url !== undefined && container !== undefined) {
    const both = `found ${names.container.variable} and ${names.url.variable}, expected one of them`;
    problems.add(container.place, both);
  }
  if (container !== undefined) return { kind, name: 'default', container: container.value, databases };
  if (url === undefined) return undefined;
  const parts = readUrl(kind, url.value, { place: url.place, subject: names.url.variable }, problems);
  if (parts === undefined) return undefined;
  const settings = serverOfUrl(kind, 'default', parts, databases);
  return withPassword(settings, url.place, () => passwordOfValues(names, context), context);
}

/**
 * A server from the parts of its URL. A database in the URL means that one alone, unless others are named.
 */
export function serverOfUrl(
  kind: Kind,
  name: string,
  parts: ServerUrl,
  databases: readonly string[] | undefined,
): ServerSettings {
  const { database, ...rest } = parts;
  return { kind, name, ...rest, databases: databases ?? (database === undefined ? undefined : [database]) };
}

/** Reads a URL; what is wrong with it goes to the problems under `subject`, without a word of the URL itself. */
export function readUrl(
  kind: Kind,
  url: string,
  at: { place: Place; subject: string },
  problems: Problems,
): ServerUrl | undefined {
  const form = serverForm(kind);
  if (form === undefined) return undefined;
  try {
    return parseServerUrl(form.url, url);
  } catch (error) {
    if (!(error instanceof UrlProblem)) throw error;
    problems.add(at.place, `${at.subject}: ${error.message}`);
    return undefined;
  }
}

/** Fills in the password that stands elsewhere: what `find` gives, then where clients of the kind keep theirs. */
export function withPassword(
  settings: ServerSettings,
  place: Place,
  find: () => Secret | undefined,
  context: ServerContext,
): ServerSettings {
  if (settings.password !== undefined) return settings;
  const given = find();
  if (given !== undefined) return { ...settings, password: given };
  const { host, port, user, databases } = settings;
  const found = serverForm(settings.kind)?.findPassword?.({ host, port, user, databases }, context.environment);
  if (typeof found !== 'string') return { ...settings, password: found };
  context.problems.add(place, found);
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

function passwordOfValues({ password, passwordFile }: ServerNames, context: ServerContext): Secret | undefined {
  const found = context.values.by(password);
  if (found !== undefined) return new Secret(found.value);
  const file = context.values.by(passwordFile);
  return file === undefined ? undefined : passwordOfFile(file.value, file.place, passwordFile.variable, context);
}
