import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Judged, type SuspicionOptions, suspicionsOf } from '../../../scripts/commands/backup/suspicions.ts';
import type { RunOutcome, RunRecord } from '../../../scripts/runs/record.ts';
import { exampleRun } from './example-run.ts';

const DAY = 24 * 60 * 60 * 1000;
const START = Date.parse('2026-05-07T02:00:00Z');

interface Size {
  readonly [source: string]: number | { readonly bytes: number; readonly rows: number };
}

function sources(sizes: Size) {
  return Object.entries(sizes).map(([source, size]) => ({
    source,
    milliseconds: 1,
    ...(typeof size === 'number' ? { bytes: size } : size),
  }));
}

/** Runs of the nights before, the last one a night ago. */
function nights(...runs: readonly (Size | readonly [RunOutcome, Size])[]): RunRecord[] {
  return runs.map((run, index) => {
    const [outcome, sizes] = Array.isArray(run) ? run : (['good', run] as const);
    const startedAt = new Date(START - (runs.length - index) * DAY).toISOString();
    return { ...exampleRun({ outcome, sources: sources(sizes as Size) }), startedAt };
  });
}

function judge(current: Size, earlier: readonly RunRecord[], more: Partial<SuspicionOptions & Judged> = {}): string[] {
  const { skipped = [], failed = [], ...options } = more;
  const judged = { sources: sources(current), skipped, failed };
  const found = suspicionsOf(judged, { earlier, shrinkPercent: 50, startedAt: new Date(START), ...options });
  return found.map(({ kind, source }) => (source === undefined ? kind : `${kind} ${source}`));
}

const TABLE: readonly [name: string, found: () => string[], expected: readonly string[]][] = [
  ['a first run has nothing to be compared with', () => judge({ a: 1 }, []), []],
  ['the same size is usual', () => judge({ a: 100 }, nights({ a: 100 })), []],
  ['half of the usual is allowed', () => judge({ a: 50 }, nights({ a: 100 })), []],
  ['less than half has shrunk', () => judge({ a: 49 }, nights({ a: 100 })), ['shrunk a']],
  ['growth is no harm', () => judge({ a: 10_000 }, nights({ a: 100 })), []],
  ['one odd run before does not count', () => judge({ a: 100 }, nights({ a: 100 }, { a: 100 }, { a: 900 })), []],
  [
    'a slow loss shows against the median',
    () => judge({ a: 40 }, nights({ a: 100 }, { a: 90 }, { a: 60 })),
    ['shrunk a'],
  ],
  [
    'a source that stays small is usual in the end',
    () => judge({ a: 10 }, nights({ a: 99 }, { a: 99 }, { a: 99 }, { a: 10 }, { a: 10 }, { a: 10 }, { a: 10 })),
    [],
  ],
  [
    'only the newest seven good runs count',
    () => judge({ a: 10 }, nights(...Array(8).fill({ a: 99 }), ...Array(7).fill({ a: 10 }))),
    [],
  ],
  ['failed runs are no measure', () => judge({ a: 10 }, nights({ a: 10 }, ['failed', { a: 99 }], ['died', {}])), []],
  [
    'partial runs are no measure',
    () => judge({ a: 10 }, nights({ a: 10 }, ...Array(2).fill(['partial', { a: 99 }]))),
    [],
  ],
  ['nothing at all is empty', () => judge({ a: 0 }, nights({ a: 100 })), ['empty a']],
  ['what was always empty may be', () => judge({ a: 0 }, nights({ a: 0 })), []],
  ['a new source is no harm', () => judge({ a: 1, b: 1 }, nights({ a: 1 })), []],
  ['a source that is gone is told', () => judge({ a: 1 }, nights({ a: 1, b: 1 })), ['gone b']],
  [
    'a source that is skipped now is told',
    () => judge({ a: 1 }, nights({ a: 1, b: 1 }), { skipped: [{ source: 'b', reason: 'does not exist' }] }),
    ['skipped b'],
  ],
  [
    'a source that failed is told as that',
    () => judge({ a: 1 }, nights({ a: 1, b: 1 }), { failed: [{ source: 'b', reason: 'denied' }] }),
    [],
  ],
  ['a source that was gone before is old news', () => judge({ a: 1 }, nights({ a: 1, b: 1 }, { a: 1 })), []],
  [
    'what a partial run had is missed too',
    () => judge({ a: 1 }, nights({ a: 1 }, ['partial', { a: 1, b: 1 }])),
    ['gone b'],
  ],
  [
    'no rows where there were some is empty, whatever the bytes',
    () => judge({ a: { bytes: 100, rows: 0 } }, nights({ a: { bytes: 100, rows: 7 } })),
    ['empty a'],
  ],
  [
    'rows shrink like bytes',
    () => judge({ a: { bytes: 100, rows: 49 } }, nights({ a: { bytes: 100, rows: 100 } })),
    ['shrunk a'],
  ],
  ['rows that older runs do not tell are no measure', () => judge({ a: { bytes: 9, rows: 0 } }, nights({ a: 9 })), []],
  ['90 percent are asked for', () => judge({ a: 11 }, nights({ a: 100 }), { shrinkPercent: 90 }), []],
  ['a good run in time is not late', () => judge({ a: 1 }, nights({ a: 1 }), { rpoSeconds: 86_400 }), []],
  ['the set before was too old', () => judge({ a: 1 }, nights({ a: 1 }), { rpoSeconds: 86_399 }), ['late']],
  [
    'failed runs do not count as in time',
    () => judge({ a: 1 }, nights({ a: 1 }, ['failed', {}]), { rpoSeconds: 90_000 }),
    ['late'],
  ],
  ['a first run is not late', () => judge({ a: 1 }, [], { rpoSeconds: 1 }), []],
];

