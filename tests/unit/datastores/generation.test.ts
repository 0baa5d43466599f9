import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { STAMP, stampAfter, stampOf, timeOfStamp } from '../../../scripts/datastores/generation.ts';

const moments = fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-30'), noInvalidDate: true });

test('a stamp is later than the newest, and that of the clock where the clock is later', () => {
  fc.assert(
    fc.property(moments, moments, (newest, now) => {
      const before = stampOf(newest);
      const stamp = stampAfter(before, now);
      assert.match(stamp, STAMP);
      assert.ok(stamp > before && stamp >= stampOf(now));
      if (stampOf(now) > before) assert.equal(stamp, stampOf(now));
      assert.equal(stampOf(new Date(timeOfStamp(stamp))), stamp);
    }),
  );
  assert.equal(stampAfter('20261231_235959', new Date('2026-12-31T23:59:59.999Z')), '20270101_000000');
  assert.equal(stampAfter(undefined, new Date('2026-12-31T23:59:59.999Z')), '20261231_235959');
});
