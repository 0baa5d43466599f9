import { POLICY_NAMES, type RetentionPolicy } from '../../common/policy.ts';
import type { Pin } from '../../sets/pin.ts';
import type { RetentionDecision } from '../../sets/retention.ts';
import type { RetentionReason } from '../../sets/retention-reason.ts';
import { layTable } from '../../ui/table.ts';
import { wordCount } from '../../ui/units.ts';

/** What one period of a rule is called. */
const PERIOD_WORDS = { hourly: 'hour', daily: 'day', weekly: 'week', monthly: 'month', yearly: 'year' } as const;

type ReasonOf<Rule extends RetentionReason['rule']> = Extract<RetentionReason, { rule: Rule }>;

/** The reason for keeping or removing a set, for people. */
export function wordReason(reason: RetentionReason): string {
  switch (reason.rule) {
    case 'within':
      return `${wordCount(reason.ageDays, 'day')} old, within ${wordCount(reason.days, 'day')}`;
    case 'last':
      return `${reason.place} of the last ${reason.of}`;
    case 'hourly':
    case 'daily':
    case 'weekly':
    case 'monthly':
    case 'yearly':
      return wordPeriod(reason);
    case 'newest-good':
      return 'the newest good set is never removed';
    case 'no-newer-good':
      return `lacks ${wordCount(reason.failedSources, 'source')} that failed, and no newer good set exists`;
    case 'newest-of-highest-proof':
      return `the newest set that is ${reason.proof} is never removed`;
    case 'pinned':
      return wordPin(reason.pin);
    case 'only-holder':
      return `holds the newest dump of ${reason.source}`;
    case 'expired':
      return wordExpired(reason);
    default:
      return wordUncounted(reason);
  }
}

function wordPeriod({ rule, place, of, period }: ReasonOf<keyof typeof PERIOD_WORDS>): string {
  const word = PERIOD_WORDS[rule];
  return `the newest of the ${word} ${period}, ${place} of ${wordCount(of, word)}`;
}

/** "pinned: label "pre-migration"", "pinned since 2026-05-07: audit". */
export function wordPin({ by, since, why }: Pin): string {
  if (by === 'label') return `pinned by its label "${why}"`;
  return `pinned since ${since.slice(0, 'YYYY-MM-DD'.length)}${why === undefined ? '' : `: ${why}`}`;
}

function wordExpired({ policy, ageDays, newerGood }: ReasonOf<'expired'>): string {
  const { days, ...counts } = policy;
  const parts = [`${wordCount(ageDays, 'day')} old`];
  if (days !== undefined) parts.push(`past ${wordCount(days, 'day')}`);
  if (Object.keys(counts).length > 0) parts.push(`not among ${wordPolicy(counts)}`);
  return `${parts.join(', ')}; ${wordCount(newerGood, 'newer good set')}`;
}

/** The rules of a policy in one line: "days 7, daily 14, monthly 12". */
export function wordPolicy(policy: RetentionPolicy): string {
  const given = POLICY_NAMES.filter((name) => policy[name] !== undefined);
  return given.map((name) => `${name} ${policy[name]}`).join(', ');
}

/** Of what no rule of the policy is asked about. */
function wordUncounted(
  reason: ReasonOf<
    'not-verified' | 'other-environment' | 'no-manifest' | 'damaged' | 'unfinished' | 'not-ours' | 'run-failed'
  >,
): string {
  switch (reason.rule) {
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
  }
}

/** A reason beside another that was told in full. */
function wordShort(reason: RetentionReason): string {
  switch (reason.rule) {
    case 'within':
      return `within ${wordCount(reason.days, 'day')}`;
    case 'hourly':
    case 'daily':
    case 'weekly':
    case 'monthly':
    case 'yearly':
      return `${PERIOD_WORDS[reason.rule]} ${reason.period}`;
    case 'newest-of-highest-proof':
      return `the newest that is ${reason.proof}`;
    default:
      return wordReason(reason);
  }
}

function wordReasons({ reason, also }: RetentionDecision): string {
  return also.length === 0 ? wordReason(reason) : `${wordReason(reason)} (also: ${also.map(wordShort).join('; ')})`;
}

/** Every entry with what happens to it and why. */
export function layDecisions(decisions: readonly RetentionDecision[]): string[] {
  const rows = decisions.map((decision) => [decision.action, decision.entry.name, wordReasons(decision)]);
  return layTable([{ head: 'ACTION' }, { head: 'SET' }, { head: 'REASON' }], rows);
}

/** The same for machines. */
export function decisionsForJson(decisions: readonly RetentionDecision[]): unknown[] {
  return decisions.map((decision) => {
    const { entry, action, reason, also } = decision;
    return { set: entry.name, action, reason, also, text: wordReasons(decision) };
  });
}
