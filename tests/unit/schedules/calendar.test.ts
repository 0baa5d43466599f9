import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCron } from '../../../scripts/common/cron.ts';
import { cronText } from '../../../scripts/schedules/cron-text.ts';
import { calendarIntervals } from '../../../scripts/schedules/launchd/intervals.ts';
import { minutesElsewhere, quietMinute } from '../../../scripts/schedules/looks.ts';
import { calendarLines } from '../../../scripts/schedules/systemd/calendar.ts';

function time(text: string) {
  const parsed = parseCron(text);
  assert.ok(parsed, text);
  return parsed;
}

/** The look that every schedule gets besides its times. */
const HOURLY = (minute: number) => `*-*-* *:${String(minute).padStart(2, '0')}:00`;

const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;

test('a time becomes lines for systemd', () => {
  const lines = (text: string, zone?: string) =>
    calendarLines(time(text), zone).map((line) => line.replace(/^OnCalendar=/, ''));
  assert.deepEqual(lines('30 4 * * *'), ['*-*-* 04:30:00', HOURLY(0)]);
  assert.deepEqual(lines('*/15 8-10 * * 1-5'), ['Mon,Tue,Wed,Thu,Fri *-*-* 08,09,10:00,15,30,45:00', HOURLY(31)]);
  assert.deepEqual(lines('0 12 1 jan,jul *', 'Europe/Berlin'), ['*-01,07-01 12:00:00 Europe/Berlin', HOURLY(30)]);
  // Where every minute is taken, nothing is to be added.
  assert.deepEqual(lines('* * * * *'), ['*-*-* *:*:00']);
});

test('where a day of the month or of the week will do, systemd gets a line for each', () => {
  assert.deepEqual(calendarLines(time('0 5 13 * 5'), undefined).slice(0, -1), [
    'OnCalendar=*-*-13 05:00:00',
    'OnCalendar=Fri *-*-* 05:00:00',
  ]);
  // A star with a step is no restriction by crontab(5): then both have to fit.
  assert.deepEqual(calendarLines(time('0 5 */16 * 5'), undefined).slice(0, -1), ['OnCalendar=Fri *-*-01,17 05:00:00']);
});

test('the hourly look is half an hour after the first minute, or soon after that, when nothing else is started', () => {
  assert.deepEqual(quietMinute([0]), [30]);
  assert.deepEqual(quietMinute([45]), [15]);
  assert.deepEqual(quietMinute([0, 30, 31]), [32]);
  assert.deepEqual(quietMinute(Array.from({ length: 60 }, (_, minute) => minute)), []);
});

test('a time becomes dictionaries for launchd, every combination written out', () => {
  assert.deepEqual(calendarIntervals(time('30 4 * * *'), own), [{ Hour: 4, Minute: 30 }, { Minute: 0 }]);
  assert.deepEqual(calendarIntervals(time('0 6,18 * * 1'), undefined), [
    { Weekday: 1, Hour: 6, Minute: 0 },
    { Weekday: 1, Hour: 18, Minute: 0 },
    { Minute: 30 },
  ]);
  assert.deepEqual(calendarIntervals(time('* * * * *'), undefined), [{}]);
  assert.deepEqual(calendarIntervals(time('0 5 13 * 5'), undefined), [
    { Day: 13, Hour: 5, Minute: 0 },
    { Weekday: 5, Hour: 5, Minute: 0 },
    { Minute: 30 },
  ]);
});

test('a list that would be too long for launchd looks more often instead, never less often', () => {
  const dense = calendarIntervals(time('*/2 6-20 * 1-11 1-5'), undefined);
  assert.equal(dense.length, 30 + 1);
  assert.deepEqual(dense[1], { Minute: 2 });
  const weekdays = calendarIntervals(time('0 5-9 */2 1-6 1-5'), undefined);
  assert.deepEqual(weekdays[0], { Month: 1, Weekday: 1, Hour: 5, Minute: 0 });
  assert.equal(weekdays.length, 6 * 5 * 5 + 1);
});

test('in another zone launchd looks every hour, at the minute that it is there', () => {
  const zone = own === 'Asia/Kathmandu' ? 'Europe/Berlin' : 'Asia/Kathmandu';
  const [minute, ...more] = calendarIntervals(time('10 2 * * *'), zone, new Date('2026-05-07T00:00:00Z'));
  assert.deepEqual(more, []);
  assert.deepEqual(Object.keys(minute ?? {}), ['Minute']);
});

test('minutes of zones that differ by quarters of an hour are moved by them', () => {
  const now = new Date('2026-05-07T00:00:00Z');
  const offset = (zone: string) =>
    Number(new Intl.DateTimeFormat('en', { minute: 'numeric', timeZone: zone }).format(now));
  const here = offset(own);
  for (const zone of ['Asia/Kathmandu', 'Asia/Kolkata', 'America/St_Johns', 'Europe/Berlin', 'UTC']) {
    const moved = minutesElsewhere([5, 20], zone, now);
    const back = moved.map((minute) => (minute - here + offset(zone) + 60) % 60).sort((one, other) => one - other);
    assert.deepEqual(back, [5, 20], zone);
  }
});

test('a time for cron has numbers that every cron reads, and keeps its stars', () => {
  assert.equal(cronText(time('5/20 2 * jan,mar mon-wed')), '5,25,45 2 * 1,3 1,2,3');
  assert.equal(cronText(time('*/7 2 */2 * 7')), '*/7 2 */2 * 0');
  assert.equal(cronText(time('@weekly')), '0 0 * * 0');
});
