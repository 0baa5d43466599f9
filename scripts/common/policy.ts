import { type Rule, wholeNumber } from './rules.ts';

/** A hundred years; and more sets than anybody lists. */
const MOST_DAYS = 36_500;
const MOST_SETS = 10_000;

/**
 * Which good sets are worth keeping. A set that one rule keeps is kept; a rule that is left out keeps nothing. The rules
 * are explained with an example in docs/retention.md.
 */
export interface RetentionPolicy {
  /** Sets younger than so many days; BACKUP_RETENTION_DAYS. */
  readonly days?: number | undefined;
  /** The newest so many sets. */
  readonly last?: number | undefined;
  /** The newest set of each of the newest so many hours, days, weeks, months, years that have a set. */
  readonly hourly?: number | undefined;
  readonly daily?: number | undefined;
  readonly weekly?: number | undefined;
  readonly monthly?: number | undefined;
  readonly yearly?: number | undefined;
}

/** One rule of a policy as a setting: what may stand there, and for people what it is for. */
export interface PolicySetting {
  readonly rule: Rule<number>;
  /** Without a full stop at the end. */
  readonly about: string;
}

/** The keys of `retention` in holdfast.yaml, in the order in which they are shown. */
export const POLICY_SETTINGS: { readonly [Name in keyof RetentionPolicy]-?: PolicySetting } = {
  days: { rule: wholeNumber(1, MOST_DAYS), about: 'How many days a good set is kept' },
  last: { rule: wholeNumber(1, MOST_SETS), about: 'How many of the newest good sets are kept, however old' },
  hourly: periodSetting('hours'),
  daily: periodSetting('days'),
  weekly: periodSetting('weeks, from Monday to Sunday'),
  monthly: periodSetting('months'),
  yearly: periodSetting('years'),
};

function periodSetting(periods: string): PolicySetting {
  return {
    rule: wholeNumber(1, MOST_SETS),
    about: `The newest good set is kept of each of so many ${periods} (UTC); one without a good set does not count`,
  };
}

/** The names of the rules, in the order in which they are shown. */
export const POLICY_NAMES = Object.keys(POLICY_SETTINGS) as readonly (keyof RetentionPolicy)[];

/** The rules alone, of something that holds more; those that are not set are left out. */
export function policyOf(rules: RetentionPolicy): RetentionPolicy {
  return Object.fromEntries(POLICY_NAMES.flatMap((name) => (rules[name] === undefined ? [] : [[name, rules[name]]])));
}
