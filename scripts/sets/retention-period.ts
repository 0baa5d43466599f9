const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const WEEK_DAYS = 7;
const YEAR_MONTHS = 12;

/** 1970-01-01 was a Thursday; so many days before it the ISO week began. */
const EPOCH_AFTER_MONDAY = 3;

/** The calendar periods of a retention policy, shortest first. */
export const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof PERIODS)[number];

/**
 * The number of the period that a moment lies in: the same for all moments of one period, one more for the next. In
 * UTC, like the names of sets, so that no change to summer time makes an hour come twice; weeks begin on Monday (ISO
 * 8601).
 */
export function periodNumber(period: Period, time: Date): number {
  switch (period) {
    case 'hourly':
      return Math.floor(time.getTime() / HOUR);
    case 'daily':
      return Math.floor(time.getTime() / DAY);
    case 'weekly':
      return Math.floor((periodNumber('daily', time) + EPOCH_AFTER_MONDAY) / WEEK_DAYS);
    case 'monthly':
      return time.getUTCFullYear() * YEAR_MONTHS + time.getUTCMonth();
    case 'yearly':
      return time.getUTCFullYear();
  }
}

/** What people call that period: "2026-05-07T15", "2026-05-07", "2026-W19", "2026-05", "2026". */
export function periodName(period: Period, time: Date): string {
  const text = time.toISOString();
  const ends = { hourly: 'YYYY-MM-DDTHH', daily: 'YYYY-MM-DD', monthly: 'YYYY-MM', yearly: 'YYYY' };
  return period === 'weekly' ? weekName(time) : text.slice(0, ends[period].length);
}

/** A week belongs to the year that its Thursday lies in (ISO 8601), so that 2027-01-01 is of 2026-W53. */
function weekName(time: Date): string {
  const thursday = new Date(periodNumber('weekly', time) * WEEK_DAYS * DAY);
  const year = thursday.getUTCFullYear();
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY / WEEK_DAYS);
  return `${year}-W${String(week).padStart(2, '0')}`;
}
