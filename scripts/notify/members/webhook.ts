import { Failure } from '../../common/failure.ts';
import { oneOf, secretText } from '../../common/rules.ts';
import { sendHttp } from '../http.ts';
import { defineNotifier } from '../member.ts';
import type { Notice } from '../notifier.ts';
import { reachHost } from '../reach.ts';
import { webUrl } from '../rules.ts';
import { EXAMPLE, fieldsOf, fillIn, isWell, unknownFields } from '../text.ts';

/** Any service that takes an HTTP request. */
export const member = defineNotifier({
  audience: 'people',
  askedBy: 'url',
  settings: {
    url: {
      rule: webUrl,
      variable: 'BACKUP_WEBHOOK_URL',
      about: 'URL that messages are sent to',
      required: true,
      meaning: 'secret',
    },
    template: {
      // It may hold the key of a service.
      rule: secretText('the body of a message'),
      variable: 'BACKUP_WEBHOOK_TEMPLATE',
      about: `Body of each message, with \${title}, \${lines} and other fields to be filled in`,
      meaning: 'secret',
      standard: 'JSON with all fields',
    },
    headers: {
      rule: secretText('headers, "Name: value", one a line'),
      variable: 'BACKUP_WEBHOOK_HEADERS',
      about: 'Headers of each message, "Name: value", one a line',
      meaning: 'secret',
    },
    method: { rule: oneOf('POST', 'PUT'), variable: 'BACKUP_WEBHOOK_METHOD', about: 'HTTP method', standard: 'POST' },
  },
  open({ url, template, headers, method = 'POST' }, { name }) {
    const body = template?.reveal() ?? STANDARD;
    checkTemplate(name, body);
    const type = isJson(body) ? 'application/json' : 'text/plain; charset=utf-8';
    const given = { 'content-type': type, ...readHeaders(name, headers?.reveal() ?? '') };
    return {
      name,
      probe: ({ signal }) => reachHost(new URL(url.reveal()), signal),
      send: (notice, { signal }) =>
        sendHttp({ url: new URL(url.reveal()), method, headers: given, body: fill(body, notice), signal }),
    };
  },
});

const STANDARD = `{${Object.keys(fieldsOf(EXAMPLE))
  .map((field) => `"${field}":"\${${field}}"`)
  .join(',')}}`;

function isJson(template: string): boolean {
  return /^\s*[[{]/.test(template);
}

function fill(template: string, notice: Notice): string {
  if (!isJson(template)) return fillIn(template, notice, (value) => value);
  return fillIn(template, notice, (value) => JSON.stringify(value).slice(1, -1));
}

function checkTemplate(name: string, template: string): void {
  const unknown = unknownFields(template);
  const known = Object.keys(fieldsOf(EXAMPLE)).join(', ');
  if (unknown.length > 0) {
    const message = `the template of the notifier "${name}" names ${unknown.length} fields that no message has`;
    throw new Failure('settings', { message, hint: `known are ${known}` });
  }
  if (!isJson(template)) return;
  try {
    JSON.parse(fill(template, { ...EXAMPLE, lines: [String(isWell(EXAMPLE))] }));
  } catch {
    // The parser's own words quote the template, which may hold a key.
    const hint = `put each field into double quotes: {"text": "\${title}"}`;
    throw new Failure('settings', {
      message: `the template of the notifier "${name}" is not JSON when filled in`,
      hint,
    });
  }
}

function readHeaders(name: string, text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.split(/\r?\n/).filter((line) => line.trim() !== '')) {
    const [, header, value] = /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*:\s*([\t\x20-\x7e]*?)\s*$/.exec(line) ?? [];
    if (header === undefined || value === undefined) {
      const message = `the notifier "${name}" has a header that cannot be read`;
      throw new Failure('settings', { message, hint: 'write each as "Name: value" on a line of its own' });
    }
    headers[header.toLowerCase()] = value;
  }
  return headers;
}
