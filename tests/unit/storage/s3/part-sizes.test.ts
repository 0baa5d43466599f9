import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ORDINARY_PARTS, type PartSizes, partSizes, partsInMemory } from '../../../../scripts/storage/s3/part-sizes.ts';

const MEBIBYTE = 1024 * 1024;
const GIGABYTE = 1_000_000_000;
const EQUAL: PartSizes = { ...ORDINARY_PARTS, equal: true };

/** How many bytes all parts together hold. */
function capacity(sizes: PartSizes, expectedBytes?: number): number {
  const sizeOf = partSizes(sizes, expectedBytes);
  let sum = 0;
  for (let part = 1; ; part += 1) {
    const size = sizeOf(part);
    if (size === undefined) return sum;
    sum += size;
  }
}

/** How many parts an object of this size takes. */
function partsFor(bytes: number, sizes: PartSizes, expectedBytes?: number): number {
  const sizeOf = partSizes(sizes, expectedBytes);
  let [left, part] = [bytes, 0];
  while (left > 0) {
    part += 1;
    left -= sizeOf(part) ?? Number.NaN;
    if (Number.isNaN(left)) return Number.POSITIVE_INFINITY;
  }
  return part;
}

test('an object of unknown size may become 500 GB large, with equal parts and with growing ones', () => {
  assert.ok(capacity(ORDINARY_PARTS) >= 500 * GIGABYTE);
  assert.ok(capacity(EQUAL) >= 500 * GIGABYTE);
});

test('an object of 80 GB keeps within 10,000 parts whatever was expected', () => {
  for (const sizes of [ORDINARY_PARTS, EQUAL]) {
    for (const expected of [undefined, 0, 1, 8 * GIGABYTE, 80 * GIGABYTE, 800 * GIGABYTE]) {
      assert.ok(partsFor(80 * GIGABYTE, sizes, expected) <= 10_000, `expected ${expected}`);
    }
  }
});

test('what is expected fits by far, up to 5 TiB', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 * 1024 ** 4 }), fc.boolean(), (expected, equal) => {
      const sizes = { ...ORDINARY_PARTS, equal };
      const sizeOf = partSizes(sizes, expected);
      assert.ok(capacity(sizes, expected) >= expected * 1.5);
      for (const part of [1, 5000, 10_000]) assert.ok((sizeOf(part) ?? 0) >= 5 * MEBIBYTE);
      assert.equal(sizeOf(10_001), undefined);
      if (equal) assert.equal(sizeOf(1), sizeOf(10_000));
    }),
    { numRuns: 20 },
  );
});

test('parts never become smaller, and are in whole MiB', () => {
  for (const expected of [undefined, 3 * GIGABYTE, 77 * GIGABYTE, 3000 * GIGABYTE]) {
    const sizeOf = partSizes(ORDINARY_PARTS, expected);
    for (let part = 2; part <= 10_000; part += 1) assert.ok((sizeOf(part) ?? 0) >= (sizeOf(part - 1) ?? 0));
    for (const part of [1, 420, 421, 9999]) assert.equal((sizeOf(part) ?? 1) % MEBIBYTE, 0);
  }
});

test('parts in memory stay near 50 MiB as long as an object has less than 500 GB', () => {
  for (const expected of [undefined, GIGABYTE, 100 * GIGABYTE, 300 * GIGABYTE]) {
    for (const sizes of [ORDINARY_PARTS, EQUAL]) {
      for (const part of [1, 420, 421, 1000, 1001, 10_000]) {
        const size = partSizes(sizes, expected)(part) ?? 0;
        const memory = size * partsInMemory(sizes, size);
        if (sizes === ORDINARY_PARTS || expected !== 300 * GIGABYTE) assert.ok(memory <= 52 * MEBIBYTE, `${memory}`);
      }
    }
  }
});

test('small parts are sent three at a time, larger ones in pairs, the largest one by one', () => {
  const counts = [5, 7, 8, 20, 21, 52, 1024].map((size) => partsInMemory(ORDINARY_PARTS, size * MEBIBYTE));
  assert.deepEqual(counts, [3, 2, 2, 2, 1, 1, 1]);
});

test('a size that the person has set is the size of every part', () => {
  const sizeOf = partSizes({ ...ORDINARY_PARTS, fixed: 7 * MEBIBYTE }, 900 * GIGABYTE);
  assert.deepEqual([1, 401, 10_000, 10_001].map(sizeOf), [7 * MEBIBYTE, 7 * MEBIBYTE, 7 * MEBIBYTE, undefined]);
});
