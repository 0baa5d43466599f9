import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Promised } from '../../../../scripts/datastores/postgres/restore/room.ts';

test('room is promised folder by folder, and what was promised counts for the next database', () => {
  const promised = new Promised();
  assert.equal(promised.of('/data'), 0);
  promised.add('/data', 300);
  promised.add('/fast', 7);
  promised.add('/data', 40);
  assert.deepEqual([promised.of('/data'), promised.of('/fast'), promised.of('/other')], [340, 7, 0]);
});
