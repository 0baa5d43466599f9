import type { Rule } from './rules.ts';

/** A time in the five fields of crontab(5), taken apart so that other schedulers can be told the same. */
export interface CronTime {
  /** As it was written, one blank between the fields; "@daily" and the like written out. */
  readonly text: string;
  /** Sorted, each once. Days of the week: 0 is Sunday. */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
  /**
   * Both days and weekdays are restricted: then a day that fits either of them counts, by the rule of crontab(5).
   */
  readonly eitherDay: boolean;
}

const NAMED: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  readonly least: number;
  readonly most: number;
  /** Words for numbers from `least` on. */
  readonly words?: readonly string[];
}

const MINUTES: Field = { least: 0, most: 59 };
const HOURS: Field = { least: 0, most: 23 };
const DAYS: Field = { least: 1, most: 31 };
const MONTHS_FIELD: Field = { least: 1, most: 12, words: MONTHS };
/** 7 is Sunday as well. */
const WEEKDAYS_FIELD: Field = { least: 0, most: 7, words: WEEKDAYS };

/** Days that a month has at most; February of a leap year. */
const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Takes a time apart; undefined when it is none, or one that never comes, such as "0 2 30 2 *". */
export function parseCron(written: string): CronTime | undefined {
  const text = (NAMED[written.trim().toLowerCase()] ?? written).trim().replace(/\s+/g, ' ');
  const fields = text.split(' ');
  if (fields.length !== 5) return undefined;
  const [minutes, hours, days, months, weekdays] = [
    valuesOf(fields[0], MINUTES),
    valuesOf(fields[1], HOURS),
    valuesOf(fields[2], DAYS),
    valuesOf(fields[3], MONTHS_FIELD),
    valuesOf(fields[4], WEEKDAYS_FIELD),
  ];
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  const eitherDay = isRestricted(fields[2]) && isRestricted(fields[4]);
  const comes = eitherDay || months.some((month) => days.some((day) => day <= (LONGEST[month - 1] ?? 0)));
  if (!comes) return undefined;
  const sundays = [...new Set(weekdays.map((day) => day % 7))].sort((one, other) => one - other);
  return { text, minutes, hours, days, months, weekdays: sundays, eitherDay };
}

/** A time for settings. */
export const cronTime: Rule<CronTime> = {
  wanted: 'a time as in crontab, such as "0 2 * * *" (minute, hour, day, month, day of the week)',
  secret: false,
  json: { type: 'string', minLength: 1 },
  read: (value) => (typeof value === 'string' ? parseCron(value) : undefined),
};

/** crontab(5) calls a field that begins with a star unrestricted, one with a step too. */
function isRestricted(field = '*'): boolean {
  return !field.startsWith('*');
}

function valuesOf(field: string | undefined, limits: Field): number[] | undefined {
  const values = new Set<number>();
  for (const part of (field ?? '').split(',')) {
    const range = rangeOf(part, limits);
    if (range === undefined) return undefined;
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return [...values].sort((one, other) => one - other);
}

function rangeOf(part: string, limits: Field): { from: number; to: number; step: number } | undefined {
  const [, body = '', stepText] = /^([^/]+)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
  const step = stepText === undefined ? 1 : Number(stepText);
  if (body === '' || step < 1) return undefined;
  if (body === '*') return { from: limits.least, to: limits.most === 7 ? 6 : limits.most, step };
  const [first = '', last, ...more] = body.split('-');
  const from = numberOf(first, limits);
  // "5/10" means from 5 on, as in most crons; without a step it is the one number.
  const to = last === undefined ? (stepText === undefined ? from : limits.most) : numberOf(last, limits);
  if (from === undefined || to === undefined || more.length > 0 || from > to) return undefined;
  return { from, to, step };
}

function numberOf(word: string, { least, most, words = [] }: Field): number | undefined {
  const index = words.indexOf(word.toLowerCase());
  if (index >= 0) return least + index;
  if (!/^\d{1,2}$/.test(word)) return undefined;
  const number = Number(word);
  return number >= least && number <= most ? number : undefined;
}
