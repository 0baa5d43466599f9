import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Failure } from '../../../scripts/common/failure.ts';
import type { Secret } from '../../../scripts/common/secret.ts';
import { errorsOf, load, type Setup } from './folder.ts';

/** The name, the kind and the address of each notifier. */
async function told(setup: Setup): Promise<string[]> {
  const { notify } = await load(setup);
  return notify.map(({ name, kind, settings }) => `${name} ${kind} ${(settings.url as Secret | undefined)?.reveal()}`);
}

test('a notifier is there when its address is in .env, in the environment, or in a file', async () => {
  assert.deepEqual(await told({ files: { '.env': 'BACKUP_PING_URL=https://h/p\nBACKUP_NTFY_URL=https://n/t\n' } }), [
    'ntfy ntfy https://n/t',
    'ping ping https://h/p',
  ]);
  assert.deepEqual(await told({ environment: { BACKUP_SLACK_URL: 'https://h/s' } }), ['slack slack https://h/s']);
  const files = { '.env': 'BACKUP_SLACK_URL_FILE=secrets/slack\n', 'secrets/slack': 'https://h/s\n' };
  assert.deepEqual(await told({ files }), ['slack slack https://h/s']);
});

test('people are told of failures and what looks wrong, a ping of everything, unless the settings say otherwise', async () => {
  const files = { '.env': 'BACKUP_PING_URL=https://h/p\nBACKUP_SLACK_URL=https://h/s\n' };
  const on = async (setup: Setup) => (await load(setup)).notify.map((notifier) => notifier.on.join());
  const all = 'start,success,failure,suspicious';
  assert.deepEqual(await on({ files }), [all, 'failure,suspicious']);
  assert.deepEqual(await on({ files, environment: { BACKUP_NOTIFY_ON: 'success' } }), [all, 'success']);
});

test('the desktop is told when it is asked for, and not when it is refused', async () => {
  const kinds = async (setup: Setup) => (await load(setup)).notify.map(({ kind }) => kind);
  assert.deepEqual(await kinds({ environment: { BACKUP_DESKTOP_NOTIFY: 'yes' } }), ['desktop']);
  assert.deepEqual(await kinds({ environment: { BACKUP_DESKTOP_NOTIFY: 'no' } }), []);
  assert.deepEqual(await kinds({ files: { 'holdfast.yaml': 'notify:\n  desktop: {}\n' } }), ['desktop']);
});

test('an address of the environment goes to the notifier of holdfast.yaml that has none, else to one of its own', async () => {
  const environment = { BACKUP_SLACK_URL: 'https://h/env' };
  const yaml = (text: string) => ({ files: { 'holdfast.yaml': `notify:\n${text}` }, environment });
  assert.deepEqual(await told(yaml('  team:\n    kind: slack\n')), ['team slack https://h/env']);
  assert.deepEqual(await told(yaml('  slack:\n    url: https://h/yaml\n')), ['slack slack https://h/env']);
  assert.deepEqual(await told(yaml('  team:\n    kind: slack\n    url: https://h/yaml\n')), [
    'team slack https://h/yaml',
    'slack slack https://h/env',
  ]);
});

