/** What of an older tarball is brought back, and where it goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftOutOf, placeOf } from '../../../../scripts/sets/bundle/layouts.ts';

const manifest = { createdAt: '2026-05-27T07:17:29Z', environment: 'staging', host: 'one', components: ['secrets'] };

test('of the secrets of a tarball nothing comes back but the env file and the keys, below docker/', () => {
  assert.equal(placeOf('secrets/.env', undefined), 'secrets/docker/.env');
  assert.equal(placeOf('secrets/keys/jwt/private.pem', undefined), 'secrets/docker/keys/jwt/private.pem');
  for (const path of ['secrets/docker-compose.yml', 'secrets/.env.d/x', 'secrets/keys', 'redis/redis.conf', '.env']) {
    assert.equal(placeOf(path, 'shop'), undefined, path);
  }
});

test('a file that the layout does not have is told', () => {
  const left = leftOutOf(manifest, ['secrets/.env', 'secrets/docker-compose.yml']);
  assert.deepEqual(left, ['not restored: "secrets/docker-compose.yml", which this layout does not have']);
});