for (const [name, found, expected] of TABLE) test(name, () => assert.deepEqual(found(), expected));

test('what looks wrong is told with the sizes', () => {
  const earlier = nights(...Array(3).fill({ 'postgres/app': 1_200_000_000, 'mongo/shop': 5, x: 1 }));
  const current = { sources: sources({ 'postgres/app': 3_000_000, 'mongo/shop': 0 }), failed: [] };
  const skipped = [{ source: 'x', reason: 'it does not exist' }];
  const options = { earlier, shrinkPercent: 50, startedAt: new Date(START), rpoSeconds: 3600 };
  assert.deepEqual(
    suspicionsOf({ ...current, skipped }, options).map(({ text }) => text),
    [
      'postgres/app shrank to 3.0 MB from 1.2 GB (the usual of 3 good runs)',
      'mongo/shop is empty; it had 5 B (the usual of 3 good runs)',
      'x was in the last set and is skipped now: it does not exist',
      'the good set before this one was 1 d 0 h old; 1 h 00 min are allowed',
    ],
  );
});

const size = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(1000));

test('a run that is no smaller than every good run before it never looks wrong', () => {
  fc.assert(
    fc.property(fc.array(size, { maxLength: 9 }), fc.integer({ min: 1, max: 100 }), (before, shrinkPercent) => {
      const most = (source: string) => Math.max(0, ...before.map((sizes) => sizes[source] ?? 0));
      const current = { a: most('a'), b: most('b'), c: most('c') };
      assert.deepEqual(judge(current, nights(...before), { shrinkPercent }), []);
    }),
  );
});

test('a run that has nothing of what was there before looks wrong for each source', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 1000 })),
      fc.nat(6),
      (was, more) => {
        const earlier = nights(...Array(more + 1).fill(was));
        const empty = Object.fromEntries(Object.keys(was).map((source) => [source, 0]));
        assert.equal(judge(empty, earlier).length, Object.keys(was).length);
        assert.equal(judge({}, earlier).length, Object.keys(was).length);
      },
    ),
  );
});

test('the smaller a source gets, the sooner it looks wrong', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1 }), fc.nat(1000), fc.nat(1000), (before, one, other) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      const earlier = nights(...before.map((a) => ({ a })));
      const wrong = (a: number) => judge({ a }, earlier).length;
      assert.ok(wrong(less) >= wrong(more));
    }),
  );
});
