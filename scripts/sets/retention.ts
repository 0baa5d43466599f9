import { Failure } from '../common/failure.ts';
import { policyOf, type RetentionPolicy } from '../common/policy.ts';
import type { CatalogEntry, CompleteEntry } from './catalog.ts';
import { proofRank } from './proof.ts';
import { ageInDays, type PolicyReason, reasonOfAge, reasonsByCount, requireSanePolicy } from './retention-policy.ts';
import type { RetentionReason } from './retention-reason.ts';
import { refuseFuture, refuseTooMany } from './retention-refusal.ts';

/** What is to happen with one entry of a storage. */
export interface RetentionDecision {
  readonly entry: CatalogEntry;
  readonly action: 'keep' | 'remove';
  /** The one that is told first. */
  readonly reason: RetentionReason;
  /** Every other that holds as well, for a set that is kept. */
  readonly also: readonly RetentionReason[];
}

/** What retention is told: the policy, and where and when it applies. */
export interface RetentionRules extends RetentionPolicy {
  readonly now: Date;
  /** Only sets of this environment are counted and removed. */
  readonly environment: string;
  /** The run that prunes has failed in part: nothing is removed. */
  readonly runFailed: boolean;
  /** What is asked for again and again, such as by a schedule; everything alone when missing. */
  readonly choices?: readonly RepeatedChoice[];
  /** The person has seen the refusal and asks for it all the same; lifts the cap on removals, never another rule. */
  readonly force?: boolean;
}

/** Words that sets are asked for by, none for everything, and how long those are kept, where not as all others. */
export interface RepeatedChoice {
  readonly choice: readonly string[];
  readonly policy?: RetentionPolicy | undefined;
}

/**
 * Decides for every entry, in the given order; removes nothing itself. Only verified sets of this environment (complete,
 * proof at least "intact") are ever removed: what our own manifests name. Good, that is counted, are those of them in
 * which no source failed. What is kept has all of its reasons. Throws Failure "clock-jumped" when the newest set lies in
 * the future or too much would go at once (pitfalls g4), "settings" for a policy without a rule.
 *
 * Sets of a choice that is made again and again are counted apart: that of Redis alone at eleven at night does not stand
 * for the day of that of everything at two. What was asked for once, or is asked for no more, is counted among all, so that
 * it goes like all.
 */
export function planRetention(entries: readonly CatalogEntry[], rules: RetentionRules): RetentionDecision[] {
  requireSaneRules(rules);
  if (!rules.runFailed) refuseFuture(entries, rules);
  const verified = entries.filter((entry) => isVerifiedHere(entry, rules)).sort(newestFirst);
  const counted = countSets(verified, rules);
  const decisions = entries.map((entry) => decide(entry, counted, rules));
  refuseTooMany(decisions, verified.length, rules);
  return decisions;
}

/** The sets that decide about the others. */
interface Counted {
  /** Newest first. */
  readonly good: readonly CompleteEntry[];
  /** The newest good set of the highest proof that a good set has. */
  readonly bestProven: CompleteEntry | undefined;
  /** The newest verified set that holds a source, by {@link sourceKey}. */
  readonly holders: ReadonlyMap<string, CompleteEntry>;
  /** What the counting rules of the policy keep. */
  readonly byCount: ReadonlyMap<CompleteEntry, readonly PolicyReason[]>;
}

function countSets(newestFirst: readonly CompleteEntry[], rules: RetentionRules): Counted {
  const good = newestFirst.filter(({ manifest }) => manifest.failed.length === 0);
  const holders = newestHolders(newestFirst);
  return { good, holders, bestProven: newestOfHighestProof(good), byCount: countByChoice(good, rules) };
}

function countByChoice(newestFirst: readonly CompleteEntry[], rules: RetentionRules): Counted['byCount'] {
  const { choices = EVERYTHING } = rules;
  const repeated = choices.map(({ choice }) => keyOf(choice));
  const alike = Map.groupBy(newestFirst, ({ manifest }) => keyOf(manifest.choice));
  const apart = repeated.flatMap((key) => {
    const sets = alike.get(key) ?? [];
    return [...reasonsByCount(sets, policyFor(sets[0], rules))];
  });
  const isOther = ({ manifest }: CompleteEntry): boolean => !repeated.includes(keyOf(manifest.choice));
  const others = [...reasonsByCount(newestFirst, rules)].filter(([entry]) => isOther(entry));
  return new Map([...apart, ...others]);
}

const EVERYTHING: readonly RepeatedChoice[] = [{ choice: [] }];

function keyOf(choice: readonly string[] = []): string {
  return JSON.stringify(choice.toSorted());
}

