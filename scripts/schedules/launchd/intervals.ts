import type { CronTime } from '../../common/cron.ts';
import { isElsewhere, minutesElsewhere, quietMinute } from '../looks.ts';

/** A dictionary of StartCalendarInterval, by launchd.plist(5): a key that is missing stands for every value. */
export type Interval = Readonly<Partial<Record<'Minute' | 'Hour' | 'Day' | 'Month' | 'Weekday', number>>>;

/** The list is every combination written out; one that is longer is made coarser, and the command decides what is due. */
const MOST = 300;

/**
 * The moments at which launchd looks: those of the time, once an hour, or more. More than asked where the list would grow long, and
 * where the zone is another one than the machine's: then it looks every hour.
 */
export function calendarIntervals(time: CronTime, zone: string | undefined, now = new Date()): Interval[] {
  if (isElsewhere(zone)) return keyed('Minute', minutesElsewhere(time.minutes, zone, now), 0);
  return [...intervalsOf(time), ...keyed('Minute', quietMinute(time.minutes), 0)];
}

function intervalsOf(time: CronTime): Interval[] {
  if (time.eitherDay) return [...byDay({ ...time, weekdays: [] }), ...byDay({ ...time, days: [] })];
  // launchd takes a day and a weekday for "either", not for "both": the weekday alone comes often enough.
  return byDay(time.weekdays.length === 7 ? time : { ...time, days: [] });
}

/** From the finest form to the coarsest. */
function byDay({ minutes, hours, days, months, weekdays }: CronTime): Interval[] {
  const month = keyed('Month', months, 12);
  const day = [...keyed('Weekday', weekdays, 7), ...keyed('Day', days, 31)];
  const hour = keyed('Hour', hours, 24);
  const minute = keyed('Minute', minutes, 60);
  const forms = [[month, day, hour, minute], [day, hour, minute], [hour, minute], [minute]];
  const [form = []] = forms.map((lists) => lists.filter((list) => list.length > 0)).filter(isShort);
  return form.reduce<Interval[]>(
    (all, list) => all.flatMap((one) => list.map((other) => ({ ...one, ...other }))),
    [{}],
  );
}

function isShort(lists: readonly (readonly Interval[])[]): boolean {
  return lists.reduce((product, list) => product * list.length, 1) <= MOST;
}

/** Nothing where it is all of them. */
function keyed(key: keyof Interval, values: readonly number[], all: number): Interval[] {
  return values.length === all ? [] : values.map((value) => ({ [key]: value }));
}
