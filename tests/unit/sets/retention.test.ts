import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../scripts/common/failure.ts';
import type { CatalogEntry, CompleteEntry } from '../../../scripts/sets/catalog.ts';
import { readCatalog } from '../../../scripts/sets/catalog.ts';
import { PROOF_LEVELS, type ProofLevel, SET_SCHEMA } from '../../../scripts/sets/manifest.ts';
import { PARTIAL_REST, pruneSets, sweepLeftovers } from '../../../scripts/sets/prune.ts';
import { planRetention, type RetentionRules } from '../../../scripts/sets/retention.ts';
import { openSetWriter } from '../../../scripts/sets/writer.ts';
import { quiet, sourceOfFile, temporaryStorage, writeExampleSet } from './example-set.ts';

const DAY = 24 * 60 * 60 * 1000;
const now = new Date('2026-05-31T12:00:00Z');
const rules: RetentionRules = { days: 7, now, environment: 'shop', runFailed: false };

interface Facts {
  proof?: ProofLevel;
  environment?: string;
  failed?: number;
  holds?: readonly string[];
  choice?: readonly string[];
}

/** A complete set that is so many days old. */
function set(
  age: number,
  { proof = 'readable', environment = 'shop', failed = 0, holds = [], choice }: Facts = {},
): CompleteEntry {
  const time = new Date(now.getTime() - age * DAY);
  const id = `set-${age}`;
  const failures = Array.from({ length: failed }, () => ({}));
  const manifest = {
    schema: SET_SCHEMA,
    id,
    createdAt: time.toISOString(),
    environment,
    ...(choice === undefined ? {} : { choice }),
    sources: holds.map((name) => ({ kind: 'postgres', name, server: 'default', artifacts: [] })),
    skipped: [],
    failed: failures,
    extras: [],
  } as const;
  return { state: 'complete', name: id, time, manifest, bytes: 1, proof, provenAt: undefined };
}

/** "name: rule" of every decision, "-" before those that are removed. */
function plan(entries: readonly CatalogEntry[], changes: Partial<RetentionRules> = {}): string[] {
  return planRetention(entries, { ...rules, ...changes }).map(
    ({ entry, action, reason }) => `${action === 'remove' ? '-' : ''}${entry.name}: ${reason.rule}`,
  );
}

/** A set of everything each night, one of Redis alone ten hours later. */
const nightsAndRedis = [3, 2, 1, 0].flatMap((age) => [set(age + 0.6), set(age + 0.2, { choice: ['redis'] })]);

