import { Failure } from '../common/failure.ts';
import type { CatalogEntry, CompleteEntry } from './catalog.ts';
import { proofRank } from './proof.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Clocks of several machines differ by so much without being wrong. */
const CLOCK_TOLERANCE = 5 * 60 * 1000;

/** More than this share of the good sets, and more than so many, in one go: the clock is wrong, or a setting is. */
const LARGEST_SHARE = 0.5;
const ALWAYS_ALLOWED = 3;

/** Why an entry is kept or removed, as a fact that `ui/` words. `days`: the limit; `ageDays`: rounded down. */
export type RetentionReason =
  | { readonly rule: 'within'; readonly days: number; readonly ageDays: number }
  | { readonly rule: 'newest-good' }
  | { readonly rule: 'no-newer-good'; readonly failedSources: number }
  | { readonly rule: 'newest-of-highest-proof'; readonly proof: string }
  | { readonly rule: 'only-holder'; readonly source: string }
  | { readonly rule: 'not-verified' }
  | { readonly rule: 'other-environment'; readonly environment: string }
  | { readonly rule: 'no-manifest' }
  | { readonly rule: 'damaged'; readonly detail: string }
  | { readonly rule: 'unfinished' }
  | { readonly rule: 'not-ours'; readonly detail: string }
  | { readonly rule: 'run-failed' }
  | { readonly rule: 'expired'; readonly days: number; readonly ageDays: number; readonly newerGood: number };

/** What is to happen with one entry of a storage. */
export interface RetentionDecision {
  readonly entry: CatalogEntry;
  readonly action: 'keep' | 'remove';
  readonly reason: RetentionReason;
}

/** What retention is told. */
export interface RetentionRules {
  /** Sets younger than so many days are kept; BACKUP_RETENTION_DAYS. */
  readonly days: number;
  readonly now: Date;
  /** Only sets of this environment are counted and removed. */
  readonly environment: string;
  /** The run that prunes has failed in part: nothing is removed. */
  readonly runFailed: boolean;
  /** The person has seen the refusal and asks for it all the same; lifts the cap on removals, never another rule. */
  readonly force?: boolean;
}

/**
 * Decides for every entry, in the given order; removes nothing itself. Only verified sets of this environment (complete,
 * proof at least "intact") are ever removed: what our own manifests name. Good, that is counted, are those of them in
 * which no source failed. Throws Failure "clock-jumped" when the newest set lies in the future or too much would go at
 * once (pitfalls g4).
 */
export function planRetention(entries: readonly CatalogEntry[], rules: RetentionRules): RetentionDecision[] {
  requireSaneRules(rules);
  if (!rules.runFailed) refuseFuture(entries, rules);
  const verified = entries.filter((entry) => isVerifiedHere(entry, rules));
  verified.sort(newestFirst);
  const good = verified.filter(({ manifest }) => manifest.failed.length === 0);
  const counted = { good, holders: newestHolders(verified) };
  const decisions = entries.map((entry) => decide(entry, counted, rules));
  refuseTooMany(decisions, verified.length, rules);
  return decisions;
}

/** The sets that decide about the others. */
interface Counted {
  /** Newest first. */
  readonly good: readonly CompleteEntry[];
  /** The newest verified set that holds a source, by {@link sourceKey}. */
  readonly holders: ReadonlyMap<string, CompleteEntry>;
}

function newestHolders(newestFirst: readonly CompleteEntry[]): Map<string, CompleteEntry> {
  const oldestFirst = [...newestFirst].reverse();
  return new Map(oldestFirst.flatMap((entry) => entry.manifest.sources.map((source) => [sourceKey(source), entry])));
}

function sourceKey({ kind, server, name }: { kind: string; server: string; name: string }): string {
  return server === 'default' ? `${kind}/${name}` : `${kind}/${server}/${name}`;
}

function requireSaneRules({ days, now }: RetentionRules): void {
  if (Number.isFinite(days) && days > 0 && !Number.isNaN(now.getTime())) return;
  throw new Failure('settings', { message: `retention found ${days} days, expected a number above 0` });
}

