import assert from 'node:assert/strict';
import { test } from 'node:test';
import { POLICY_NAMES, POLICY_SETTINGS, type RetentionPolicy } from '../../../scripts/common/policy.ts';
import { planRetention } from '../../../scripts/sets/retention.ts';
import { periodName, periodNumber } from '../../../scripts/sets/retention-period.ts';
import { DAY, now, removedBy, setOf } from './retention-calendar.ts';
import { isoWeek } from './retention-definition.ts';

const RULES = { now, environment: 'shop', runFailed: false, force: true };

/** Sets of these days (at 02:00, or at the hour that is given), in that order. */
function setsOf(...days: readonly string[]) {
  return days.map((day) => setOf(new Date(day.includes('T') ? `${day}:00Z` : `${day}T02:00:00Z`)));
}

/** What is kept of them, as they were written. */
function keptOf(days: readonly string[], policy: RetentionPolicy, at: Date = now): string[] {
  const gone = removedBy(setsOf(...days), policy, { now: at });
  return days.filter((_, index) => !gone.includes(setsOf(...days)[index]?.name ?? ''));
}

/** Every day from one to another, both included. */
function everyDay(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = Date.parse(from); day <= Date.parse(to); day += DAY)
    days.push(new Date(day).toISOString().slice(0, 10));
  return days;
}

const tables: [string, RetentionPolicy, readonly string[], readonly string[]][] = [
  [
    'of a day with several sets the newest is kept',
    { daily: 2 },
    ['2027-01-08T02:00', '2027-01-08T23:59', '2027-01-09T00:00', '2027-01-09T12:00'],
    ['2027-01-08T23:59', '2027-01-09T12:00'],
  ],
  [
    'a day without a set does not count: the day before it takes its place',
    { daily: 3 },
    ['2026-12-01', '2027-01-01', '2027-01-05', '2027-01-09'],
    ['2027-01-01', '2027-01-05', '2027-01-09'],
  ],
  [
    'an hour is one of the clock and not sixty minutes',
    { hourly: 2 },
    ['2027-01-09T08:59', '2027-01-09T09:00', '2027-01-09T09:59', '2027-01-09T10:00'],
    ['2027-01-09T09:59', '2027-01-09T10:00'],
  ],
  [
    'a week ends on Sunday, and the turn of the year does not cut it in two',
    { weekly: 2 },
    ['2026-12-27', '2026-12-28', '2027-01-01', '2027-01-03', '2027-01-04'],
    ['2027-01-03', '2027-01-04'],
  ],
  [
    'months are those of the calendar',
    { monthly: 3 },
    ['2026-10-31', '2026-11-01', '2026-11-30', '2026-12-31', '2027-01-01', '2027-01-02'],
    ['2026-11-30', '2026-12-31', '2027-01-02'],
  ],
  [
    'so are years',
    { yearly: 2 },
    ['2025-12-31', '2026-01-01', '2026-12-31', '2027-01-01'],
    ['2026-12-31', '2027-01-01'],
  ],
  [
    '"last" counts sets and not time',
    { last: 2 },
    ['2020-01-01', '2021-01-01', '2022-01-01'],
    ['2021-01-01', '2022-01-01'],
  ],
  [
    'what any rule keeps is kept',
    { days: 2, last: 1, monthly: 2 },
    ['2026-11-30', '2026-12-30', '2026-12-31', '2027-01-07', '2027-01-09', '2027-01-10'],
    ['2026-12-31', '2027-01-09', '2027-01-10'],
  ],
];
for (const [name, policy, days, kept] of tables) test(name, () => assert.deepEqual(keptOf(days, policy), kept));

test('the calendar of docs/retention.md: a set every night since New Year, seen on 7 May 2026', () => {
  const nights = everyDay('2026-01-01', '2026-05-07');
  assert.deepEqual(keptOf(nights, { daily: 7, weekly: 4, monthly: 3 }, new Date('2026-05-07T12:00:00Z')), [
    '2026-03-31',
    '2026-04-19',
    '2026-04-26',
    '2026-04-30',
    ...everyDay('2026-05-01', '2026-05-07'),
  ]);
});

test('a set has every reason that holds, the one that no setting can change first', () => {
  const [old, middle, newest] = planRetention(setsOf('2026-12-31', '2027-01-08', '2027-01-09'), {
    ...RULES,
    days: 3,
    last: 1,
    daily: 1,
    weekly: 3,
    monthly: 3,
  });
  assert.deepEqual(newest?.reason, { rule: 'newest-good' });
  assert.deepEqual(newest?.also, [
    { rule: 'newest-of-highest-proof', proof: 'readable' },
    { rule: 'within', days: 3, ageDays: 1 },
    { rule: 'last', place: 1, of: 1 },
    { rule: 'daily', place: 1, of: 1, period: '2027-01-09' },
    { rule: 'weekly', place: 1, of: 3, period: '2027-W01' },
    { rule: 'monthly', place: 1, of: 3, period: '2027-01' },
  ]);
  assert.deepEqual([middle?.reason, middle?.also], [{ rule: 'within', days: 3, ageDays: 2 }, []]);
  assert.deepEqual(old?.reason, { rule: 'weekly', place: 2, of: 3, period: '2026-W53' });
  assert.deepEqual(old?.also, [{ rule: 'monthly', place: 2, of: 3, period: '2026-12' }]);
});

test('what goes says the whole policy that did not keep it', () => {
  const policy = { days: 3, daily: 1 };
  const [old] = planRetention(setsOf('2026-12-31', '2027-01-09'), { ...RULES, ...policy });
  assert.deepEqual(old?.reason, { rule: 'expired', policy, ageDays: 10, newerGood: 1 });
});

test('a policy without a rule, or with a limit that is no count, removes nothing', () => {
  const sets = setsOf('2026-01-01', '2027-01-01');
  assert.throws(() => removedBy(sets, {}), {
    code: 'settings',
    message: /expected at least one of days, last, hourly/,
  });
  for (const name of POLICY_NAMES) {
    for (const limit of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, ...(name === 'days' ? [] : [1.5])]) {
      assert.throws(() => removedBy(sets, { days: 3, [name]: limit }), { code: 'settings' }, `${name} ${limit}`);
    }
  }
});

test('every rule of a policy is a setting that takes whole numbers from 1', () => {
  assert.deepEqual(POLICY_NAMES, ['days', 'last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly']);
  for (const { rule } of Object.values(POLICY_SETTINGS)) {
    assert.deepEqual(['0', '1', '12', '-1', '1.5', 'x', ''].map(rule.read), [undefined, 1, 12, ...Array(4)]);
  }
});

test('weeks are those of ISO 8601, and a period ends where the next begins', () => {
  const weeks: readonly (readonly [string, string])[] = [
    ['2020-12-31', '2020-W53'],
    ['2023-01-01', '2022-W52'],
    ['2024-12-30', '2025-W01'],
    ['2026-01-01', '2026-W01'],
    ['2027-01-03', '2026-W53'],
    ['2027-01-04', '2027-W01'],
  ];
  for (const [day, week] of weeks) assert.equal(periodName('weekly', new Date(`${day}T23:59:59.999Z`)), week);
  for (let day = Date.parse('2019-12-25'); day < Date.parse('2029-01-10'); day += DAY) {
    assert.equal(periodName('weekly', new Date(day)), isoWeek(new Date(day)));
  }
  const end = new Date('2026-12-31T23:59:59.999Z');
  for (const period of ['hourly', 'daily', 'monthly', 'yearly'] as const) {
    assert.equal(periodNumber(period, new Date(end.getTime() + 1)), periodNumber(period, end) + 1, period);
  }
});