const tables: [string, CatalogEntry[], string[], Partial<RetentionRules>?][] = [
  ['nothing is kept when there is nothing', [], []],
  [
    'sets of a choice do not push out those of everything',
    nightsAndRedis,
    [
      ...['-set-3.6: expired', '-set-3.2: expired', '-set-2.6: expired', '-set-2.2: expired'],
      ...['set-1.6: daily', 'set-1.2: daily', 'set-0.6: daily', 'set-0.2: newest-good'],
    ],
    { days: undefined, daily: 2, choices: [{ choice: [] }, { choice: ['redis'] }] },
  ],
  [
    'sets of a choice that nobody makes any more go like all others, and push out none of those that are made',
    [set(4.2, { choice: ['redis'] }), set(3.2, { choice: ['redis'] }), set(3.6), set(2.6), set(1.6), set(0.1)],
    [
      ...['-set-4.2: expired', '-set-3.2: expired', '-set-3.6: expired', '-set-2.6: expired'],
      ...['set-1.6: daily', 'set-0.1: newest-good'],
    ],
    { days: undefined, daily: 2, force: true },
  ],
  [
    'a set of a choice that was made once, the newest of its day, leaves the day of everything alone',
    [set(1.6), set(1.55, { choice: ['redis'] }), set(0.6), set(0.55, { choice: ['redis'] })],
    ['set-1.6: daily', 'set-1.55: daily', 'set-0.6: daily', 'set-0.55: newest-good'],
    { days: undefined, daily: 2 },
  ],
  [
    'sets of a choice can have a policy of their own',
    nightsAndRedis,
    [
      ...['-set-3.6: expired', 'set-3.2: last', '-set-2.6: expired', 'set-2.2: last'],
      ...['-set-1.6: expired', 'set-1.2: last', 'set-0.6: daily', 'set-0.2: newest-good'],
    ],
    { days: undefined, daily: 1, choices: [{ choice: [] }, { choice: ['redis'], policy: { last: 4 } }] },
  ],
  ['a single old set is the newest good one', [set(100)], ['set-100: newest-good']],
  [
    'old sets go when newer good ones are there',
    [set(9), set(8), set(7), set(6), set(0)],
    ['-set-9: expired', '-set-8: expired', 'set-7: within', 'set-6: within', 'set-0: newest-good'],
  ],
  [
    'the newest set that holds a source stays, so that runs of one kind alone never make the others expire',
    [
      set(40, { holds: ['a', 'b'] }),
      set(30, { holds: ['a', 'b'] }),
      set(20, { holds: ['a'] }),
      set(1, { holds: ['a'] }),
    ],
    ['-set-40: expired', 'set-30: only-holder', '-set-20: expired', 'set-1: newest-good'],
  ],
  [
    'a set in which a source failed does not replace the older dump of that source',
    [set(30, { holds: ['a', 'b'] }), set(20, { holds: ['a', 'b'], failed: 1 }), set(1, { holds: ['a'], failed: 1 })],
    ['set-30: newest-good', 'set-20: only-holder', 'set-1: within'],
  ],
  [
    'the newest set of the highest proof stays, however old',
    [set(90, { proof: 'proven' }), set(80, { proof: 'proven' }), set(70), set(1)],
    ['-set-90: expired', 'set-80: newest-of-highest-proof', '-set-70: expired', 'set-1: newest-good'],
  ],
  [
    'a set that was never verified neither counts nor goes',
    [set(30), set(20, { proof: 'stored' }), set(1, { proof: 'stored' })],
    ['set-30: newest-good', 'set-20: not-verified', 'set-1: not-verified'],
  ],
  [
    'a set that lacks a failed source does not count as good, and goes only for a newer good one',
    [set(40, { failed: 1 }), set(30), set(20, { failed: 2 }), set(1, { failed: 1 })],
    ['-set-40: expired', 'set-30: newest-good', 'set-20: no-newer-good', 'set-1: within'],
  ],
  [
    'sets of another environment are kept and not counted',
    [set(30), set(20, { environment: 'prod' }), set(1, { environment: 'prod' })],
    ['set-30: newest-good', 'set-20: other-environment', 'set-1: other-environment'],
  ],
  [
    'nothing goes after a failed run',
    [set(30), set(20), set(0)],
    ['set-30: run-failed', 'set-20: run-failed', 'set-0: newest-good'],
    { runFailed: true },
  ],
  ['half an hour short of the limit is within it', [set(6.98), set(0)], ['set-6.98: within', 'set-0: newest-good']],
];
for (const [name, entries, expected, changes] of tables) {
  test(name, () => assert.deepEqual(plan(entries, changes), expected));
}

test('legacy, damaged, partial and foreign entries are kept, each with its reason', () => {
  const time = new Date(now.getTime() - 365 * DAY);
  const others: CatalogEntry[] = [
    { state: 'legacy', name: 'legacy', time, sources: [], bytes: 1 },
    { state: 'damaged', name: 'damaged', time, reason: 'cut', bytes: 1 },
    { state: 'partial', name: 'partial', time, changed: time, bytes: 1 },
    { state: 'foreign', name: 'foreign', time, reason: 'a file' },
  ];
  assert.deepEqual(plan([...others, set(0)]), [
    'legacy: no-manifest',
    'damaged: damaged',
    'partial: unfinished',
    'foreign: not-ours',
    'set-0: newest-good',
  ]);
});

test('an expired set says its age, the limit and how many good ones are newer', () => {
  const [decision] = planRetention([set(9.5), set(3), set(0)], rules);
  assert.deepEqual(decision?.reason, { rule: 'expired', policy: { days: 7 }, ageDays: 9, newerGood: 2 });
});

