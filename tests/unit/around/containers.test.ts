import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Containers, chooseByName, chooseByPreset } from '../../../scripts/around/containers.ts';
import { roleOfImage } from '../../../scripts/around/images.ts';
import { isOwnContainer } from '../../../scripts/around/own-container.ts';
import type { Engine, Service } from '../../../scripts/engines/engine.ts';

const engine = { name: 'docker' } as Engine;

interface Drawn {
  readonly image?: string;
  readonly state?: string;
  readonly project?: string;
  readonly folder?: string;
  readonly needs?: string;
  readonly once?: boolean;
  readonly family?: string;
}

/** A container as compose starts it; its id begins with its name. */
function container(service: string, drawn: Drawn = {}): Service {
  const { image = `shop-${service}`, state = 'running', project = 'shop', folder = '/srv/shop' } = drawn;
  const { needs, once = false, family = 'com.docker.compose' } = drawn;
  return {
    ...{ id: service.padEnd(64, '0'), name: `${project}-${service}-1`, image, state, ports: [] },
    labels: {
      [`${family}.project`]: project,
      [`${family}.service`]: service,
      [`${family}.project.working_dir`]: folder,
      [`${family}.oneoff`]: once ? 'True' : 'False',
      ...(needs === undefined ? {} : { [`${family}.depends_on`]: needs }),
    },
  };
}

const outside = { mounts: '', hostname: 'server' };
const database = container('db', { image: 'docker.io/library/postgres:18' });

function around(services: readonly Service[], more: Partial<Containers> = {}): Containers {
  return {
    all: [database, ...services].map((service) => ({ engine, service })),
    restored: [database.id],
    folder: '/srv/shop',
    isServer: ({ image }) => /postgres/.test(image),
    own: outside,
    ...more,
  };
}

const names = (chosen: ReturnType<typeof chooseByPreset>): string[][] =>
  chosen.stages.map((stage) => stage.map(({ name }) => name));

test('what runs in the project of the restored server is stopped, without stores, proxies and what does not run', () => {
  const chosen = chooseByPreset(
    around([
      container('web'),
      container('worker', { state: 'restarting' }),
      container('mail', { state: 'exited' }),
      container('cache', { image: 'redis:7-alpine' }),
      container('files', { image: 'quay.io/minio/minio:latest' }),
      container('search', { image: 'docker.elastic.co/elasticsearch/elasticsearch:8.1.0' }),
      container('jobs', { image: 'rabbitmq:3-management' }),
      container('front', { image: 'nginx@sha256:abc' }),
      container('other', { project: 'blog' }),
    ]),
  );
  assert.deepEqual(names(chosen), [['shop-web-1', 'shop-worker-1']]);
  const [stay = ''] = chosen.warnings;
  for (const one of ['shop-cache-1 (a cache)', 'shop-front-1 (a proxy)', 'shop-db-1 (a database)']) {
    assert.ok(stay.includes(one), stay);
  }
});

test('the project of another checkout of the same name is another project', () => {
  const chosen = chooseByPreset(around([container('web'), container('web2', { folder: '/home/ann/shop' })]));
  assert.deepEqual(names(chosen), [['shop-web-1']]);
});

test('the labels of podman-compose say the same', () => {
  const family = 'io.podman.compose';
  const own = container('db', { image: 'postgres:18', family });
  const chosen = chooseByPreset(
    around([own, container('web', { family }), container('api', { family, needs: '' })], { restored: [own.id] }),
  );
  assert.deepEqual(names(chosen), [['shop-api-1', 'shop-web-1']]);
});

test('who needs another is stopped before it, and started after it', () => {
  const chosen = chooseByPreset(
    around([
      container('api', { needs: 'db:service_healthy:false,auth:service_started:true' }),
      container('auth', { needs: 'db:service_healthy:false' }),
      container('web', { needs: 'api:service_started:false' }),
      container('worker'),
    ]),
  );
  assert.deepEqual(names(chosen), [['shop-web-1', 'shop-worker-1'], ['shop-api-1'], ['shop-auth-1']]);
});