function policyFor(
  entry: CatalogEntry | undefined,
  { choices = EVERYTHING, ...rules }: RetentionRules,
): RetentionPolicy {
  if (entry?.state !== 'complete') return policyOf(rules);
  const key = keyOf(entry.manifest.choice);
  return choices.find(({ choice }) => keyOf(choice) === key)?.policy ?? policyOf(rules);
}

function newestHolders(newestFirst: readonly CompleteEntry[]): Map<string, CompleteEntry> {
  const oldestFirst = [...newestFirst].reverse();
  return new Map(oldestFirst.flatMap((entry) => entry.manifest.sources.map((source) => [sourceKey(source), entry])));
}

function sourceKey({ kind, server, name }: { kind: string; server: string; name: string }): string {
  return server === 'default' ? `${kind}/${name}` : `${kind}/${server}/${name}`;
}

function requireSaneRules(rules: RetentionRules): void {
  requireSanePolicy(rules);
  for (const { policy } of rules.choices ?? []) if (policy !== undefined) requireSanePolicy(policy);
  if (Number.isNaN(rules.now.getTime())) throw new Failure('internal', { message: 'retention was told no time' });
}

function isVerifiedHere(entry: CatalogEntry, { environment }: RetentionRules): entry is CompleteEntry {
  return entry.state === 'complete' && isVerified(entry) && entry.manifest.environment === environment;
}

function isVerified({ proof }: CompleteEntry): boolean {
  return proofRank(proof) >= proofRank('intact');
}

/** Of two sets of one moment the name decides, so that the order never depends on how they were listed. */
function newestFirst(one: CatalogEntry, other: CatalogEntry): number {
  return other.time.getTime() - one.time.getTime() || Number(one.name < other.name) - Number(one.name > other.name);
}

function decide(entry: CatalogEntry, counted: Counted, rules: RetentionRules): RetentionDecision {
  const reasons = entry.state === 'complete' ? reasonsToKeep(entry, counted, rules) : [reasonForOther(entry)];
  const [reason = reasonToGo(entry, counted, rules), ...also] = reasons;
  return { entry, action: reason.rule === 'expired' ? 'remove' : 'keep', reason, also };
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

/** All that hold, the ones that no setting can change first; none when the set may go. */
function reasonsToKeep(entry: CompleteEntry, counted: Counted, rules: RetentionRules): RetentionReason[] {
  const { environment } = entry.manifest;
  const pinned = entry.pin === undefined ? [] : [{ rule: 'pinned', pin: entry.pin } as const];
  if (environment !== rules.environment) return [{ rule: 'other-environment', environment }, ...pinned];
  if (!isVerified(entry)) return [{ rule: 'not-verified' }, ...pinned];
  return [
    ...reasonsOfTheNewest(entry, counted),
    ...pinned,
    ...reasonOfAge(entry, policyFor(entry, rules), rules.now),
    ...(counted.byCount.get(entry) ?? []),
    ...reasonsOfTheLast(entry, counted),
  ];
}

function reasonsOfTheNewest(entry: CompleteEntry, { good, bestProven }: Counted): RetentionReason[] {
  const { proof } = entry;
  return [
    ...(entry === good[0] ? [{ rule: 'newest-good' } as const] : []),
    ...(entry === bestProven ? [{ rule: 'newest-of-highest-proof', proof } as const] : []),
  ];
}

/** Without this set something would be lost: the last dump of a source, or the newest data there is. */
function reasonsOfTheLast(entry: CompleteEntry, { good, holders }: Counted): RetentionReason[] {
  const { sources, failed } = entry.manifest;
  const source = sources.map(sourceKey).find((key) => holders.get(key) === entry);
  const [newest] = good;
  const last = newest === undefined || newestFirst(entry, newest) < 0;
  return [
    ...(source === undefined ? [] : [{ rule: 'only-holder', source } as const]),
    ...(last ? [{ rule: 'no-newer-good', failedSources: failed.length } as const] : []),
  ];
}

function reasonToGo(entry: CatalogEntry, { good }: Counted, rules: RetentionRules): RetentionReason {
  if (rules.runFailed) return { rule: 'run-failed' };
  const policy = policyFor(entry, rules);
  return { rule: 'expired', policy, ageDays: ageInDays(entry.time, rules.now), newerGood: newerGood(entry, good) };
}

function newerGood(entry: CatalogEntry, good: readonly CompleteEntry[]): number {
  return good.filter((one) => newestFirst(one, entry) < 0).length;
}

function newestOfHighestProof(good: readonly CompleteEntry[]): CompleteEntry | undefined {
  const highest = Math.max(...good.map(({ proof }) => proofRank(proof)));
  return good.find(({ proof }) => proofRank(proof) === highest);
}
