import assert from 'node:assert/strict';
import { relative, sep } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../scripts/common/failure.ts';
import { joinBelow, safeObjectPath, safeSetName } from '../../../scripts/storage/safe-path.ts';

const refusedPaths = [
  '',
  '/',
  '/etc/passwd',
  '..',
  '.',
  '../a',
  'a/..',
  'a/../b',
  'a/./b',
  'a//b',
  'a/',
  '\\\\host\\share',
  'a\\..\\b',
  'a\0b',
  'a\nb',
  'a\u007fb',
  'x'.repeat(256),
  'ü'.repeat(128),
];
for (const path of refusedPaths) {
  test(`refuses the object path ${JSON.stringify(path.slice(0, 20))}`, () => {
    assert.throws(() => safeObjectPath(path), { name: 'Failure', code: 'storage' });
  });
}

for (const path of [
  'a',
  'postgres/app.dump',
  'mongo/größe ✓.archive.gz',
  'a b/c',
  '...',
  '..a/b',
  '-rf',
  '$(id)',
  '%2e%2e',
]) {
  test(`takes the object path ${JSON.stringify(path)}`, () => assert.equal(safeObjectPath(path), path));
}

for (const set of ['', '.', '..', '.lock', '.removing-x', 'a/b', '2026-05-07T15-36.partial', 'a\\b']) {
  test(`refuses the set name ${JSON.stringify(set)}`, () => {
    assert.throws(() => safeSetName(set), { name: 'Failure', code: 'storage' });
  });
}

test('whatever the path is, it is refused or stays below the root', () => {
  const part = fc.oneof(fc.constantFrom('..', '.', '', 'a', '/', '\\', '\0', '~'), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.constantFrom('/', '\\', '//'), (parts, separator) => {
      const path = parts.join(separator);
      let joined: string;
      try {
        joined = joinBelow('/srv/backups', safeObjectPath(path));
      } catch (error) {
        assert.ok(error instanceof Failure);
        return;
      }
      const below = relative('/srv/backups', joined);
      assert.ok(
        below !== '' && below !== '..' && !below.startsWith(`..${sep}`),
        `${JSON.stringify(path)} -> ${joined}`,
      );
    }),
    { numRuns: 5000 },
  );
});

test('joining alone refuses what would leave the root, checked or not', () => {
  for (const path of ['..', '../x', 'a/../../x', ''])
    assert.throws(() => joinBelow('/srv/backups', path), { code: 'storage' });
});
