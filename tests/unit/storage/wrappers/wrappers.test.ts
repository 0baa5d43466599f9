import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Failure } from '../../../../scripts/common/failure.ts';
import { delayBefore, type Patience, patiently, SHORT_PATIENCE } from '../../../../scripts/common/patience.ts';
import { IDLE_LIMITS } from '../../../../scripts/storage/index.ts';
import { objectStorage } from '../../../../scripts/storage/objects/object-storage.ts';
import { TIMES } from '../../../../scripts/storage/s3/options.ts';
import { PATIENCE } from '../../../../scripts/storage/sftp/connect.ts';
import type { Storage } from '../../../../scripts/storage/storage.ts';
import { paceOf, withBandwidth } from '../../../../scripts/storage/wrappers/bandwidth.ts';
import { withIdleLimit } from '../../../../scripts/storage/wrappers/idle.ts';
import { withProgress } from '../../../../scripts/storage/wrappers/progress.ts';
import { withRetry } from '../../../../scripts/storage/wrappers/retry.ts';
import { storageContract } from '../../../contract/storage.ts';
import { memoryStore } from '../objects/memory-store.ts';

const SET = '2026-05-07T15-36';
const HASTY = { attempts: 3, firstDelay: 1, longestDelay: 2 };
const plain = (): Storage => objectStorage(memoryStore(), { name: 'memory', location: 'memory://' });
const gone = () => new Failure('unreachable', { message: 'gone' });

storageContract('with every wrapper around it', async () =>
  withProgress(
    withRetry(withBandwidth(withIdleLimit(plain(), { answer: 2000, bytes: 2000 }), 500_000_000), HASTY),
    () => {},
  ),
);

test('progress is told after each piece, in both directions, and adds up to the object', async () => {
  const told: [string, string, number][] = [];
  const storage = withProgress(plain(), (set, path, bytes) => told.push([set, path, bytes]));
  await storage.reserve(SET);
  await storage.put(SET, 'a', Readable.from([Buffer.alloc(3), Buffer.alloc(4)]));
  assert.deepEqual(told, [
    [SET, 'a', 3],
    [SET, 'a', 7],
  ]);
  told.length = 0;
  assert.equal((await buffer(await storage.get(SET, 'a', { unfinished: true }))).length, 7);
  assert.deepEqual(told.at(-1), [SET, 'a', 7]);
});

/** A call that fails so often before it succeeds. */
function failing<Result>(times: number, result: Result, error: () => Error = gone) {
  let calls = 0;
  const work = async () => {
    calls += 1;
    if (calls <= times) throw error();
    return result;
  };
  return { work, calls: () => calls };
}

test('what means the same when done twice is tried again, and the rest is not', async () => {
  for (const name of ['entries', 'sweep', 'freeBytes'] as const) {
    const { work, calls } = failing(2, []);
    await withRetry({ ...plain(), [name]: work }, HASTY)[name]();
    assert.equal(calls(), 3, name);
  }
  const { work, calls } = failing(1, { bytes: 0 });
  await assert.rejects(withRetry({ ...plain(), put: work }, HASTY).put(SET, 'a', Readable.from([])), {
    code: 'unreachable',
  });
  assert.equal(calls(), 1);
  const reserving = failing(1, undefined);
  await assert.rejects(withRetry({ ...plain(), reserve: reserving.work }, HASTY).reserve(SET), { code: 'unreachable' });
  assert.equal(reserving.calls(), 1);
});

test('only what another try may cure is tried again, and not for ever', async () => {
  for (const code of ['denied', 'storage', 'not-found', 'no-space'] as const) {
    const { work, calls } = failing(1, 1, () => new Failure(code, { message: 'x' }));
    await assert.rejects(patiently(work, { patience: HASTY }), { code });
    assert.equal(calls(), 1, code);
  }
  const { work, calls } = failing(99, 1);
  await assert.rejects(patiently(work, { patience: HASTY }), { code: 'unreachable' });
  assert.equal(calls(), 3);
});

