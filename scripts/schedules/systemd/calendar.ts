import type { CronTime } from '../../common/cron.ts';
import { quietMinute } from '../looks.ts';

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/**
 * The lines "OnCalendar=..." of a time and of the hourly look, by systemd.time(7): they add up, and a moment that fits two
 * of them counts once. With a zone systemd follows its clock, without one that of the machine.
 */
export function calendarLines(time: CronTime, zone: string | undefined): string[] {
  const times = eventsOf(time).map((event) => (zone === undefined ? event : `${event} ${zone}`));
  const looks = quietMinute(time.minutes).map((minute) => `*-*-* *:${list([minute], 60)}:00`);
  return [...times, ...looks].map((event) => `OnCalendar=${event}`);
}

/** A weekday and a day in one expression must both fit; where either will do, each has its own. */
function eventsOf(time: CronTime): string[] {
  if (!time.eitherDay) return [eventOf(time)];
  return [eventOf({ ...time, weekdays: [0, 1, 2, 3, 4, 5, 6] }), eventOf({ ...time, days: numbers(1, 31) })];
}

function eventOf({ minutes, hours, days, months, weekdays }: CronTime): string {
  const names = weekdays.length === 7 ? '' : `${weekdays.map((day) => WEEKDAYS[day]).join(',')} `;
  const date = `*-${list(months, 12)}-${list(days, 31)}`;
  return `${names}${date} ${list(hours, 24)}:${list(minutes, 60)}:00`;
}

/** Numbers with commas, or a star when it is all of them. */
function list(values: readonly number[], all: number): string {
  return values.length === all ? '*' : values.map((value) => String(value).padStart(2, '0')).join(',');
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
