import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../../scripts/common/secret.ts';
import { sourceOfFile } from '../../../../scripts/datastores/index.ts';
import { member } from '../../../../scripts/datastores/members/redis.ts';
import { recognizes } from '../../../../scripts/datastores/redis/recognize.ts';
import { parseServerUrl, type UrlForm, UrlProblem } from '../../../../scripts/datastores/server-url.ts';
import type { Service } from '../../../../scripts/engines/engine.ts';
import { legacySources } from '../../../../scripts/sets/legacy.ts';

const service = (image: string, ...ports: number[]): Service => ({
  ...{ id: '1', name: 'a', image, labels: {}, state: 'running' },
  ports: ports.map((inside) => ({ inside })),
});

test('servers are known by image, else by port; what only speaks with one is none', () => {
  const images = ['redis', 'docker.io/library/redis:7-alpine', 'docker.io/valkey/valkey:8', 'bitnami/redis:7.2'];
  for (const image of [...images, 'eqalpha/keydb', 'redis/redis-stack-server:latest']) {
    assert.ok(recognizes(service(image)), image);
  }
  assert.ok(recognizes(service('registry.example/our-cache:1', 6379)));
  assert.ok(!recognizes(service('registry.example/our-cache:1', 80)));
  for (const image of ['oliver006/redis_exporter', 'redis/redisinsight', 'bitnami/redis-sentinel:7']) {
    assert.ok(!recognizes(service(image, 6379)), image);
  }
});

test('files of sets without a manifest belong to the server of their folder, and to "default" without one', () => {
  const paths = [
    'redis/dump.rdb',
    'redis/cache/dump.rdb',
    'redis/cache/layout.json',
    'redis/notes.txt',
    'postgres/a/b.dump',
  ];
  const found = legacySources(
    'set',
    paths.map((path) => ({ path: `set/${path}`, bytes: 1, modified: new Date(0) })),
    sourceOfFile,
  );
  assert.deepEqual(
    found.map(({ kind, name, files }) => [kind, name, files.length]),
    [
      ['redis', 'default', 1],
      ['redis', 'cache', 2],
    ],
  );
});

test('a URL gives place and login; TLS by its scheme; a number of a database means nothing, a name is refused', () => {
  const plain = parseServerUrl(member.server?.url as UrlForm, 'redis://:p%40ss@cache.example/0');
  assert.deepEqual(
    { ...plain, password: undefined },
    {
      ...{ host: 'cache.example', port: undefined, user: undefined, password: undefined, database: undefined },
      parameters: {},
    },
  );
  assert.ok(plain.password instanceof Secret && plain.password.reveal() === 'p@ss');
  const secure = parseServerUrl(
    member.server?.url as UrlForm,
    'rediss://backup:x@cache.example:7000?tls_ca=/etc/ca.pem',
  );
  assert.deepEqual(secure.parameters, { tls: 'true', tls_ca: '/etc/ca.pem' });
  assert.deepEqual([secure.user, secure.port], ['backup', 7000]);
  for (const url of ['http://cache.example', 'redis://', 'redis://cache.example/words']) {
    assert.throws(() => parseServerUrl(member.server?.url as UrlForm, url), UrlProblem, url);
  }
});