test('a set of our environment from the future refuses everything, by minutes it does not', () => {
  const jumped = { code: 'clock-jumped', message: /but the set "set--1" is of 2026-06-01/ };
  assert.throws(() => plan([set(30), set(20), set(-1)]), jumped);
  assert.throws(() => plan([set(30), set(20), set(-1)], { force: true }), jumped);
  assert.throws(() => plan([set(30), set(-1, { proof: 'stored' })]), jumped);
  assert.equal(plan([set(30), set(-1, { environment: 'prod' })]).length, 2);
  assert.equal(plan([set(30), set(-4 / 24 / 60)])[0], '-set-30: expired');
});

test('more than half of the sets and more than three at once is refused, unless the person insists', () => {
  const old = (count: number): CatalogEntry[] => Array.from({ length: count }, (_, index) => set(30 + index));
  assert.throws(() => plan([...old(4), set(0)]), { code: 'clock-jumped', message: /^4 of 5 verified sets/ });
  assert.equal(plan([...old(4), set(0)], { force: true }).filter((line) => line.startsWith('-')).length, 4);
  assert.equal(plan([...old(3), set(0)]).filter((line) => line.startsWith('-')).length, 3);
  assert.equal(
    plan([...old(5), ...[0, 1, 2, 3, 4].map((age) => set(age))]).filter((line) => line.startsWith('-')).length,
    5,
  );
  assert.throws(() => plan([...old(6), ...[0, 1, 2, 3, 4].map((age) => set(age))]), { code: 'clock-jumped' });
});

test('a limit that is no number of days removes nothing', () => {
  for (const days of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => plan([set(30), set(0)], { days }), { code: 'settings' });
  }
});

/** Random calendars: ages up to a year, a few from the future, all proofs, failures and environments, strangers. */
const anyEntry: fc.Arbitrary<CatalogEntry> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({
        age: fc.oneof(
          { weight: 300, arbitrary: fc.integer({ min: 0, max: 3000 }).map((tenths) => tenths / 30) },
          fc.double({ min: -3, max: 0, noNaN: true }),
        ),
        proof: fc.constantFrom(...PROOF_LEVELS),
        environment: fc.constantFrom('shop', 'shop', 'shop', 'prod'),
        failed: fc.constantFrom(0, 0, 0, 1),
      })
      .map(({ age, ...facts }) => set(age, facts)),
  },
  {
    weight: 1,
    arbitrary: fc
      .nat(400)
      .map((age): CatalogEntry => ({ ...strip(set(age)), state: 'damaged', reason: 'x', bytes: 1 })),
  },
  {
    weight: 1,
    arbitrary: fc.nat(400).map((age): CatalogEntry => ({ ...strip(set(age)), state: 'foreign', reason: 'x' })),
  },
  {
    weight: 1,
    arbitrary: fc.nat(400).map((age): CatalogEntry => ({ ...strip(set(age)), state: 'legacy', sources: [], bytes: 1 })),
  },
);

function strip({ name, time }: CompleteEntry): { name: string; time: Date } {
  return { name, time };
}

const anyRules = fc.record({
  days: fc.integer({ min: 1, max: 60 }),
  now: fc
    .oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 30 }) }, fc.integer({ min: -400, max: 400 }))
    .map((days) => new Date(now.getTime() + days * DAY)),
  environment: fc.constant('shop'),
  runFailed: fc.constantFrom(false, false, false, true),
  force: fc.constantFrom(true, true, false),
});

test('in no calendar does a removal break a promise', () => {
  let removed = 0;
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 40, size: 'max' }), anyRules, (entries, chosen) => {
      const outcome = decisionsOf(entries, chosen);
      if (outcome === 'clock-jumped') return;
      assert.deepEqual(
        outcome.map(({ entry }) => entry),
        entries,
      );
      const gone = outcome.filter(({ action }) => action === 'remove').map(({ entry }) => entry);
      removed += gone.length;
      checkPromises(entries, gone, chosen);
    }),
    { numRuns: 3000 },
  );
  assert.ok(removed > 1000, `only ${removed} removals were looked at`);
});

function decisionsOf(entries: readonly CatalogEntry[], chosen: RetentionRules) {
  try {
    return planRetention(entries, chosen);
  } catch (error) {
    assert.ok(error instanceof Failure && error.code === 'clock-jumped');
    return error.code;
  }
}

