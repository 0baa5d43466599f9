import { Failure } from '../common/failure.ts';
import type { CatalogEntry } from './catalog.ts';
import type { RetentionDecision, RetentionRules } from './retention.ts';

/** Clocks of several machines differ by so much without being wrong. */
const CLOCK_TOLERANCE = 5 * 60 * 1000;

/** More than this share of the good sets, and more than so many, in one go: the clock is wrong, or a setting is. */
const LARGEST_SHARE = 0.5;
const ALWAYS_ALLOWED = 3;

/**
 * Throws Failure "clock-jumped" when a set is of the future. Only sets of this environment say something about this
 * clock; the time of anything else is nobody's word.
 */
export function refuseFuture(entries: readonly CatalogEntry[], { now, environment }: RetentionRules): void {
  const ours = entries.filter((entry) => entry.state === 'complete' && entry.manifest.environment === environment);
  const future = ours.find(({ time }) => time.getTime() > now.getTime() + CLOCK_TOLERANCE);
  if (future === undefined) return;
  throw new Failure('clock-jumped', {
    message: `the clock says ${now.toISOString()}, but the set "${future.name}" is of ${future.time.toISOString()}`,
    step: 'prune',
  });
}

/** Throws Failure "clock-jumped" for a removal that is too large to be meant; `verified`: of how many sets. */
export function refuseTooMany(decisions: readonly RetentionDecision[], verified: number, rules: RetentionRules): void {
  const removals = decisions.filter(({ action }) => action === 'remove').length;
  if (rules.force === true || removals <= ALWAYS_ALLOWED || removals <= verified * LARGEST_SHARE) return;
  throw new Failure('clock-jumped', {
    message: `${removals} of ${verified} verified sets would be removed at once, expected at most half of them`,
    step: 'prune',
    hint: 'check the clock (date -u) and holdfast prune --dry-run; when both are right: holdfast prune --yes',
  });
}
