/** What must hold in every calendar, over random ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { POLICY_NAMES } from '../../../scripts/common/policy.ts';
import type { CompleteEntry } from '../../../scripts/sets/catalog.ts';
import { planRetention } from '../../../scripts/sets/retention.ts';
import { anyCalendar, anyPolicy, now, removedBy, setOf } from './retention-calendar.ts';
import { isGood, isProtected, ours, rulesThatKeep } from './retention-definition.ts';

const RUNS = { numRuns: 1000 };
const RULES = { now, environment: 'shop', runFailed: false, force: true };

test('in any calendar exactly that is kept which the slow definition keeps, for exactly its reasons', () => {
  let removed = 0;
  fc.assert(
    fc.property(anyCalendar, anyPolicy, (entries, policy) => {
      for (const { entry, action, reason, also } of planRetention(entries, { ...RULES, ...policy })) {
        const mayGo = !isProtected(entry, entries);
        const rules = entry.state === 'complete' ? rulesThatKeep(entry, entries, policy) : new Set();
        assert.equal(action, mayGo && rules.size === 0 ? 'remove' : 'keep', `${entry.name}: ${reason.rule}`);
        if (entry.state !== 'complete' || !ours([entry]).includes(entry)) continue;
        const told = [reason, ...also].map(({ rule }) => rule);
        assert.deepEqual(new Set(told.filter((rule) => isOfPolicy(rule))), rules, entry.name);
        if (action === 'remove') removed += 1;
      }
    }),
    RUNS,
  );
  assert.ok(removed > 1000, `only ${removed} removals were looked at`);
});

function isOfPolicy(rule: string): boolean {
  return rule === 'within' || POLICY_NAMES.some((name) => name === rule);
}

test('in any calendar the newest good set, pins, strangers and what is not proven stay', () => {
  fc.assert(
    fc.property(anyCalendar, anyPolicy, (entries, policy) => {
      const gone = new Set(removedBy(entries, policy));
      const [newest] = ours(entries).filter(isGood).sort(newestFirst);
      assert.ok(newest === undefined || !gone.has(newest.name));
      for (const entry of entries) {
        if (!gone.has(entry.name)) continue;
        assert.ok(entry.state === 'complete' && entry.proof !== 'stored' && entry.manifest.environment === 'shop');
        assert.equal(entry.pin, undefined);
      }
    }),
    RUNS,
  );
});

function newestFirst(one: CompleteEntry, other: CompleteEntry): number {
  return other.time.getTime() - one.time.getTime() || (one.name < other.name ? 1 : -1);
}

test('more rules, and larger ones, never remove more', () => {
  fc.assert(
    fc.property(anyCalendar, anyPolicy, anyPolicy, (entries, one, other) => {
      const both = POLICY_NAMES.map((name) => [name, Math.max(one[name] ?? 0, other[name] ?? 0) || undefined]);
      const fewer = removedBy(entries, Object.fromEntries(both));
      for (const policy of [one, other]) {
        const gone = new Set(removedBy(entries, policy));
        assert.ok(fewer.every((name) => gone.has(name)));
      }
    }),
    RUNS,
  );
});

test('a pin saves its own set and changes nothing for the others', () => {
  fc.assert(
    fc.property(anyCalendar, anyPolicy, fc.nat(), (entries, policy, choice) => {
      const before = removedBy(entries, policy);
      const chosen = before[choice % Math.max(1, before.length)];
      const pin = { by: 'pin', since: now.toISOString() } as const;
      const pinned = entries.map((entry) =>
        entry.state === 'complete' && entry.name === chosen ? { ...entry, pin } : entry,
      );
      assert.deepEqual(
        removedBy(pinned, policy),
        before.filter((name) => name !== chosen),
      );
    }),
    RUNS,
  );
});

test('the order in which entries are listed does not matter', () => {
  fc.assert(
    fc.property(anyCalendar, anyPolicy, fc.infiniteStream(fc.nat()), (entries, policy, numbers) => {
      const keys = new Map(entries.map((entry) => [entry, numbers.next().value]));
      const shuffled = entries.toSorted((one, other) => (keys.get(one) ?? 0) - (keys.get(other) ?? 0));
      const told = (list: typeof entries) =>
        planRetention(list, { ...RULES, ...policy }).map(({ entry, reason, also }) => [entry.name, reason, also]);
      assert.deepEqual(
        new Map(told(shuffled).map(([name, ...rest]) => [name, rest])),
        new Map(told(entries).map(([name, ...rest]) => [name, rest])),
      );
    }),
    RUNS,
  );
});

test('a second prune removes nothing more, and a failed run removes nothing at all', () => {
  fc.assert(
    fc.property(anyCalendar, anyPolicy, (entries, policy) => {
      assert.deepEqual(removedBy(entries, policy, { runFailed: true }), []);
      const gone = new Set(removedBy(entries, policy));
      const left = entries.filter(({ name }) => !gone.has(name));
      assert.deepEqual(removedBy(left, policy), []);
    }),
    RUNS,
  );
});

test('pruning after every backup ends where pruning once at the end would', () => {
  fc.assert(
    fc.property(anyCalendar, anyPolicy, (entries, policy) => {
      const sets = ours(entries)
        .map(({ name, time }) => ({ ...setOf(time), name }))
        .sort(newestFirst)
        .reverse();
      let standing: typeof sets = [];
      for (const set of sets) {
        standing.push(set);
        const gone = new Set(removedBy(standing, policy, { now: set.time }));
        standing = standing.filter(({ name }) => !gone.has(name));
      }
      const left = new Set(removedBy(standing, policy));
      const once = new Set(removedBy(sets, policy));
      assert.deepEqual(
        standing.filter(({ name }) => !left.has(name)),
        sets.filter(({ name }) => !once.has(name)),
      );
    }),
    RUNS,
  );
});
