import * as z from 'zod';
import { secretText, text } from '../common/rules.ts';
import { SERVER_KINDS, serverForm } from '../datastores/index.ts';
import type { ServerForm } from '../datastores/kind.ts';
import { RULES } from './names.ts';
import { section, value } from './schema-parts.ts';
import { urlRule } from './server-names.ts';

/** What every server of holdfast.yaml takes. */
const ways = {
  name: value(RULES.serverName, 'What the server is called in sets; "default" when missing.'),
  container: value(RULES.container, 'The container of the server: its name, the beginning of its id, or its service.'),
  host: value(RULES.host, 'Where the server listens.'),
  port: value(RULES.port, 'Its port; the usual one of its kind when missing.'),
  user: value(RULES.user, 'Who logs in.'),
  password: value(
    secretText('a password'),
    'Better taken from the environment (a name in braces after a dollar sign) or from a file.',
  ),
  password_file: value(text('a file'), 'A file that holds the password; relative to the folder of holdfast.yaml.'),
};
const socket = value(RULES.host, 'Where the server listens, or the folder of its socket.');
const databases = value(RULES.databases, 'The databases to back up; all that are found when missing.');

function serverSection(form: ServerForm) {
  const own = Object.entries(form.own ?? {}).map(([key, { rule, about }]) => [key, value(rule, `${about}.`)]);
  const { name, ...others } = ways;
  return section({
    name,
    url: value(urlRule(form), `${form.url.example}, percent-encoded.`),
    ...others,
    ...(form.url.hostless && { host: socket }),
    ...(form.databases && { databases }),
    ...(Object.fromEntries(own) as Record<string, ReturnType<typeof value<unknown>>>),
  });
}

/** One server of holdfast.yaml; its kind may have settings of its own beside these. */
export type FileServer = z.infer<z.ZodObject<typeof ways & Record<'url', typeof ways.host>>> & {
  readonly databases?: readonly string[] | undefined;
};

/** The lists of servers that holdfast.yaml has, by kind. */
export const serverLists = Object.fromEntries(
  SERVER_KINDS.map((kind) => {
    const form = serverForm(kind) as ServerForm;
    const list = z.array(serverSection(form), { error: 'a list of servers ("- name: ...")' }).optional();
    return [kind, list.meta({ description: `${form.about} servers; each by url, container or host.` })];
  }),
);

/** The servers of a kind that a file lists; undefined when it lists none. */
export function listedServers(settings: object, kind: string): readonly FileServer[] | undefined {
  return (settings as Readonly<Record<string, readonly FileServer[] | undefined>>)[kind];
}
