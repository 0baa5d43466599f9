import type { CronTime } from '../common/cron.ts';

/** Clocks are put forward at midnight, one, two or three o'clock, wherever they are. */
const HOURS_OF_CHANGE = [0, 1, 2, 3];

const HOUR = 60;

/**
 * The same times an hour later, for those in the hours in which clocks are put forward: a time that does not come in the
 * one night of the year passes unseen by a timer (systemd 252 waits for the next day). The command finds on all other
 * days that nothing is due. Undefined when there is nothing to look at again.
 */
export function secondLook({ hours, ...time }: CronTime): CronTime | undefined {
  const later = hours.filter((hour) => HOURS_OF_CHANGE.includes(hour)).map((hour) => hour + 1);
  const added = later.filter((hour) => !hours.includes(hour));
  return added.length > 0 ? { ...time, hours: added } : undefined;
}

/**
 * The minutes of every hour at which a schedule of another time zone has to be looked at by one that knows only its own:
 * zones differ by whole hours, but for some that differ by half or quarter hours.
 */
export function minutesElsewhere(minutes: readonly number[], zone: string, now: Date): number[] {
  const shift = minuteOf(now, undefined) - minuteOf(now, zone);
  const moved = minutes.map((minute) => (minute + shift + HOUR) % HOUR);
  return [...new Set(moved)].sort((one, other) => one - other);
}

/** Does the zone of a schedule differ from that of this machine? */
export function isElsewhere(zone: string | undefined): zone is string {
  return zone !== undefined && zone !== new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function minuteOf(now: Date, zone: string | undefined): number {
  return Number(new Intl.DateTimeFormat('en', { minute: 'numeric', timeZone: zone }).format(now));
}
