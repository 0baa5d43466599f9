import * as z from 'zod';
import { secretText, text } from '../common/rules.ts';
import { SERVER_KINDS, serverForm } from '../datastores/index.ts';
import type { ServerForm } from '../datastores/kind.ts';
import { RULES } from './names.ts';
import { section, value } from './schema-parts.ts';
import { keyName, underUsualNames } from './server-keys.ts';
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
const accessKey = value(RULES.accessKey, 'The id of the access key; that of the container when missing.');
const outside = value(RULES.outside, 'Who else keeps the data: it is then skipped, and each set says so.');

function serverSection(form: ServerForm) {
  const own = Object.entries(form.own ?? {}).map(([key, { rule, about }]) => [key, value(rule, `${about}.`)]);
  const { name, container, host, port, ...others } = ways;
  const databases = `The ${keyName(form, 'databases')} to back up; all that are found when missing.`;
  const all = {
    name,
    url: value(urlRule(form), `${form.url.example}, percent-encoded.`),
    container,
    ...(!form.onlyByUrl && { host: form.url.hostless ? socket : host, port }),
    ...others,
    ...(form.keys && { user: accessKey }),
    ...(form.databases && { databases: value(RULES.databases, databases) }),
    ...(form.outside && { outside }),
    ...Object.fromEntries(own),
  };
  const named = Object.entries(all).map(([key, rule]) => [keyName(form, key), rule]);
  return section(Object.fromEntries(named) as Record<string, ReturnType<typeof value<unknown>>>);
}

/** The settings of which a server has exactly one. */
export function waysOf({ onlyByUrl, outside: isOutside }: ServerForm): (typeof WAYS)[number][] {
  return WAYS.filter((way) => !(way === 'host' && onlyByUrl) && !(way === 'outside' && !isOutside));
}

const WAYS = ['url', 'container', 'host', 'outside'] as const;

/** One server of holdfast.yaml; its kind may have settings of its own beside these. */
export type FileServer = z.infer<z.ZodObject<typeof ways & Record<'url', typeof ways.host>>> & {
  readonly databases?: readonly string[] | undefined;
  readonly outside?: string | undefined;
};

/** The lists of servers that holdfast.yaml has, by kind. */
export const serverLists = Object.fromEntries(
  SERVER_KINDS.map((kind) => {
    const form = serverForm(kind) as ServerForm;
    const list = z.array(serverSection(form), { error: 'a list of servers ("- name: ...")' }).optional();
    const ways = waysOf(form)
      .join(', ')
      .replace(/, (?=\w+$)/, ' or ');
    return [kind, list.meta({ description: `${form.about} servers; each by ${ways}.` })];
  }),
);

/** The servers of a kind that a file lists, their settings under the usual names; undefined when it lists none. */
export function listedServers(settings: object, kind: string): readonly FileServer[] | undefined {
  const [form, list] = [serverForm(kind), (settings as Readonly<Record<string, readonly object[] | undefined>>)[kind]];
  return form && list?.map((server) => underUsualNames(form, server) as FileServer);
}
