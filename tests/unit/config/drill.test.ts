import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './folder.ts';

const yaml = (text: string) => ({ files: { 'holdfast.yaml': text } });
const check = (text: string) => load(yaml(`drill:\n  checks:\n    - ${text}\n`));

test('images and checks of a drill; the environment goes before the file', async () => {
  const { drill } = await load({
    ...yaml(`
drill:
  images: { postgres: "postgis/postgis:18", mongo: "mongo:8" }
  servers: { mongo: "mongodb://drill:secret@scratch/?authSource=admin" }
  checks:
    - { name: canary, source: postgres/app, sql: "select 1", expect: 1 }
    - { source: mongo/shop, collection: users, expect_at_least: 3 }
    - { source: mongo/shop, command: '{"ping": 1}', path: ok, expect: "1" }
`),
    environment: { BACKUP_DRILL_POSTGRES_IMAGE: 'postgres:18' },
  });
  assert.deepEqual(drill.images, { postgres: 'postgres:18', mongo: 'mongo:8' });
  assert.deepEqual(
    drill.servers.map(({ kind, name, host, user }) => [kind, name, host, user]),
    [['mongo', 'drill', 'scratch', 'drill']],
  );
  assert.deepEqual(drill.checks, [
    { name: 'canary', source: 'postgres/app', question: { sql: 'select 1' }, expect: '1', atLeast: undefined },
    {
      name: 'check 2',
      source: 'mongo/shop',
      question: { collection: 'users', count: '{}' },
      expect: undefined,
      atLeast: 3,
    },
    {
      name: 'check 3',
      source: 'mongo/shop',
      question: { command: '{"ping": 1}', path: 'ok' },
      expect: '1',
      atLeast: undefined,
    },
  ]);
});

const WRONG: readonly [string, RegExp][] = [
  ['{ sql: "select 1", expect: 1 }', /"check 1" has no source/],
  ['{ source: redis/app, sql: "select 1", expect: 1 }', /a source such as "postgres\/app"/],
  ['{ source: mongo/app, sql: "select 1", expect: 1 }', /no question that "mongo\/app" can be asked/],
  ['{ source: postgres/app, collection: users, expect: 1 }', /no question/],
  ['{ source: mongo/app, collection: users, command: "{}", path: a, expect: 1 }', /no question/],
  ['{ source: mongo/app, command: "{}", expect: 1 }', /no question/],
  ['{ source: postgres/app, sql: "select 1" }', /needs one of "expect" and "expect_at_least"/],
  ['{ source: postgres/app, sql: "select 1", expect: 1, expect_at_least: 1 }', /needs one of/],
  ['{ source: postgres/app, query: "select 1", expect: 1 }', /"query" is not a setting/],
];

for (const [text, words] of WRONG) {
  test(`a check is refused: ${text}`, async () => {
    await assert.rejects(check(text), { code: 'settings', message: words });
  });
}

test('the URL of a server for drills is never shown', async () => {
  const environment = { BACKUP_DRILL_POSTGRES_URL: 'mysql://drill:secret@h/x' };
  await assert.rejects(load({ environment }), (error: Error) => {
    assert.match(error.message, /BACKUP_DRILL_POSTGRES_URL/);
    return !error.message.includes('secret');
  });
});
