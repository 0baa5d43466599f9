import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { InFlight } from '../../../scripts/storage/sftp/in-flight.ts';

/** Has it ended by now? */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  await setImmediate();
  return done;
}

test('there is room until the limit is reached, and again when a request was answered', async () => {
  const flight = new InFlight(100);
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  await flight.room();
  flight.add(60, first.promise);
  await flight.room();
  flight.add(60, second.promise);
  const room = flight.room();
  assert.equal(await isDone(room), false);
  first.resolve();
  await room;
  const settled = flight.settled();
  assert.equal(await isDone(settled), false);
  second.resolve();
  await settled;
});

test('a request that fails is told by whoever waits, and by everybody after', async () => {
  const flight = new InFlight(10);
  const request = Promise.withResolvers<void>();
  flight.add(20, request.promise);
  const room = flight.room();
  request.reject(new Error('disk full'));
  await assert.rejects(room, /disk full/);
  await assert.rejects(flight.settled(), /disk full/);
  await assert.rejects(flight.room(), /disk full/);
});