function checkPromises(entries: readonly CatalogEntry[], gone: readonly CatalogEntry[], chosen: RetentionRules): void {
  const good = entries.filter(
    (entry): entry is CompleteEntry =>
      entry.state === 'complete' &&
      entry.proof !== 'stored' &&
      entry.manifest.environment === 'shop' &&
      entry.manifest.failed.length === 0,
  );
  const newest = Math.max(...good.map(({ time }) => time.getTime()));
  const highest = Math.max(...good.map(({ proof }) => PROOF_LEVELS.indexOf(proof)));
  const kept = good.filter((entry) => !gone.includes(entry));
  if (good.length > 0) {
    assert.ok(
      kept.some(({ time }) => time.getTime() === newest),
      'the newest good set is gone',
    );
    const best = good.filter(({ proof }) => PROOF_LEVELS.indexOf(proof) === highest).map(({ time }) => time.getTime());
    const keptBest = kept
      .filter(({ proof }) => PROOF_LEVELS.indexOf(proof) === highest)
      .map(({ time }) => time.getTime());
    assert.equal(Math.max(...keptBest), Math.max(...best), 'the newest of the highest proof is gone');
  }
  for (const entry of gone) {
    assert.ok(!chosen.runFailed, 'removed after a failed run');
    assert.ok(
      entry.state === 'complete' && entry.proof !== 'stored' && entry.manifest.environment === 'shop',
      'not ours',
    );
    assert.ok(chosen.now.getTime() - entry.time.getTime() > (chosen.days ?? 0) * DAY, 'younger than the limit');
    assert.ok(
      kept.some(({ time }) => time.getTime() >= entry.time.getTime()),
      'no newer good set stays',
    );
  }
  if (!chosen.force) assert.ok(gone.length <= 3 || gone.length <= entries.length / 2, 'too many at once');
}

test('pruning removes what was decided and asks for the lock before every single set', async (context) => {
  const storage = await temporaryStorage(context);
  for (const day of [1, 2, 3]) await writeExampleSet(storage, new Date(Date.UTC(2026, 4, day)));
  const entries = await readCatalog(storage, sourceOfFile);
  const decisions = entries.map((entry, index) => ({
    entry,
    action: index < 2 ? ('remove' as const) : ('keep' as const),
    reason: { rule: 'newest-good' as const },
    also: [],
  }));
  let asked = 0;
  const beforeRemoval = async (): Promise<void> => {
    asked += 1;
    if (asked === 2) throw new Failure('lock-lost', { message: 'lost' });
  };
  await assert.rejects(pruneSets(storage, decisions, quiet, { beforeRemoval }), { code: 'lock-lost' });
  assert.deepEqual((await storage.entries()).map(({ name }) => name).sort(), ['2026-05-02T00-00', '2026-05-03T00-00']);
  assert.deepEqual(await pruneSets(storage, decisions, quiet, { beforeRemoval }), [
    '2026-05-01T00-00',
    '2026-05-02T00-00',
  ]);
  assert.deepEqual(
    (await storage.entries()).map(({ name }) => name),
    ['2026-05-03T00-00'],
  );
});

test('partial sets are swept once they have rested, with a note; everything else stays', async (context) => {
  const storage = await temporaryStorage(context);
  const { name } = await writeExampleSet(storage, new Date('2026-05-01T00:00:00Z'));
  await openSetWriter(storage, new Date('2026-05-02T00:00:00Z'));
  const entries = await readCatalog(storage, sourceOfFile);
  const notes: string[] = [];
  const telling = {
    ...quiet,
    report: (event: { kind: string; message?: string }) => notes.push(event.message ?? event.kind),
  };
  const options = { now: new Date(), rest: PARTIAL_REST, beforeRemoval: () => Promise.resolve() };
  const context_ = {
    signal: telling.signal,
    report: (event: Parameters<typeof quiet.report>[0]) => void telling.report(event),
  };
  assert.deepEqual(await sweepLeftovers(storage, entries, context_, options), []);
  const later = { ...options, now: new Date(Date.now() + PARTIAL_REST + 1000) };
  assert.deepEqual(await sweepLeftovers(storage, entries, context_, later), ['2026-05-02T00-00']);
  assert.deepEqual(notes, ['removed the unfinished set "2026-05-02T00-00" of a run that did not end']);
  assert.deepEqual(
    (await storage.entries()).map((entry) => entry.name),
    [name],
  );
});
