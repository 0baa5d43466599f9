import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordHeld, wordReplaced } from '../../../scripts/commands/words.ts';

test('what a restore replaces is called by its kind, and counted', () => {
  assert.equal(wordReplaced([]), '');
  assert.equal(wordReplaced(['postgres']), 'This replaces 1 database.');
  assert.equal(wordReplaced(['postgres', 'mongo']), 'This replaces 2 databases.');
  assert.equal(
    wordReplaced(['files', 'postgres', 'redis', 'postgres']),
    'This replaces 1 folder, 2 databases and 1 server.',
  );
  assert.equal(wordReplaced(['of-a-later-version']), 'This replaces 1 source.');
});

test('what a source holds is called by its kind', () => {
  assert.equal(wordHeld({ kind: 'redis', name: 'default' }, 1, 3), '1 key space, 3 keys');
  assert.equal(wordHeld({ kind: 'postgres', name: 'globals.sql' }, 0, 2), '2 roles');
});
