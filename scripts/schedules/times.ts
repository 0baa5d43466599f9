import { Cron } from 'croner';
import type { CronTime } from '../common/cron.ts';

/** When something is to happen. `timezone`: undefined is that of the machine. */
export interface Timing {
  readonly time: CronTime;
  readonly timezone: string | undefined;
}

/** So many times ahead are looked at for the longest wait: a year of days, more than a year of anything rarer. */
const AHEAD = 400;

/**
 * The newest time that is not after `now`; undefined when there was none in living memory.
 * A time that summer time skips comes when the clocks have moved on; one that it repeats comes once.
 */
export function previousTime(timing: Timing, now: Date): Date | undefined {
  // The library leaves out the moment itself, and counts in whole seconds.
  return cronOf(timing).previousRuns(1, new Date(Math.floor(now.getTime() / 1000) * 1000 + 1000))[0];
}

/** The first time after `now`; undefined when none comes. */
export function nextTime(timing: Timing, now: Date): Date | undefined {
  return cronOf(timing).nextRun(now) ?? undefined;
}

/** The longest wait between two times that come one after the other, from `now` on; milliseconds. */
export function longestGap(timing: Timing, now: Date): number {
  const times = cronOf(timing).nextRuns(AHEAD, now);
  return Math.max(
    0,
    ...times.slice(1).map((time, index) => time.getTime() - (times[index]?.getTime() ?? time.getTime())),
  );
}

/** Taking a time apart costs more than asking it, and a daemon asks every hour for years. */
const taken = new WeakMap<CronTime, Map<string | undefined, Cron>>();

function cronOf(timing: Timing): Cron {
  const known = taken.get(timing.time) ?? new Map<string | undefined, Cron>();
  taken.set(timing.time, known);
  const cron = known.get(timing.timezone) ?? newCron(timing);
  known.set(timing.timezone, cron);
  return cron;
}

/** The library is given the numbers, so that no two readings of the text can differ. */
function newCron({ time, timezone }: Timing): Cron {
  const days = time.days.length === 31 ? '*' : time.days.join(',');
  const weekdays = time.weekdays.length === 7 ? '*' : time.weekdays.join(',');
  const pattern = [time.minutes.join(','), time.hours.join(','), days, time.months.join(','), weekdays].join(' ');
  return new Cron(pattern, {
    paused: true,
    domAndDow: !time.eitherDay,
    ...(timezone === undefined ? {} : { timezone }),
  });
}
