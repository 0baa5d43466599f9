import { oneOf, type Rule, shaped, text, wholeNumber } from '../common/rules.ts';
import { Secret } from '../common/secret.ts';

/** One line that may hold a secret. */
function shapedSecret(wanted: string, pattern: RegExp): Rule<Secret> {
  return {
    wanted,
    secret: true,
    json: { type: 'string', minLength: 1 },
    read: (value) => (typeof value === 'string' && pattern.test(value) ? new Secret(value) : undefined),
  };
}

/** A command of sh; several lines are fine. */
const command: Rule<string> = {
  wanted: 'a command',
  secret: true,
  json: { type: 'string', minLength: 1 },
  read: (value) =>
    typeof value === 'string' && value.trim() !== '' && !/[^\P{Cc}\n\t]/u.test(value) ? value : undefined,
};

/** It stands in plans and reports, so that no password may be part of it. */
const url: Rule<string> = {
  wanted: 'a URL such as http://127.0.0.1:8080/health, without a password',
  secret: true,
  json: { type: 'string', minLength: 1 },
  read: (value) => {
    if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
    const { protocol, username, password } = new URL(value);
    return /^https?:$/.test(protocol) && username === '' && password === '' ? value : undefined;
  },
};

/** The rules of what holdfast.yaml says of what happens around restores and backups. */
export const AROUND_RULES = {
  command,
  rebuildName: shaped('a name of letters, digits, ".", "_" and "-"', /^[A-Za-z0-9][\w.-]*$/),
  source: shaped('a source such as "mongo/shop"', /^[a-z][a-z0-9]*\/[^\p{Cc}]+$/u),
  method: oneOf('POST', 'PUT', 'PATCH', 'GET', 'DELETE'),
  header: shapedSecret('a header such as "Accept: text/plain"', /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*$/),
  body: text('a text'),
  name: text('a name'),
  timeoutSeconds: wholeNumber(1, 86_400),
  preset: oneOf('compose', 'none'),
  compose: shaped('a service of compose, or the name of a container', /^[A-Za-z0-9][\w.-]*$/),
  systemd: shaped('a unit such as "worker.service"', /^[A-Za-z0-9][\w@.:\\-]*$/),
  kubernetes: shaped('a workload such as "deployment/app"', /^(deployment|statefulset)\/[a-z0-9][a-z0-9.-]*$/),
  namespace: shaped('a namespace', /^[a-z0-9][a-z0-9-]*$/),
  url,
  tcp: shaped('a host and a port such as "127.0.0.1:8080"', /^(\[[0-9a-fA-F:.]+\]|[\w.-]+):[1-9]\d{0,4}$/),
  status: wholeNumber(100, 599),
  contains: text('a text'),
  seconds: wholeNumber(1, 3_600),
} as const;
