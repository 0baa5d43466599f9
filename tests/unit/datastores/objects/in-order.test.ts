import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { inOrder } from '../../../../scripts/datastores/objects/in-order.ts';

const { signal } = new AbortController();

async function* numbers(count: number, taken: number[] = []): AsyncGenerator<number, void> {
  for (let at = 0; at < count; at += 1) {
    taken.push(at);
    yield at;
  }
}

test('results come in the order of the items, whatever takes long', async () => {
  const found: number[] = [];
  const work = async (item: number) => {
    await setTimeout((item * 7) % 11);
    return item;
  };
  for await (const each of inOrder(numbers(50), { most: 8, room: 100, weigh: () => 1 }, work, signal)) found.push(each);
  assert.deepEqual(found, [...Array(50).keys()]);
});

test('no more is in the works than fits, and something too large for the room alone', async () => {
  let [running, bytes, most, mostBytes] = [0, 0, 0, 0];
  const sizes = [3, 3, 3, 3, 50, 1, 1, 1, 1, 1, 1, 1];
  const work = async (item: number) => {
    running += 1;
    bytes += sizes[item] as number;
    [most, mostBytes] = [Math.max(most, running), Math.max(mostBytes, bytes)];
    await setTimeout(2);
    running -= 1;
    return item;
  };
  const options = { most: 4, room: 9, weigh: (item: number) => sizes[item] as number };
  for await (const item of inOrder(numbers(sizes.length), options, work, signal)) bytes -= sizes[item] as number;
  assert.deepEqual([most, mostBytes], [4, 50]);
});

test('a failure ends what was begun, is told once, and nothing is taken after it', async () => {
  const [taken, ended]: [number[], number[]] = [[], []];
  const work = async (item: number, ending: AbortSignal) => {
    if (item === 1) throw new Error('on purpose');
    await setTimeout(item === 0 ? 1 : 60_000, undefined, { signal: ending }).catch(() => ended.push(item));
    return item;
  };
  const all = inOrder(numbers(100, taken), { most: 4, room: 100, weigh: () => 1 }, work, signal);
  await assert.rejects(
    async () => {
      for await (const _ of all);
    },
    { message: 'on purpose' },
  );
  assert.deepEqual(ended, [2, 3, 4]);
  assert.ok(taken.length <= 6, `${taken.length} items were taken`);
});
