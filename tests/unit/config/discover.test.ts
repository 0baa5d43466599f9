import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Failure } from '../../../scripts/common/failure.ts';
import type { ServerSettings } from '../../../scripts/config/config.ts';
import { lookedText } from '../../../scripts/config/discover.ts';
import { discover, docker, engine, ids, named, podman, service } from './engines.ts';
import { withFolder } from './folder.ts';

test('with no settings one server of each kind is found, over all engines', async () => {
  const pg = service('shop-postgres-1', { image: 'docker.io/library/postgres:18' });
  const mongo = service('m', { image: 'mongo:8' });
  const engines = [engine('podman', [pg, service('web', { image: 'nginx' })]), engine('docker', [mongo])];
  const config = { databases: { postgres: ['a'] }, lockWaitSeconds: 9 };
  assert.deepEqual((await discover(engines, config)).servers, [
    {
      kind: 'postgres',
      name: 'default',
      engine: engines[0],
      service: pg.id,
      image: 'docker.io/library/postgres:18',
      label: 'podman container shop-postgres-1 (docker.io/library/postgres:18)',
      databases: ['a'],
      lockWaitSeconds: 9,
    },
    {
      kind: 'mongo',
      name: 'default',
      engine: engines[1],
      service: mongo.id,
      image: 'mongo:8',
      label: 'docker container m (mongo:8)',
    },
  ]);
});

for (const [family, labels] of [
  ['docker compose', docker],
  ['podman-compose', podman],
] as const) {
  test(`of several servers the one that ${family} started from this folder is taken`, async () => {
    const here = service('here', { labels: labels('shop', '/srv/shop') });
    const there = service('there', { labels: labels('shop', '/srv/shop2') });
    assert.deepEqual(await ids(discover([engine('podman', [there, here, service('lone')])])), [here.id]);
  });
}

test("where compose started something from this folder, servers of other folders are nobody's here, unless they are named", async () => {
  const web = service('web', { image: 'nginx', labels: docker('shop', '/srv/shop', 'web') });
  const foreign = service('foreign', { labels: docker('blog', '/srv/blog') });
  const stopped = service('stopped', { image: 'mongo:8', state: 'exited', labels: docker('blog', '/srv/blog', 'm') });
  const unlabelled = service('lone', { image: 'mongo:8' });
  const found = await discover([engine('podman', [web, foreign, stopped])]);
  assert.deepEqual([found.servers, found.looked.stopped], [[], []]);
  assert.deepEqual(await ids(discover([engine('podman', [web, foreign, unlabelled])])), [unlabelled.id]);
  assert.deepEqual(await ids(discover([engine('podman', [foreign])])), [foreign.id]);
  assert.deepEqual(await ids(discover([engine('podman', [web, foreign])], named('foreign'))), [foreign.id]);
});

test('the throw-away server of a drill is never taken for a server', async () => {
  const drill = service('holdfast-drill-x', { labels: { 'holdfast.drill': 'holdfast-drill-x' } });
  const engines = [engine('podman', [drill, service('live')])];
  assert.deepEqual(await ids(discover(engines)), [service('live').id]);
  assert.deepEqual((await discover([engine('podman', [drill])])).servers, []);
});

test('a folder reached through a link is the same folder', () =>
  withFolder({}, async (folder) => {
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    const here = service('here', { labels: docker('shop', join(folder, 'real')) });
    const engines = [engine('docker', [service('lone'), here])];
    assert.deepEqual(await ids(discover(engines, { folder: join(folder, 'link') })), [here.id]);
  }));

test('several servers that nothing decides between are refused with a list and the setting that chooses', async () => {
  const engines = [
    engine('podman', [service('a', { labels: podman('one', '/srv/one') })]),
    engine('docker', [service('b', { image: 'postgres:17', labels: docker('two', '/srv/two') }), service('c')]),
  ];
  await assert.rejects(discover(engines), {
    name: 'Failure',
    code: 'ambiguous',
    message:
      'found 3 postgres servers, expected one\n' +
      '  podman container a (postgres:18), compose project "one"\n' +
      '  docker container b (postgres:17), compose project "two"\n' +
      '  docker container c (postgres:18)',
    hint: 'set POSTGRES_CONTAINER=a in .env, or list the servers in holdfast.yaml',
  });
});