function isVerifiedHere(entry: CatalogEntry, { environment }: RetentionRules): entry is CompleteEntry {
  return entry.state === 'complete' && isVerified(entry) && entry.manifest.environment === environment;
}

function isVerified({ proof }: CompleteEntry): boolean {
  return proofRank(proof) >= proofRank('intact');
}

/** Of two sets of one moment the name decides, so that the order never depends on how they were listed. */
function newestFirst(one: CompleteEntry, other: CompleteEntry): number {
  return other.time.getTime() - one.time.getTime() || Number(one.name < other.name) - Number(one.name > other.name);
}

function decide(entry: CatalogEntry, counted: Counted, rules: RetentionRules): RetentionDecision {
  const reason = entry.state === 'complete' ? reasonForComplete(entry, counted, rules) : reasonForOther(entry);
  return { entry, action: reason.rule === 'expired' ? 'remove' : 'keep', reason };
}

function reasonForOther(entry: Exclude<CatalogEntry, CompleteEntry>): RetentionReason {
  switch (entry.state) {
    case 'legacy':
      return { rule: 'no-manifest' };
    case 'damaged':
      return { rule: 'damaged', detail: entry.reason };
    case 'partial':
      return { rule: 'unfinished' };
    case 'foreign':
      return { rule: 'not-ours', detail: entry.reason };
  }
}

function reasonForComplete(entry: CompleteEntry, { good, holders }: Counted, rules: RetentionRules): RetentionReason {
  const { environment, failed } = entry.manifest;
  if (environment !== rules.environment) return { rule: 'other-environment', environment };
  if (!isVerified(entry)) return { rule: 'not-verified' };
  if (entry === good[0]) return { rule: 'newest-good' };
  if (entry === newestOfHighestProof(good)) return { rule: 'newest-of-highest-proof', proof: entry.proof };
  const age = rules.now.getTime() - entry.time.getTime();
  const limits = { days: rules.days, ageDays: Math.floor(age / DAY) };
  if (age <= rules.days * DAY) return { rule: 'within', ...limits };
  const source = entry.manifest.sources.map(sourceKey).find((key) => holders.get(key) === entry);
  if (source !== undefined) return { rule: 'only-holder', source };
  const newerGood = good.filter((one) => newestFirst(one, entry) < 0).length;
  if (newerGood === 0) return { rule: 'no-newer-good', failedSources: failed.length };
  return rules.runFailed ? { rule: 'run-failed' } : { rule: 'expired', ...limits, newerGood };
}

function newestOfHighestProof(good: readonly CompleteEntry[]): CompleteEntry | undefined {
  const highest = Math.max(...good.map(({ proof }) => proofRank(proof)));
  return good.find(({ proof }) => proofRank(proof) === highest);
}

/** Only sets of this environment say something about this clock; the time of anything else is nobody's word. */
function refuseFuture(entries: readonly CatalogEntry[], { now, environment }: RetentionRules): void {
  const ours = entries.filter((entry) => entry.state === 'complete' && entry.manifest.environment === environment);
  const future = ours.find(({ time }) => time.getTime() > now.getTime() + CLOCK_TOLERANCE);
  if (future === undefined) return;
  throw new Failure('clock-jumped', {
    message: `the clock says ${now.toISOString()}, but the set "${future.name}" is of ${future.time.toISOString()}`,
    step: 'prune',
  });
}

function refuseTooMany(decisions: readonly RetentionDecision[], verified: number, rules: RetentionRules): void {
  const removals = decisions.filter(({ action }) => action === 'remove').length;
  if (rules.force === true || removals <= ALWAYS_ALLOWED || removals <= verified * LARGEST_SHARE) return;
  throw new Failure('clock-jumped', {
    message: `${removals} of ${verified} verified sets would be removed at once, expected at most half of them`,
    step: 'prune',
    hint: 'check the clock (date -u) and holdfast prune --dry-run; when both are right: holdfast prune --yes',
  });
}
