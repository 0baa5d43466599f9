import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUrl, parseDestinations } from '../../../../scripts/commands/restore/destination.ts';

const read = (word: string) => [...parseDestinations([word])][0];

test('a destination is another database, another server, a path, or a URL', () => {
  assert.deepEqual(read('a=b'), ['a', { database: 'b', server: undefined }]);
  assert.deepEqual(read('postgres/c=d'), ['postgres/c', { database: 'd', server: undefined }]);
  assert.deepEqual(read('app=staging/app_copy'), ['app', { database: 'app_copy', server: 'staging' }]);
  assert.deepEqual(read('app=staging/'), ['app', { database: undefined, server: 'staging' }]);
  const url = 'postgres://me@db.example:5432/app%20two?sslmode=require';
  assert.deepEqual(read(`app=${url}`), ['app', { database: 'app two', server: url }]);
  assert.deepEqual(read('app=mongodb://db.example'), ['app', { database: undefined, server: 'mongodb://db.example' }]);
  assert.deepEqual(read('uploads=/srv/copy'), ['uploads', { database: '/srv/copy', server: undefined }]);
  assert.deepEqual(read('uploads=./copy'), ['uploads', { database: './copy', server: undefined }]);
  assert.equal(isUrl(url), true);
  assert.equal(isUrl('staging'), false);
});

test('anything else is told, with examples', () => {
  for (const word of ['a', '=b', 'a=', 'a=b=c', 'a=x/y/z']) {
    assert.throws(() => parseDestinations([word]), { code: 'usage', message: /--to/, hint: /app=staging\/app/ }, word);
  }
});
