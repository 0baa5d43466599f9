/** Looks of an hour apart; minutes. */
const HOUR = 60;

/**
 * The minute of every hour at which a schedule is looked at besides its times: half an hour after the first of them, or
 * soon after that, so that nothing else is started then. None where all are taken.
 *
 * Why at all: a run that failed is tried again; a laptop that wakes without a network is; and so is the one night of the
 * year in which summer time skips the hour of the schedule (systemd 252 waits for the next day). Mostly the command finds
 * that nothing is due.
 */
export function quietMinute(minutes: readonly number[]): number[] {
  const later = Array.from({ length: HOUR }, (_, index) => ((minutes[0] ?? 0) + HOUR / 2 + index) % HOUR);
  return later.filter((minute) => !minutes.includes(minute)).slice(0, 1);
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
