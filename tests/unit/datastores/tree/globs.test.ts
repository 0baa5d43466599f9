import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excluder } from '../../../../scripts/datastores/tree/globs.ts';

const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['*.tmp', ['a.tmp', 'deep/er/b.tmp', '.tmp'], ['a.tmpx', 'tmp', 'a.tmp/b']],
  ['cache/**', ['cache/a', 'cache/a/b'], ['cache', 'deep/cache/a', 'cachea']],
  ['cache', ['cache', 'deep/cache'], ['cache/a', 'caches']],
  ['/cache', ['cache'], ['deep/cache']],
  ['./cache/', ['cache'], ['deep/cache']],
  ['**/logs/*.log', ['logs/a.log', 'x/y/logs/a.log'], ['logs/a/b.log', 'logs/a.txt']],
  ['a/*/c', ['a/b/c'], ['a/c', 'a/b/b/c']],
  ['file?', ['file1'], ['file', 'file12', 'file/']],
  ['a+(b).[c]', ['a+(b).[c]'], ['aab.c']],
];

test('patterns leave out what they say, and nothing else', () => {
  for (const [pattern, out, kept] of CASES) {
    const isExcluded = excluder([pattern]);
    for (const path of out) assert.ok(isExcluded(path), `"${pattern}" leaves out "${path}"`);
    for (const path of kept) assert.ok(!isExcluded(path), `"${pattern}" keeps "${path}"`);
  }
});
