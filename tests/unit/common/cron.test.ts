import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CronTime, parseCron } from '../../../scripts/common/cron.ts';
import { nextTime } from '../../../scripts/schedules/times.ts';

const fields = (time: CronTime | undefined) =>
  time && [time.minutes, time.hours, time.days, time.months, time.weekdays].map((values) => values.join(','));

const ALL_DAYS = Array.from({ length: 31 }, (_, index) => index + 1).join(',');
const ALL_MONTHS = '1,2,3,4,5,6,7,8,9,10,11,12';
const ALL_WEEKDAYS = '0,1,2,3,4,5,6';

const TAKEN: readonly [string, readonly string[]][] = [
  ['0 2 * * *', ['0', '2', ALL_DAYS, ALL_MONTHS, ALL_WEEKDAYS]],
  ['  0   2 * * * ', ['0', '2', ALL_DAYS, ALL_MONTHS, ALL_WEEKDAYS]],
  ['@daily', ['0', '0', ALL_DAYS, ALL_MONTHS, ALL_WEEKDAYS]],
  ['@Weekly', ['0', '0', ALL_DAYS, ALL_MONTHS, '0']],
  ['*/20 1-3,22 1 jan,DEC mon-fri', ['0,20,40', '1,2,3,22', '1', '1,12', '1,2,3,4,5']],
  ['5/20 0 * * 7', ['5,25,45', '0', ALL_DAYS, ALL_MONTHS, '0']],
  ['0 0 29 2 *', ['0', '0', '29', '2', ALL_WEEKDAYS]],
  ['0 0 * * 5-7', ['0', '0', ALL_DAYS, ALL_MONTHS, '0,5,6']],
];

for (const [text, expected] of TAKEN) {
  test(`"${text}" is taken apart`, () => assert.deepEqual(fields(parseCron(text)), expected));
}

const REFUSED = [
  '',
  '0 2 * *',
  '0 2 * * * *',
  '60 2 * * *',
  '0 24 * * *',
  '0 2 0 * *',
  '0 2 * 13 *',
  '0 2 * * 8',
  '0 2 3-1 * *',
  '0 2 1-2-3 * *',
  '0 2 */0 * *',
  '0 2 , * *',
  '0 2 * * mo',
  '@reboot',
  '-1 2 * * *',
  '0 2 30 2 *',
  '0 2 31 4,6,9,11 *',
  '0 2 L * *',
  'every day',
];

for (const text of REFUSED) {
  test(`"${text}" is no time, or one that never comes`, () => assert.equal(parseCron(text), undefined));
}

test('days and weekdays that are both restricted count either way, as in crontab', () => {
  assert.equal(parseCron('0 2 1 * 1')?.eitherDay, true);
  assert.equal(parseCron('0 2 */2 * 1')?.eitherDay, false);
  assert.equal(parseCron('0 2 * * 1')?.eitherDay, false);
});

const number = (least: number, most: number) => fc.integer({ min: least, max: most }).map(String);
const field = (least: number, most: number) =>
  fc.oneof(
    fc.constant('*'),
    number(least, most),
    fc.integer({ min: 1, max: most }).map((step) => `*/${step}`),
    fc
      .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
      .map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`),
    fc.array(number(least, most), { minLength: 1, maxLength: 3 }).map((list) => list.join(',')),
  );
const anyTime = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7))
  .map((all) => all.join(' '));

test('the next time of any text is one that its fields name', () => {
  fc.assert(
    fc.property(
      anyTime,
      fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true }),
      (text, now) => {
        const time = parseCron(text);
        assert.ok(time, text);
        const next = nextTime({ time, timezone: 'UTC' }, now);
        assert.ok(next, text);
        assert.ok(fits(time, next), `${text}: ${next.toISOString()}`);
      },
    ),
    { numRuns: 300 },
  );
});

function fits(time: CronTime, at: Date): boolean {
  const day = time.days.includes(at.getUTCDate());
  const weekday = time.weekdays.includes(at.getUTCDay());
  return (
    time.minutes.includes(at.getUTCMinutes()) &&
    time.hours.includes(at.getUTCHours()) &&
    time.months.includes(at.getUTCMonth() + 1) &&
    (time.eitherDay ? day || weekday : day && weekday)
  );
}