test('delays double up to a limit, and no two clients wait alike', () => {
  const delays = [2, 3, 4, 5, 6, 7, 20].map((attempt) => delayBefore(attempt, SHORT_PATIENCE));
  for (const [index, most] of [500, 1000, 2000, 4000, 8000, 10_000, 10_000].entries()) {
    const delay = delays[index] ?? 0;
    assert.ok(delay >= most / 2 && delay <= most, `${delay}`);
  }
  assert.ok(new Set(Array.from({ length: 20 }, () => delayBefore(9, SHORT_PATIENCE))).size > 10);
});

test('an abort ends the waiting for another try', async () => {
  const patience = { attempts: 3, firstDelay: 60_000, longestDelay: 60_000 };
  const { work } = failing(9, 1);
  await assert.rejects(patiently(work, { patience, signal: AbortSignal.timeout(20) }), { code: 'interrupted' });
});

test('streams together keep the pace, and a pause is not made up for', () => {
  let time = 0;
  const pace = paceOf(1000, () => time);
  assert.equal(pace(1000), 1000);
  assert.equal(pace(500), 1500);
  time = 60_000;
  assert.equal(pace(1000), 750);
});

test('a limited stream comes whole and not faster, in both directions', async () => {
  const bytes = randomBytes(400_000);
  const storage = withBandwidth(plain(), 1_000_000);
  await storage.reserve(SET);
  const chunks = Array.from({ length: 40 }, (_, index) => bytes.subarray(index * 10_000, (index + 1) * 10_000));
  const began = performance.now();
  await storage.put(SET, 'a', Readable.from(chunks));
  const middle = performance.now();
  assert.ok(bytes.equals(await buffer(await storage.get(SET, 'a', { unfinished: true }))));
  for (const taken of [middle - began, performance.now() - middle]) assert.ok(taken >= 100 && taken < 3000, `${taken}`);
});

test('a storage that does not answer is given up, and one whose source is silent is not', async () => {
  const never = () => new Promise<never>(() => undefined);
  const silent = withIdleLimit({ ...plain(), entries: never }, { answer: 50, bytes: 60_000 });
  await assert.rejects(silent.entries(), { code: 'timeout', message: /did not move for 0.05 s/ });
  const storage = withIdleLimit(plain(), { answer: 60_000, bytes: 100 });
  await storage.reserve(SET);
  const slow = Readable.from(
    (async function* () {
      for (const text of ['one', 'two']) {
        yield Buffer.from(text);
        await setTimeout(250);
      }
    })(),
  );
  assert.deepEqual(await storage.put(SET, 'a', slow), { bytes: 6 });
});

test('a stream that stops in the middle is told as a time-out, and a slow reader is not', async () => {
  const stuck = new Readable({ read: () => undefined });
  stuck.push('half');
  const storage = withIdleLimit({ ...plain(), get: async () => stuck }, { answer: 60_000, bytes: 100 });
  await assert.rejects(buffer(await storage.get(SET, 'a')), { code: 'timeout' });
  assert.ok(stuck.destroyed);
  const whole = withIdleLimit(
    { ...plain(), get: async () => Readable.from(['a', 'b', 'c'].map((text) => Buffer.from(text))) },
    { answer: 50, bytes: 50 },
  );
  let text = '';
  for await (const chunk of await whole.get(SET, 'a')) {
    text += chunk;
    await setTimeout(120);
  }
  assert.equal(text, 'abc');
});

test('no member is ended from outside while it still tries by itself', () => {
  const longest = ({ attempts, ...delays }: Patience) => {
    const rests = Array.from({ length: attempts - 1 }, (_, index) =>
      Math.min(delays.longestDelay, delays.firstDelay * 2 ** index),
    );
    const tries = attempts * (TIMES.connect + TIMES.idle);
    return tries + rests.reduce((sum, rest) => sum + rest, 0);
  };
  assert.ok(longest(TIMES.questions) < IDLE_LIMITS.answer, `${longest(TIMES.questions)}`);
  assert.ok(longest(TIMES.bytes) < IDLE_LIMITS.bytes, `${longest(TIMES.bytes)}`);
  assert.ok(3 * PATIENCE.keepAlive + PATIENCE.connect < IDLE_LIMITS.answer);
});
