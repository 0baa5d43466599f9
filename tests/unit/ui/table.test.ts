import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layTable } from '../../../scripts/ui/table.ts';

test('columns are as wide as their widest cell, two blanks apart, numbers to the right, no trailing blanks', () => {
  const lines = layTable(
    [{ head: 'SET' }, { head: 'SIZE', align: 'right' }, { head: 'HOLDS' }],
    [
      ['2026-05-07T15-20', '1.0 kB', 'postgres 1'],
      ['x', '999 MB', ''],
    ],
  );
  assert.deepEqual(lines, [
    'SET                 SIZE  HOLDS',
    '2026-05-07T15-20  1.0 kB  postgres 1',
    'x                 999 MB',
  ]);
});

test('a table without rows is its heads, and a missing cell is empty', () => {
  assert.deepEqual(layTable([{ head: 'A' }, { head: 'B' }], []), ['A  B']);
  assert.deepEqual(layTable([{ head: 'A' }, { head: 'B' }], [['only one']]), ['A         B', 'only one']);
});
