import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reasonOf, stoppedServers } from '../../../../scripts/commands/backup/plan.ts';
import { Failure } from '../../../../scripts/common/failure.ts';

test('the reason in a manifest is what happened, the far words, and what to try where it is known', () => {
  const facts = { message: 'cannot log in', detail: ' refused\n' };
  assert.equal(reasonOf(new Failure('denied', facts)), 'cannot log in: refused');
  assert.equal(reasonOf(new Failure('denied', { ...facts, hint: 'set X' })), 'cannot log in: refused; try: set X');
  assert.equal(reasonOf(new Failure('denied', { message: 'm', detail: ' ' })), 'm');
});

test('a server that was seen and does not run is named in the set as skipped', () => {
  const stopped = ['container "pg" is there but exited: start it'];
  const running = { kind: 'mongo' } as Parameters<typeof stoppedServers>[0]['servers'][number];
  const found = { servers: [running], failures: [], looked: { engines: [], stopped } };
  assert.deepEqual(stoppedServers(found, ['mongo', 'postgres']), [
    { kind: 'postgres', name: '*', server: 'default', reason: stopped[0] },
  ]);
  assert.deepEqual(stoppedServers(found, ['mongo']), []);
  assert.deepEqual(stoppedServers({ ...found, looked: { engines: [], stopped: [] } }, ['mongo', 'postgres']), []);
});
