import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePercent, sampleOf } from '../../../../scripts/commands/sets/sample.ts';
import type { CatalogEntry } from '../../../../scripts/sets/catalog.ts';

const entry = (at: number, bytes: number, checkedAt: string | undefined): CatalogEntry =>
  ({ state: 'complete', name: `set ${at}`, time: new Date(at * 1000), bytes, checkedAt }) as CatalogEntry;

test('a sample begins with the sets that were never looked at, then those of the longest time ago', () => {
  const entries = [
    entry(1, 100, '2026-03-01'),
    entry(2, 100, undefined),
    entry(3, 100, '2026-01-01'),
    entry(4, 100, '2026-02-01'),
  ];
  const names = (percent: number) => sampleOf(entries, percent).map(({ name }) => name);
  assert.deepEqual(names(1), ['set 2']);
  assert.deepEqual(names(50), ['set 2', 'set 3']);
  assert.deepEqual(names(100), ['set 1', 'set 2', 'set 3', 'set 4']);
  assert.deepEqual(sampleOf([], 10), []);
});

test('samples of a tenth look at every set within as many runs as there are sets, and hold at least their share', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 100 }),
      (sizes, percent) => {
        let entries = sizes.map((bytes, at) => entry(at, bytes, undefined));
        const seen = new Set<string>();
        for (let run = 0; run < sizes.length; run += 1) {
          const chosen = sampleOf(entries, percent);
          const bytes = chosen.reduce((sum, one) => sum + ('bytes' in one ? one.bytes : 0), 0);
          assert.ok(bytes >= (sizes.reduce((sum, size) => sum + size, 0) * percent) / 100 - 1e-9);
          for (const { name } of chosen) seen.add(name);
          const looked = new Set(chosen.map(({ name }) => name));
          entries = entries.map((one, at) =>
            looked.has(one.name) ? entry(at, sizes[at] ?? 0, `2026-${String(run + 1).padStart(3, '0')}`) : one,
          );
        }
        assert.equal(seen.size, sizes.length);
      },
    ),
  );
});

test('a share is a number above 0 and up to 100, with or without the sign', () => {
  assert.equal(parsePercent('10%'), 10);
  assert.equal(parsePercent('2.5'), 2.5);
  for (const wrong of ['0', '101', '-1', 'all', '', '1e1']) {
    assert.throws(() => parsePercent(wrong), /expected a share such as 10%/);
  }
});
