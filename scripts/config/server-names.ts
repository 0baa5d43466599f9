import type { Kind } from '../common/kinds.ts';
import type { MemberSetting } from '../common/member-setting.ts';
import { type Rule, secretText } from '../common/rules.ts';
import { SERVER_KINDS, serverForm } from '../datastores/index.ts';
import type { ServerForm } from '../datastores/kind.ts';
import { DRILL_RULES } from './drill-rules.ts';
import { RULES } from './names.ts';

/** A name of .env that says something of servers. */
export interface ServerName<Value = unknown> {
  readonly variable: string;
  readonly rule: Rule<Value>;
  /** For people; a text in brackets says where the value comes from when the name is not set. */
  readonly standard: string;
}

/** The names of .env that say where the server of a kind is, and where its drills go. */
export interface ServerNames {
  readonly databases: ServerName<readonly string[]> | undefined;
  readonly container: ServerName<string>;
  readonly url: ServerName<string>;
  readonly password: ServerName<string>;
  readonly passwordFile: ServerName<string>;
  readonly drillImage: ServerName<string> | undefined;
  readonly drillUrl: ServerName<string> | undefined;
}

/** The names of a kind; undefined for what is no server. */
export function serverNames(kind: Kind): ServerNames | undefined {
  const form = serverForm(kind);
  return form === undefined ? undefined : namesOf(form);
}

/** The kinds that are servers, with their names. */
export function allServerNames(): [kind: Kind, names: ServerNames][] {
  return SERVER_KINDS.map((kind) => [kind, serverNames(kind) as ServerNames]);
}

/** The rule of the URLs of a kind. */
export function urlRule({ url }: ServerForm): Rule<string> {
  return secretText(`a URL such as ${url.example}`);
}

function namesOf(form: ServerForm): ServerNames {
  const { prefix, databases, drill } = form;
  const name = <Value>(variable: string, rule: Rule<Value>, standard: string) => ({ variable, rule, standard });
  const url = urlRule(form);
  return {
    databases: databases === undefined ? undefined : name(databases, RULES.databases, '(all that are found)'),
    container: name(`${prefix}_CONTAINER`, RULES.container, '(found by itself)'),
    url: name(`${prefix}_URL`, url, '(none)'),
    password: name(`${prefix}_PASSWORD`, RULES.password, '(none)'),
    passwordFile: name(`${prefix}_PASSWORD_FILE`, RULES.passwordFile, '(none)'),
    drillImage:
      drill && drill !== 'server' ? name(`BACKUP_DRILL_${prefix}_IMAGE`, DRILL_RULES.image, IMAGE) : undefined,
    drillUrl: drill && drill !== 'throw-away' ? name(`BACKUP_DRILL_${prefix}_URL`, url, SCRATCH) : undefined,
  };
}

const IMAGE = '(that of the server which was backed up)';
const SCRATCH = '(a throw-away server)';

/** Every name of every kind, as settings that can be asked for like those of the other rooms. */
export function serverSettings(): MemberSetting[] {
  return allServerNames().flatMap(([kind, names]) =>
    Object.values(names as unknown as Record<string, ServerName | undefined>).flatMap((name) => {
      if (name === undefined) return [];
      const { variable, rule, standard } = name;
      return { variable, rule, standard, about: `of ${serverForm(kind)?.about} servers` };
    }),
  );
}
