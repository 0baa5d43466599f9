import { nextTime, type Timing } from './times.ts';

/** The longest time without a look at the clock, in milliseconds: after a sleep or a jump of the clock nothing else tells. */
const LONGEST_REST = 60_000;

/** The outer world of a daemon, so that two years pass in a test within a second. */
export interface DaemonWorld {
  now(): Date;
  /** Rejects when the daemon is to end. */
  rest(milliseconds: number): Promise<void>;
}

/** One schedule of a daemon. */
export interface DaemonJob extends Timing {
  readonly name: string;
  /** Looks whether it is due, and does it if so. Never rejects but when the daemon is to end. */
  readonly look: (now: Date) => Promise<void>;
}

/**
 * Looks after schedules until `rest` rejects: at every time of each, and once at the start, so that what was missed is
 * caught up. Whether there is anything to do is decided by the look and not by the clock. A look that failed is followed
 * by another within the hour.
 */
export async function runDaemon(jobs: readonly DaemonJob[], world: DaemonWorld): Promise<void> {
  const next = new Map<DaemonJob, Date>(jobs.map((job) => [job, world.now()]));
  for (;;) {
    for (const job of jobs) {
      const now = world.now();
      const planned = next.get(job) ?? now;
      if (planned <= now) await job.look(now);
      // A clock that was set back must not leave a look far in the future.
      if (planned <= now || planned.getTime() - now.getTime() > HOUR) next.set(job, nextLook(job, now, world.now()));
    }
    await world.rest(untilNext([...next.values()], world.now()));
  }
}

/** Hourly, so that what failed or was missed is caught up; and exactly at the times of the schedule. */
const HOUR = 60 * 60 * 1000;

/** `before`: when the last look began; a time that came while it worked is looked at as soon as it ended. */
function nextLook(job: DaemonJob, before: Date, now: Date): Date {
  const hourly = now.getTime() + HOUR;
  return new Date(Math.min(nextTime(job, before)?.getTime() ?? hourly, hourly));
}

function untilNext(times: readonly Date[], now: Date): number {
  const soonest = Math.min(...times.map((time) => time.getTime()));
  return Math.max(1, Math.min(LONGEST_REST, soonest - now.getTime()));
}