test('two servers of this folder are refused, and only they are listed', async () => {
  const services = ['a', 'b'].map((name) => service(name, { labels: docker('shop', '/srv/shop', name) }));
  await assert.rejects(discover([engine('podman', [...services, service('other')])]), /found 2 postgres servers/);
});

test('two containers of one name on two engines are told apart by id', async () => {
  const engines = [engine('podman', [service('db', { id: 'a'.repeat(64) })]), engine('docker', [service('db')])];
  await assert.rejects(discover(engines), { hint: /POSTGRES_CONTAINER=aaaaaaaaaaaa in/ });
  assert.deepEqual(await ids(discover(engines, named('a'.repeat(12)))), ['a'.repeat(64)]);
  await assert.rejects(discover(engines, named('db')), { code: 'ambiguous' });
});

test('a container that two engines show counts once, for the first', async () => {
  const engines = [engine('podman', [service('pg')]), engine('docker', [service('pg')])];
  const { servers } = await discover(engines);
  assert.deepEqual(
    servers.map((server) => server.engine.name),
    ['podman'],
  );
});

test('a stopped server is not taken, and the result says that it is there', async () => {
  const engines = [engine('podman', [service('shop-postgres-1', { state: 'exited' }), service('x', { image: 'y' })])];
  assert.deepEqual(await discover(engines), {
    servers: [],
    failures: [],
    looked: {
      engines: [{ name: 'podman', containers: 2 }],
      stopped: ['container "shop-postgres-1" is there but exited: start it'],
    },
  });
});

test('a stopped server beside a running one does not make it ambiguous', async () => {
  const running = service('new');
  assert.deepEqual(await ids(discover([engine('podman', [service('old', { state: 'exited' }), running])])), [
    running.id,
  ]);
});

test('when nothing is found the text says where it was looked for', async () => {
  const missing = new Failure('tool-missing', { message: 'there is no program "docker"' });
  const { looked } = await discover([engine('podman', [service('x', { image: 'y' })]), engine('docker', missing)]);
  assert.equal(lookedText(looked), 'looked at podman (1 container) and docker (there is no program "docker")');
});

test('with CONTAINER_CMD only that engine is asked, and it must answer', async () => {
  const down = new Failure('unreachable', { message: 'docker does not answer' });
  const engines = [engine('podman', [service('pg')]), engine('docker', down)];
  assert.equal((await discover(engines, { containerCommand: 'podman' })).looked.engines.length, 1);
  await assert.rejects(discover(engines, { containerCommand: 'docker' }), down);
});

test('an interrupted list ends discovery', async () => {
  const failure = new Failure('interrupted', { message: 'interrupted' });
  await assert.rejects(discover([engine('podman', failure)]), { code: 'interrupted' });
});

test('settings for one kind leave the other to discovery', async () => {
  const engines = [engine('host', []), engine('podman', [service('pg'), service('m', { image: 'mongo' })])];
  const servers: ServerSettings[] = [{ kind: 'postgres', name: 'default', host: 'h' }];
  const found = await discover(engines, { servers });
  assert.deepEqual(
    found.servers.map(({ label }) => label),
    ['postgres://h:5432', 'podman container m (mongo)'],
  );
});

test('with BACKUP_DISCOVER=no and only addresses no engine is asked', async () => {
  const servers: ServerSettings[] = [{ kind: 'postgres', name: 'default', host: 'h' }];
  const broken = engine('podman', new Failure('internal', { message: 'was asked' }));
  const found = await discover([engine('host', []), broken], { servers, discover: false });
  assert.deepEqual([found.servers.length, found.looked.engines], [1, []]);
});

test('with BACKUP_DISCOVER=no nothing is found that is not named', async () => {
  assert.deepEqual((await discover([engine('podman', [service('pg')])], { discover: false })).servers, []);
});
