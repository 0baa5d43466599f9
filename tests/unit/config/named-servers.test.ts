import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../scripts/common/secret.ts';
import type { ServerSettings } from '../../../scripts/config/config.ts';
import { discover, docker, engine, ids, named, podman, service } from './engines.ts';

const shop = service('shop-db-1', { labels: docker('shop', '/srv/shop') });
const other = service('other-db-1', { labels: podman('other', '/srv/other') });
const stopped = service('old-db-1', { labels: docker('old', '/srv/shop'), state: 'exited' });
const lookalike = service('db-backup-of-shop');
const WORDS: readonly [string, string, readonly string[]][] = [
  ['its name', 'other-db-1', [other.id]],
  ['the beginning of its id', other.id.slice(0, 12), [other.id]],
  ['its compose service, running and from this folder', 'db', [shop.id]],
];

for (const [what, word, expected] of WORDS) {
  test(`a container is chosen by ${what}`, async () => {
    const engines = [engine('podman', [lookalike, stopped, shop]), engine('docker', [other])];
    assert.deepEqual(await ids(discover(engines, named(word))), expected);
  });
}

test('a name is never guessed from its beginning, nor an id from fewer than four digits', async () => {
  for (const word of ['shop-db', 'shop', shop.id.slice(0, 3)]) {
    const { servers, failures } = await discover([engine('podman', [shop])], named(word));
    assert.deepEqual(servers, []);
    assert.equal(failures[0]?.failure.code, 'not-found');
    assert.equal(failures[0]?.failure.message, `there is no container "${word}"; looked at podman (1 container)`);
  }
});

test('the beginning of two ids, and a service that runs twice, are refused', async () => {
  const twins = [service('a', { id: 'abcd1' }), service('b', { id: 'abcd2' })];
  await assert.rejects(discover([engine('podman', twins)], named('abcd')), /"abcd" fits 2 containers, expected one/);
  const scaled = ['x', 'y'].map((name) => service(name, { labels: docker('shop', '/srv/shop') }));
  await assert.rejects(discover([engine('docker', scaled)], named('db')), { code: 'ambiguous' });
});

test('a named server that is stopped is a failure beside the servers that are there', async () => {
  const servers: ServerSettings[] = [
    { kind: 'postgres', name: 'old', container: 'old-db-1' },
    { kind: 'postgres', name: 'new', container: 'shop-db-1' },
  ];
  const found = await discover([engine('docker', [stopped, shop])], { servers });
  assert.deepEqual(
    found.servers.map(({ name }) => name),
    ['new'],
  );
  const [failed] = found.failures;
  assert.deepEqual(
    [failed?.kind, failed?.name, failed?.failure.code, failed?.failure.message, failed?.failure.hint],
    ['postgres', 'old', 'unreachable', 'container "old-db-1" is there but exited', 'docker start old-db-1'],
  );
});

const LABELS: readonly [Partial<ServerSettings>, string][] = [
  [{ kind: 'postgres', host: 'db.example', user: 'u', password: new Secret('pw') }, 'postgres://db.example:5432'],
  [{ kind: 'postgres', host: '::1', port: 7 }, 'postgres://[::1]:7'],
  [{ kind: 'postgres', host: '/run/postgresql' }, 'postgres socket /run/postgresql'],
  [{ kind: 'postgres' }, 'postgres socket (the usual one)'],
  [{ kind: 'mongo', host: 'h' }, 'mongodb://h:27017'],
];

for (const [settings, label] of LABELS) {
  test(`a server by address is reached from this machine and called ${label}`, async () => {
    const server = { kind: 'postgres', name: 'default', ...settings } as ServerSettings;
    const engines = [engine('host', [])];
    const { servers } = await discover(engines, { servers: [server], discover: false });
    assert.deepEqual(
      servers.map((address) => [address.engine, address.service, address.label, address.host, address.password]),
      [[engines[0], '', label, server.host, server.password]],
    );
  });
}