test('what is wrong with notifiers is told at once, with its place and without its secrets', async () => {
  const yaml = [
    'notify:',
    '  ping:',
    '    url: ftp://sesame',
    '    on: [start, never]',
    '  team:',
    '    kind: pager',
    '  chat:',
    '    kind: slack',
    '    channel: x',
    '  post:',
    '    kind: mail',
    '    url_file: none',
    'metrics_file: metrics.txt',
    'shrink_percent: 0',
  ];
  const files = { 'holdfast.yaml': `${yaml.join('\n')}\n`, '.env': 'BACKUP_NTFY_TOKEN=sesame\nBACKUP_NOTIFY_ON=x\n' };
  assert.deepEqual(await errorsOf({ files }), [
    'DIR/holdfast.yaml:3:10: notify.ping.url is a text that is not shown here, expected a URL such as https://host/path',
    'DIR/holdfast.yaml:4:9: notify.ping.on is a list, expected some of start, success, failure, suspicious, with commas between them',
    'DIR/holdfast.yaml:5:3: notify.team is of the kind "pager", expected one of "desktop", "mail", "ntfy", "ping", "slack", "webhook"',
    'DIR/holdfast.yaml:7:3: the notifier "chat" needs notify.chat.url (URL of an incoming webhook of Slack, Mattermost, Rocket.Chat, or Discord with /slack at its end)',
    'DIR/holdfast.yaml:9:5: "channel" is not a setting of notify.chat; known are kind, on, url, url_file',
    'DIR/holdfast.yaml:12:15: notify.post.url_file: DIR/none cannot be read: ENOENT',
    'DIR/holdfast.yaml:13:15: metrics_file is "metrics.txt", expected a file whose name ends in .prom',
    'DIR/holdfast.yaml:14:17: shrink_percent is "0", expected a whole number from 1 to 100',
    'DIR/.env:1:19: BACKUP_NTFY_TOKEN is set, but not BACKUP_NTFY_URL, without which nothing is sent',
    'DIR/.env:2:18: BACKUP_NOTIFY_ON is "x", expected some of start, success, failure, suspicious, with commas between them',
  ]);
});

test('an address whose login cannot be decoded is refused before there is something to tell', async () => {
  for (const name of ['BACKUP_SMTP_URL', 'BACKUP_SLACK_URL']) {
    const start = name === 'BACKUP_SMTP_URL' ? 'smtp' : 'https';
    const [line = ''] = await errorsOf({
      environment: { [name]: `${start}://u:sesame%zz@h/x` },
    });
    assert.match(line, new RegExp(`^environment: ${name} is a text that is not shown here`));
  }
});

test('a slip in the name of a notifier is noticed', async () => {
  assert.deepEqual(await errorsOf({ files: { '.env': 'BACKUP_PING_URLS=https://h/x\n' } }), [
    'DIR/.env:1:1: "BACKUP_PING_URLS" is not a setting of Holdfast; did you mean "BACKUP_PING_URL"?',
  ]);
});

const CORE = 'Kw7zQ9xJ';
const NAMES = ['PING_URL', 'WEBHOOK_URL', 'NTFY_URL', 'SLACK_URL', 'SMTP_URL', 'PING_URL_FILE'];

test('no address of a notifier is in an error or shown by the settings', async () => {
  const noise = fc.string({ unit: fc.constantFrom(...'@:/?#%[]{}&= "\'`\\$a1'), maxLength: 6 });
  const scheme = fc.constantFrom('https://', 'http://h/', 'smtp://u:', 'ftp://', '', '//');
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...NAMES), scheme, noise, noise, async (name, start, before, after) => {
      const environment = { [`BACKUP_${name}`]: `${start}${before}${CORE}${after}` };
      const shown = await load({ environment }).catch((error: unknown) => {
        assert.ok(error instanceof Failure && error.code === 'settings', String(error));
        refused += 1;
        return error;
      });
      // A path of a file is no secret.
      if (!name.endsWith('FILE')) assert.ok(!`${inspect(shown, { depth: 9 })}${JSON.stringify(shown)}`.includes(CORE));
    }),
    { numRuns: 150 },
  );
  assert.ok(refused > 20, `only ${refused} were refused`);
});

const page = readFileSync(new URL('../../../docs/notifications.md', import.meta.url), 'utf8');

test('the examples of docs/notifications.md are taken as they stand', async () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const secrets = { 'secrets/slack-team': 'https://h/s', 'secrets/smtp': 'smtp://h' };
  const { notify } = await load({
    files: { 'holdfast.yaml': yaml, ...secrets },
    environment: { PING_URL: 'https://h/p' },
  });
  assert.deepEqual(
    notify.map(({ name, kind }) => `${name} ${kind}`),
    ['ping ping', 'team slack', 'boss mail'],
  );
  const lines = [...page.matchAll(/^ {4}(BACKUP_[A-Z_]+=.*)$/gm)].map(([, line]) => line);
  assert.ok(lines.length >= 10);
  const kinds = (await load({ files: { '.env': lines.join('\n') } })).notify.map(({ kind }) => kind);
  assert.deepEqual(kinds, ['desktop', 'mail', 'ntfy', 'ping', 'slack', 'webhook']);
});
