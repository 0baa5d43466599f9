import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, foldersAround, nameOf, pathOf } from '../../../../scripts/datastores/secrets/names.ts';

test('names begin in the folder of the settings; what is outside keeps a marked place, and comes back to it', () => {
  const table: [string, string][] = [
    ['/srv/shop/.env', '.env'],
    ['/srv/shop/keys/a.pem', 'keys/a.pem'],
    ['/srv/shop', ''],
    ['/srv/shop2/.env', '.absolute/srv/shop2/.env'],
    ['/etc/ssl/a.pem', '.absolute/etc/ssl/a.pem'],
    ['/srv/shop/..keys', '..keys'],
    ['/srv', '.absolute/srv'],
  ];
  for (const [path, name] of table) {
    assert.equal(nameOf(path, '/srv/shop'), name);
    assert.equal(pathOf(name, '/srv/shop', true), path);
  }
});

test('elsewhere everything stays below the folder that was named', () => {
  assert.equal(pathOf('.absolute/etc/a.pem', '/copy', false), '/copy/.absolute/etc/a.pem');
});

test('a path of the settings covers what it names, what is in it, and nothing beside it', () => {
  for (const path of ['/etc/ssl', '/etc/ssl/a.pem', '/etc/ssl/deep/a.pem']) assert.ok(covers('/etc/ssl', path), path);
  for (const path of ['/etc', '/etc/ssl2', '/etc/sslx/a.pem', '/etc/s']) assert.ok(!covers('/etc/ssl', path), path);
  assert.ok(covers('/etc/*.pem', '/etc/a.pem'));
  for (const path of ['/etc/a/b.pem', '/etc/a.key', '/etc/apem']) assert.ok(!covers('/etc/*.pem', path), path);
});

test('the folders around a name are those between it and the base', () => {
  assert.deepEqual(foldersAround('a/b/c'), ['a', 'a/b']);
  assert.deepEqual(foldersAround('a'), []);
});
