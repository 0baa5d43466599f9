import { Failure } from '../common/failure.ts';
import { POLICY_NAMES, type RetentionPolicy } from '../common/policy.ts';
import { PERIODS, type Period, periodName, periodNumber } from './retention-period.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Why a policy keeps a set, as a fact. `place` counts from the newest, 1 first; `of` is the limit. */
export type PolicyReason =
  | { readonly rule: 'within'; readonly days: number; readonly ageDays: number }
  | { readonly rule: 'last'; readonly place: number; readonly of: number }
  | { readonly rule: Period; readonly place: number; readonly of: number; readonly period: string };

interface Dated {
  readonly time: Date;
}

/** Throws Failure "settings" for a limit that is no number above 0, and for a policy without a rule: it would keep nothing. */
export function requireSanePolicy(policy: RetentionPolicy): void {
  const given = POLICY_NAMES.filter((name) => policy[name] !== undefined);
  const wrong = given.find((name) => !isLimit(name, policy[name]));
  if (given.length > 0 && wrong === undefined) return;
  const expected = wrong === 'days' ? 'a number above 0' : 'a whole number above 0';
  throw new Failure('settings', {
    message:
      wrong === undefined
        ? `retention found no rule, expected at least one of ${POLICY_NAMES.join(', ')}`
        : `retention found ${wrong} ${policy[wrong]}, expected ${expected}`,
  });
}

function isLimit(name: keyof RetentionPolicy, limit = 0): boolean {
  return limit > 0 && (name === 'days' ? Number.isFinite(limit) : Number.isInteger(limit));
}

/** The whole days that have passed since a moment. */
export function ageInDays(time: Date, now: Date): number {
  return Math.floor((now.getTime() - time.getTime()) / DAY);
}

/** Does the rule `days` keep what is of this time? To the millisecond, the last one included. */
export function reasonOfAge({ time }: Dated, { days }: RetentionPolicy, now: Date): PolicyReason[] {
  if (days === undefined || now.getTime() - time.getTime() > days * DAY) return [];
  return [{ rule: 'within', days, ageDays: ageInDays(time, now) }];
}

/** Which of these sets, newest first, the counting rules keep, each with all of its reasons. */
export function reasonsByCount<Entry extends Dated>(
  newestFirst: readonly Entry[],
  policy: RetentionPolicy,
): Map<Entry, PolicyReason[]> {
  const reasons = new Map<Entry, PolicyReason[]>();
  const keep = (entry: Entry, reason: PolicyReason) => reasons.set(entry, [...(reasons.get(entry) ?? []), reason]);
  const last = policy.last ?? 0;
  for (const [at, entry] of newestFirst.slice(0, last).entries())
    keep(entry, { rule: 'last', place: at + 1, of: last });
  for (const rule of PERIODS) {
    const of = policy[rule] ?? 0;
    for (const [at, entry] of newestOfEach(newestFirst, rule).slice(0, of).entries()) {
      keep(entry, { rule, place: at + 1, of, period: periodName(rule, entry.time) });
    }
  }
  return reasons;
}

/** A period without a set does not appear, so that a missed day makes the day before it count. */
function newestOfEach<Entry extends Dated>(newestFirst: readonly Entry[], period: Period): Entry[] {
  const numbers = newestFirst.map(({ time }) => periodNumber(period, time));
  return newestFirst.filter((_, at) => at === 0 || numbers[at] !== numbers[at - 1]);
}
