import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { freeSetName, parseSetName, reserveSet, resolveSetName } from '../../../scripts/sets/name.ts';
import { temporaryStorage } from './example-set.ts';

const at = new Date('2026-05-07T15:36:42.900Z');

for (const [taken, expected] of [
  [[], '2026-05-07T15-36'],
  [['2026-05-07T15-35', '2026-05-07T15-36-42'], '2026-05-07T15-36'],
  [['2026-05-07T15-36'], '2026-05-07T15-36-42'],
  [['2026-05-07T15-36', '2026-05-07T15-36-42'], '2026-05-07T15-36-43'],
  [['2026-05-07T15-36', '2026-05-07T15-36-42', '2026-05-07T15-36-43'], '2026-05-07T15-36-44'],
] as const) {
  test(`with ${taken.length === 0 ? 'nothing' : taken.join(', ')} taken the next set is ${expected}`, () => {
    assert.equal(freeSetName(at, new Set(taken)), expected);
  });
}

test('when all seconds of a minute are taken the name is of the next minute, with its seconds', () => {
  const seconds = Array.from({ length: 18 }, (_, index) => `2026-05-07T15-36-${index + 42}`);
  assert.equal(freeSetName(at, new Set(['2026-05-07T15-36', '2026-05-07T15-37', ...seconds])), '2026-05-07T15-37-00');
});

for (const [name, expected] of [
  ['2026-05-07T15-36', '2026-05-07T15:36:00.000Z'],
  ['2026-05-07T15-36-42', '2026-05-07T15:36:42.000Z'],
  ['2024-02-29T00-00', '2024-02-29T00:00:00.000Z'],
] as const) {
  test(`${name} says ${expected}`, () => assert.equal(parseSetName(name)?.toISOString(), expected));
}

for (const name of [
  '',
  'latest',
  '2026-05-07',
  '2026-05-07T15-36.partial',
  '2026-05-07T15:36',
  '2026-02-30T00-00',
  '2026-13-01T00-00',
  '2026-05-07T24-00',
  '2026-05-07T15-60',
  '2026-05-07T15-36-60',
  '2026-05-07T15-36-4',
  ' 2026-05-07T15-36',
  '2026-05-07T15-36\n',
  '2026-05-07t15-36',
  '20260507T1536',
  '2025-02-29T00-00',
]) {
  test(`${JSON.stringify(name)} is not the name of a set`, () => assert.equal(parseSetName(name), undefined));
}

test('every name that is made can be read back to its second', () => {
  const dates = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(dates, (date) => {
      const minute = freeSetName(date, new Set());
      const second = freeSetName(date, new Set([minute]));
      assert.equal(parseSetName(second)?.getTime(), Math.floor(date.getTime() / 1000) * 1000);
      assert.equal(parseSetName(minute)?.getTime(), Math.floor(date.getTime() / 60_000) * 60_000);
    }),
  );
});

test('12 runs that begin in the same moment get 12 names', async (context) => {
  const storage = await temporaryStorage(context);
  const names = await Promise.all(Array.from({ length: 12 }, () => reserveSet(storage, at)));
  assert.equal(new Set(names).size, 12);
  assert.equal((await storage.entries()).length, 12);
});

test('a storage that cannot reserve is told at once, not taken for a name that is taken', async (context) => {
  const storage = await temporaryStorage(context);
  let asked = 0;
  const broken = {
    ...storage,
    reserve: () => {
      asked += 1;
      return Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
    },
  };
  await assert.rejects(reserveSet(broken, at), { code: 'EIO' });
  assert.equal(asked, 1);
});

const names = ['2026-05-06T15-36', '2026-05-07T15-36', '2026-05-07T15-36-42', '2026-05-08T00-00'];
for (const [wanted, expected] of [
  ['latest', '2026-05-08T00-00'],
  ['2026-05-07T15-36', '2026-05-07T15-36'],
  ['2026-05-07T15-36-', '2026-05-07T15-36-42'],
  ['2026-05-06', '2026-05-06T15-36'],
  ['2026-05-08T00-00', '2026-05-08T00-00'],
] as const) {
  test(`BACKUP=${wanted} means ${expected}`, () => assert.equal(resolveSetName(wanted, names), expected));
}

test('a beginning of several sets is refused, with all of them', () => {
  assert.throws(() => resolveSetName('2026-05-07', names), {
    code: 'ambiguous',
    message: '"2026-05-07" is the beginning of 2 sets, expected of one: "2026-05-07T15-36-42", "2026-05-07T15-36"',
  });
});

test('a set that is not there is refused, with the nearest first', () => {
  assert.throws(() => resolveSetName('2026-05-06T16', names), {
    code: 'not-found',
    message: /^found no set "2026-05-06T16"; the nearest of 4: "2026-05-06T15-36", /,
  });
  for (const wanted of ['', 'x', '26-05']) assert.throws(() => resolveSetName(wanted, names), { code: 'not-found' });
  assert.throws(() => resolveSetName('latest', []), { code: 'not-found', message: /there are no sets/ });
});
