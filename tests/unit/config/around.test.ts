import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentForCommands } from '../../../scripts/config/around-environment.ts';
import { load } from './folder.ts';

const yaml = (text: string) => ({ files: { 'holdfast.yaml': text }, environment: { PORT: '8080' } });

test('hooks, maintenance mode, services and health arrive with their defaults', async () => {
  const { around } = await load(
    yaml(`
before:
  restore: ["./queue pause", { run: "./notify", timeout_seconds: 5, name: tell }]
  backup: [sync]
after:
  restore:
    - |
      ./migrate
      ./reindex
  backup: [{ run: "curl -fsS http://x/done" }]
on: { failure: [page] }
maintenance: { on: touch closed, off: rm closed }
services: [{ compose: web }, { systemd: worker.service }, { kubernetes: deployment/app, namespace: shop }]
health:
  - { http: "http://127.0.0.1:\${PORT}/health", expect: 204, contains: ok, seconds: 90, name: web }
  - { tcp: "[::1]:5672" }
  - run: ./self-test
`),
  );
  const hook = (run: string, name = run, timeoutSeconds = 300) => ({ name, run, timeoutSeconds });
  assert.deepEqual(around, {
    beforeRestore: [hook('./queue pause'), hook('./notify', 'tell', 5)],
    afterRestore: [hook('./migrate\n./reindex\n', './migrate...')],
    beforeBackup: [hook('sync')],
    afterBackup: [hook('curl -fsS http://x/done')],
    onFailure: [hook('page')],
    maintenance: { on: hook('touch closed'), off: hook('rm closed') },
    services: [
      { kind: 'compose', name: 'web' },
      { kind: 'systemd', unit: 'worker.service' },
      { kind: 'kubernetes', workload: 'deployment/app', namespace: 'shop' },
    ],
    health: [
      { kind: 'http', name: 'web', url: 'http://127.0.0.1:8080/health', status: 204, contains: 'ok', seconds: 90 },
      { kind: 'tcp', name: '[::1]:5672', host: '::1', port: 5672, seconds: 60 },
      { kind: 'run', name: './self-test', run: './self-test', seconds: 60 },
    ],
    rebuilds: [],
    taken: ['PORT'],
  });
});

test('what is made anew arrives with its defaults, and a header keeps its secret', async () => {
  const { around } = await load(
    yaml(`
rebuild:
  - { name: search, from: [mongo/shop], run: ./reindex, progress: ./how-far, check: { tcp: "127.0.0.1:1" } }
  - { name: other, http: "http://127.0.0.1:\${PORT}/index", headers: ["Authorization: Bearer \${PORT}"], timeout_seconds: 9 }
`),
  );
  const [search, other] = around.rebuilds;
  assert.deepEqual(search, {
    ...{ name: 'search', from: ['mongo/shop'], call: { kind: 'run', run: './reindex' }, progress: './how-far' },
    check: { kind: 'tcp', name: '127.0.0.1:1', host: '127.0.0.1', port: 1, seconds: 3600 },
    timeoutSeconds: 3600,
  });
  assert.ok(other?.call.kind === 'http');
  assert.deepEqual(
    [other.call.url, other.call.method, other.timeoutSeconds],
    ['http://127.0.0.1:8080/index', 'POST', 9],
  );
  assert.deepEqual(
    [other.call.headers.map(String), other.call.headers[0]?.reveal()],
    [['[secret]'], 'Authorization: Bearer 8080'],
  );
});

test('services: the compose project without a word, none when asked, both forms together', async () => {
  const services = async (text: string) => (await load(yaml(text))).around.services;
  assert.deepEqual(await services(''), [{ kind: 'preset' }]);
  assert.deepEqual(await services('services: compose'), [{ kind: 'preset' }]);
  assert.deepEqual(await services('services: none'), []);
  const both = await services('services: [{ preset: compose }, { systemd: worker }]');
  assert.deepEqual(both, [{ kind: 'preset' }, { kind: 'systemd', unit: 'worker' }]);
});

