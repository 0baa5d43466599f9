import type { RetentionDecision, RetentionReason } from '../sets/retention.ts';
import { layTable } from '../ui/table.ts';
import { wordCount } from '../ui/units.ts';

/** The reason for keeping or removing a set, for people. */
export function wordReason(reason: RetentionReason): string {
  switch (reason.rule) {
    case 'within':
      return `${wordCount(reason.ageDays, 'day')} old, within ${wordCount(reason.days, 'day')}`;
    case 'newest-good':
      return 'the newest good set is never removed';
    case 'no-newer-good':
      return `lacks ${wordCount(reason.failedSources, 'source')} that failed, and no newer good set exists`;
    case 'newest-of-highest-proof':
      return `the newest set that is ${reason.proof} is never removed`;
    case 'only-holder':
      return `holds the newest dump of ${reason.source}`;
    case 'not-verified':
      return 'not verified, so it does not count; holdfast verify';
    case 'other-environment':
      return `of the environment "${reason.environment}"`;
    case 'no-manifest':
      return 'without a manifest; only what our own manifests name is removed';
    case 'damaged':
      return `damaged: ${reason.detail}`;
    case 'unfinished':
      return 'unfinished';
    case 'not-ours':
      return `not ours: ${reason.detail}`;
    case 'run-failed':
      return 'nothing is removed after a failure';
    case 'expired':
      return `${wordCount(reason.ageDays, 'day')} old, past ${wordCount(reason.days, 'day')}; ${wordCount(reason.newerGood, 'newer good set')}`;
  }
}

/** Every entry with what happens to it and why. */
export function layDecisions(decisions: readonly RetentionDecision[]): string[] {
  const rows = decisions.map(({ entry, action, reason }) => [action, entry.name, wordReason(reason)]);
  return layTable([{ head: 'ACTION' }, { head: 'SET' }, { head: 'REASON' }], rows);
}

/** The same for machines. */
export function decisionsForJson(decisions: readonly RetentionDecision[]): unknown[] {
  return decisions.map(({ entry, action, reason }) => ({ set: entry.name, action, reason, text: wordReason(reason) }));
}