test('labels that lead in a circle end somewhere', () => {
  const chosen = chooseByPreset(around([container('a', { needs: 'b' }), container('b', { needs: 'a' })]));
  assert.deepEqual(names(chosen).flat().sort(), ['shop-a-1', 'shop-b-1']);
});

test('a container of "compose run" is not stopped, because nobody would start it again, and is told', () => {
  const chosen = chooseByPreset(around([container('shell', { once: true })]));
  assert.deepEqual(names(chosen), []);
  assert.match(chosen.warnings[0] ?? '', /"shop-shell-1" was started by "compose run"/);
});

test('the container that Holdfast runs in is never stopped, by preset or by name', () => {
  const id = 'web'.padEnd(64, '0');
  const mounts = `700 600 0:50 /containers/${id}/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda rw`;
  const containers = around([container('web'), container('worker')], { own: { mounts, hostname: 'x' } });
  assert.deepEqual(names(chooseByPreset(containers)), [['shop-worker-1']]);
  const named = chooseByName('web', containers);
  assert.deepEqual(names(named), []);
  assert.match(named.warnings[0] ?? '', /Holdfast runs in it/);
});

test('a machine that runs containers is in none of them, though it sees what is mounted for them', () => {
  const id = 'ab'.repeat(32);
  const shm = `60 50 0:40 / /var/lib/containers/storage/overlay-containers/${id}/userdata/shm rw - tmpfs shm rw`;
  assert.equal(isOwnContainer(id, { mounts: shm, hostname: 'server' }), false);
  assert.equal(isOwnContainer(id, { mounts: '', hostname: id.slice(0, 12) }), true);
});

test('without a container that is restored there is no project, and nothing is stopped', () => {
  assert.deepEqual(names(chooseByPreset(around([container('web')], { restored: [] }))), []);
});

test('a service that is named is found by its name in compose, or as a container, all replicas of it', () => {
  const second = { ...container('web'), id: '2'.repeat(64), name: 'shop-web-2' };
  const containers = around([container('web'), second, container('web', { project: 'blog', folder: '/srv/blog' })]);
  assert.deepEqual(names(chooseByName('web', containers)), [['shop-web-1', 'shop-web-2']]);
  assert.deepEqual(names(chooseByName('blog-web-1', containers)), [['blog-web-1']]);
});

test('a service that is in none of the near projects, but in two others, is not guessed', () => {
  const of = (project: string) => container('mail', { project, folder: `/srv/${project}` });
  assert.throws(() => chooseByName('mail', around([of('blog'), of('wiki')])), {
    code: 'ambiguous',
    message: /"blog-mail-1" of project "blog" in \/srv\/blog, container "wiki-mail-1"/,
  });
});

test('a service that is not there, or that is the restored server, ends the plan', () => {
  assert.throws(() => chooseByName('wbe', around([container('web')])), { code: 'not-found', message: /"db", "web"/ });
  assert.throws(() => chooseByName('db', around([])), { code: 'settings', message: /"shop-db-1".* must run/ });
});

test('a service that is named and does not run stays so', () => {
  const chosen = chooseByName('web', around([container('web', { state: 'exited' })]));
  assert.deepEqual([names(chosen), chosen.warnings], [[], ['"shop-web-1" is exited, and stays so']]);
});

const IMAGES: readonly [string, string | undefined][] = [
  ['docker.io/bitnami/redis:7', 'a cache'],
  ['localhost/shop_redis:latest', 'a cache'],
  ['shop-redis', 'a cache'],
  ['shop-redis-worker', undefined],
  ['ghcr.io/acme/shop-redis', undefined],
  ['mcr.microsoft.com/mssql/server:2022-latest', 'a database'],
  ['ghcr.io/acme/server', undefined],
  ['registry.example:5000/traefik:v3', 'a proxy'],
  ['ghcr.io/acme/web@sha256:0', undefined],
];

for (const [image, role] of IMAGES) {
  test(`the image "${image}" is ${role ?? 'part of an application'}`, () => assert.equal(roleOfImage(image), role));
}