const WRONG: readonly [string, RegExp][] = [
  [
    `before: { restore: ["echo \${PORT}"] }`,
    /1:21: before.restore\[1\].run takes a value by "\$\{PORT\}": write \$PORT/,
  ],
  ['before: { restore: ./x }', /before.restore is .*, expected a list of commands/],
  ['before: { restore: [{ run: x, timeout: 5 }] }', /"timeout" is not a setting of before.restore\[1\]; known are run/],
  ['after: { backup: [{ name: x }] }', /after.backup\[1\] has no "run", expected a command/],
  ['on: { failure: [{ run: x, timeout_seconds: 0 }] }', /expected a whole number from 1 to 86400/],
  ['maintenance: { on: x }', /maintenance needs both "on" and "off"/],
  ['services: all', /services\[1\].preset is "all", expected one of "compose", "none"/],
  ['services: [{ compose: web, systemd: web }]', /services\[1\] needs one of "compose", "systemd" and "kubernetes"/],
  ['services: [{ compose: web, namespace: x }]', /only goes with "kubernetes"/],
  ['services: [{ kubernetes: app }]', /expected a workload such as "deployment\/app"/],
  ['services: [{ systemd: "--now" }]', /expected a unit such as/],
  ['health: [{ http: "http://ann:sesame@x/" }]', /health\[1\].http is a text that is not shown here, expected a URL/],
  ['health: [{ tcp: web }]', /expected a host and a port/],
  ['health: [{ tcp: "web:1", contains: ok }]', /only go with "http"/],
  ['health: [{ http: "http://x/", run: x }]', /health\[1\] needs one of "http", "tcp" and "run"/],
  ['rebuild: [{ run: x }]', /rebuild\[1\] has no "name"/],
  ['rebuild: [{ name: a, run: x }, { name: a, run: x }]', /rebuild\[2\] is the second one named "a"/],
  ['rebuild: [{ name: a }]', /rebuild\[1\] needs one of "run" and "http"/],
  ['rebuild: [{ name: a, run: x, body: y }]', /rebuild\[1\] has what only goes with "http" beside "run"/],
  ['rebuild: [{ name: a, http: "http://x/", headers: [sesame] }]', /headers\[1\] is a text that is not shown here/],
  ['rebuild: [{ name: a, run: x, check: { tcp: "web:1", contains: ok } }]', /rebuild\[1\].check .*only go with "http"/],
  ['rebuild: [{ name: a, run: x, from: [search] }]', /expected a source such as "mongo\/shop"/],
];

for (const [text, words] of WRONG) {
  test(`it is refused: ${text}`, async () => {
    await assert.rejects(load(yaml(text)), (error: Error & { code: string }) => {
      assert.equal(error.code, 'settings');
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /sesame/);
      return true;
    });
  });
}

test('a dollar sign that is doubled is left to the shell', async () => {
  const { around } = await load(yaml('before: { restore: ["echo $${PORT:-1} $PORT"] }'));
  assert.equal(around.beforeRestore[0]?.run, `echo \${PORT:-1} $PORT`);
});

test('commands get the environment without the secrets of our own settings', async () => {
  const secrets = [
    'POSTGRES_PASSWORD',
    'MONGO_URL',
    'BACKUP_AGE_PASSPHRASE',
    'AWS_SECRET_ACCESS_KEY',
    'BACKUP_SLACK_URL',
  ];
  const plain = ['PATH', 'APP_TOKEN', 'POSTGRES_CONTAINER', 'BACKUP_ENVIRONMENT'];
  const environment = Object.fromEntries([...secrets, ...plain, 'DB_PASS'].map((name) => [name, 'x']));
  const left = await environmentForCommands({ ...environment, EMPTY: undefined }, ['DB_PASS']);
  assert.deepEqual(Object.keys(left).sort(), plain.sort());
});
