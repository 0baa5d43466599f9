import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Memory, readMemory, remember, writeMemory } from '../../../scripts/notify/memory.ts';
import type { Notice, NoticeKind } from '../../../scripts/notify/notifier.ts';
import { type Listener, tell } from '../../../scripts/notify/tell.ts';
import { exampleNotice } from '../../contract/notify.ts';

const HOUR = 60 * 60 * 1000;
const NOON = new Date('2026-05-07T12:00:00Z');

function listener(
  name: string,
  on: readonly NoticeKind[],
  more: Partial<Listener> = {},
): Listener & { heard: string[] } {
  const heard: string[] = [];
  const send = async ({ kind }: Notice) => void heard.push(kind);
  return { notifier: { name, send }, on, audience: 'people', heard, ...more };
}

/** Tells one notice after the other and gives what each listener did. */
async function story(
  listeners: readonly Listener[],
  notices: readonly [hour: number, notice: Notice][],
  repeatHours = 6,
) {
  let memory: Memory = [];
  const outcomes: string[][] = [];
  for (const [hour, notice] of notices) {
    const now = new Date(NOON.getTime() + hour * HOUR);
    const options = { signal: AbortSignal.timeout(5000), repeatHours, memory, now };
    const telling = await tell(listeners, notice, options);
    memory = telling.memory;
    outcomes.push(telling.told.map(({ outcome }) => outcome));
  }
  return { outcomes, memory };
}

const failure = exampleNotice();
const success = exampleNotice({ kind: 'success', news: 'good' });
const recovery = exampleNotice({ kind: 'success', news: 'good', recovery: true });

test('people hear what they chose, and everybody hears a test', async () => {
  const people = listener('slack', ['failure']);
  const kinds = ['start', 'success', 'failure', 'suspicious', 'test'] as const;
  await story(
    [people],
    kinds.map((kind) => [0, exampleNotice({ kind })]),
  );
  assert.deepEqual(people.heard, ['failure', 'test']);
});

test('the same failure is told again only after the time that is set', async () => {
  const people = listener('slack', ['failure', 'success']);
  const { outcomes } = await story(
    [people],
    [
      [0, failure],
      [1, failure],
      [5.9, failure],
      [6, failure],
      [11, failure],
    ],
  );
  assert.deepEqual(outcomes.flat(), ['sent', 'skipped', 'skipped', 'sent', 'skipped']);
});

test('another failure, one of another work, and one after a success are news', async () => {
  const people = listener('slack', ['failure']);
  const other = exampleNotice({ news: 'disk full' });
  const elsewhere = exampleNotice({ work: 'production verify' });
  const notices = [failure, other, elsewhere, failure, success, failure, elsewhere];
  const { outcomes } = await story(
    [people],
    notices.map((notice) => [0, notice]),
  );
  assert.deepEqual(outcomes.flat(), ['sent', 'sent', 'sent', 'skipped', 'skipped', 'sent', 'skipped']);
});

test('a watchdog hears the same failure each time', async () => {
  const ping = listener('ping', ['start', 'success', 'failure', 'suspicious'], { audience: 'watchdog' });
  const { outcomes } = await story(
    [ping],
    [
      [0, failure],
      [1, failure],
      [1, success],
      [2, failure],
    ],
  );
  assert.deepEqual(outcomes.flat(), ['sent', 'sent', 'sent', 'sent']);
});

test('those who hear of failures hear once that it is good again', async () => {
  const people = listener('slack', ['failure']);
  await story(
    [people],
    [
      [0, failure],
      [1, recovery],
      [2, success],
      [3, success],
    ],
  );
  assert.deepEqual(people.heard, ['failure', 'success']);
});

test('what could not be told is told the next time', async () => {
  let dead = true;
  const send = async () => {
    if (dead) throw new TypeError('https://secret.example/Kw7zQ9xJ');
  };
  const people: Listener = { notifier: { name: 'slack', send }, on: ['failure'], audience: 'people' };
  const first = await story([people], [[0, failure]]);
  assert.deepEqual([first.outcomes, first.memory], [[['failed']], []]);
  dead = false;
  assert.deepEqual(
    (
      await story(
        [people],
        [
          [0, failure],
          [0, failure],
        ],
      )
    ).outcomes,
    [['sent'], ['skipped']],
  );
});

test('an error that no notifier knows is told without its words', async () => {
  const send = async () => {
    throw new TypeError('https://secret.example/Kw7zQ9xJ');
  };
  const people: Listener = { notifier: { name: 'slack', send }, on: ['failure'], audience: 'people' };
  const { told } = await tell([people], failure, { signal: AbortSignal.timeout(1000), repeatHours: 6 });
  assert.equal(told[0]?.outcome, 'failed');
  assert.doesNotMatch(JSON.stringify(told), /secret|Kw7/);
});

test('one that fails or hangs keeps no other from hearing', async () => {
  const hangs: Listener = {
    notifier: {
      name: 'a',
      send: (_, { signal }) => new Promise((_, no) => signal.addEventListener('abort', () => no(signal.reason))),
    },
    on: ['failure'],
    audience: 'people',
  };
  const people = listener('b', ['failure']);
  const { told } = await tell([hangs, people], failure, { signal: AbortSignal.timeout(100), repeatHours: 6 });
  assert.deepEqual(
    told.map(({ outcome }) => outcome),
    ['failed', 'sent'],
  );
});

test('a memory of the future counts for nothing', async () => {
  const people = listener('slack', ['failure']);
  const { outcomes } = await story(
    [people],
    [
      [48, failure],
      [0, failure],
    ],
  );
  assert.deepEqual(outcomes.flat(), ['sent', 'sent']);
});

test('a memory is read as it was written, by its owner alone, and never grows without end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-notify-'));
  try {
    const path = join(folder, 'notices.json');
    const text = fc.string({ minLength: 1 });
    let memory: Memory = [];
    for (const [notifier, work, news] of fc.sample(fc.tuple(text, text, text), 700)) {
      memory = remember(memory, [notifier ?? ''], exampleNotice({ work: work ?? '', news: news ?? '' }), NOON);
    }
    assert.equal(memory.length, 500);
    await writeMemory(path, memory);
    assert.deepEqual(await readMemory(path), memory);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['notices.json']);
    const whole = await readFile(path, 'utf8');
    for (const damaged of ['', '{', 'null', '[1,{"notifier":1}]', whole.slice(0, -20)]) {
      await writeFile(path, damaged);
      assert.deepEqual(await readMemory(path), []);
    }
    assert.deepEqual(await readMemory(join(folder, 'none')), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});
