import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../../../scripts/common/secret.ts';
import { findInPgpass } from '../../../scripts/datastores/postgres/pgpass.ts';
import { errorsOf, load, withFolder } from './folder.ts';

const FILE = { pw: 'from file\n' };
const ORDER: readonly [string, Record<string, string>, string | undefined][] = [
  ['the URL', { POSTGRES_URL: 'postgres://u:url@h', POSTGRES_PASSWORD: 'name', POSTGRES_PASSWORD_FILE: 'pw' }, 'url'],
  ['the name', { POSTGRES_URL: 'postgres://u@h', POSTGRES_PASSWORD: 'name', POSTGRES_PASSWORD_FILE: 'pw' }, 'name'],
  ['the file', { POSTGRES_URL: 'postgres://u@h', POSTGRES_PASSWORD_FILE: 'pw' }, 'from file'],
  ['~/.pgpass', { POSTGRES_URL: 'postgres://u@h' }, 'from pgpass'],
];

for (const [where, environment, expected] of ORDER) {
  test(`a password is taken from ${where} when nothing before it has one`, async () => {
    const files = { ...FILE, '.pgpass': 'h:5432:*:u:from pgpass\n' };
    assert.equal((await load({ files, environment })).servers[0]?.password?.reveal(), expected);
  });
}

test('MongoDB never gets a password from ~/.pgpass', async () => {
  const config = await load({ files: { '.pgpass': '*:*:*:*:pw\n' }, environment: { MONGO_URL: 'mongodb://u@h' } });
  assert.equal(config.servers[0]?.password, undefined);
});

test('a server in a container does not get the password that compose takes from .env', async () => {
  const config = await load({ environment: { POSTGRES_CONTAINER: 'pg', POSTGRES_PASSWORD: 'x' } });
  assert.equal(config.servers[0]?.password, undefined);
});

test('a password file that is missing or empty is an error with its place', async () => {
  const text =
    'POSTGRES_URL=postgres://h\nPOSTGRES_PASSWORD_FILE=no/such\nMONGO_URL=mongodb://h\nMONGO_PASSWORD_FILE=e\n';
  assert.deepEqual(await errorsOf({ files: { '.env': text, e: '\n' } }), [
    'DIR/.env:2:24: POSTGRES_PASSWORD_FILE: DIR/no/such cannot be read: ENOENT',
    'DIR/.env:4:21: MONGO_PASSWORD_FILE: DIR/e is empty, expected a password',
  ]);
});

const LINES = [
  '# a:1:d:u:comment',
  'a:1:d:u:exact',
  'a:1:*:u:any database',
  'localhost:5432:*:u:socket',
  String.raw`c\:d:*:*:u:with\:colon\\and:more`,
  'a:*:*:*:any user',
].join('\n');

const KEYS: readonly [string, Parameters<typeof findInPgpass>[0], string | undefined][] = [
  ['the first line that fits', { host: 'a', port: 1, user: 'u', databases: ['d'] }, 'exact'],
  ['a line for every database', { host: 'a', port: 1, user: 'u', databases: ['e'] }, 'any database'],
  ['a line for every port and user', { host: 'a', port: undefined, user: 'v', databases: undefined }, 'any user'],
  [
    'the line of localhost for a socket',
    { host: '/run/pg', port: undefined, user: 'u', databases: undefined },
    'socket',
  ],
  [
    'the line of localhost for no host',
    { host: undefined, port: undefined, user: 'u', databases: undefined },
    'socket',
  ],
  [
    'escaped colons and backslashes',
    { host: 'c:d', port: 3, user: 'u', databases: ['x'] },
    String.raw`with:colon\and:more`,
  ],
  ['nothing for another host', { host: 'z', port: 1, user: 'u', databases: ['d'] }, undefined],
];

for (const [what, key, expected] of KEYS) {
  test(`~/.pgpass gives ${what}`, () =>
    withFolder({ file: LINES }, async (folder) => {
      const found = findInPgpass(key, { PGPASSFILE: join(folder, 'file') });
      assert.equal(found instanceof Secret ? found.reveal() : found, expected);
    }));
}

test('a ~/.pgpass that others can read is refused, but only when it would be used', () =>
  withFolder({ '.pgpass': 'a:*:*:*:pw\n' }, async (folder) => {
    chmodSync(join(folder, '.pgpass'), 0o644);
    const key = { port: undefined, user: 'u', databases: undefined };
    const found = findInPgpass({ ...key, host: 'a' }, { HOME: folder });
    assert.equal(
      found,
      `the password is looked for in ~/.pgpass, but ${folder}/.pgpass can be read by others (mode 0644), expected 0600`,
    );
    assert.equal(findInPgpass({ ...key, host: 'b' }, { HOME: folder }), undefined);
  }));
