/**
 * What docs/retention.md promises, said once more and slowly: every set is judged by itself, by looking at all others.
 * Shares nothing with the code under test.
 */

import type { RetentionPolicy } from '../../../scripts/common/policy.ts';
import type { CatalogEntry, CompleteEntry } from '../../../scripts/sets/catalog.ts';
import { DAY, now, rankOf } from './retention-calendar.ts';

const LABELS = {
  hourly: (time: Date) => time.toISOString().split(':')[0] ?? '',
  daily: (time: Date) => time.toISOString().split('T')[0] ?? '',
  weekly: isoWeek,
  monthly: (time: Date) => time.toISOString().split('-', 2).join('-'),
  yearly: (time: Date) => time.toISOString().split('-', 1).join(),
} as const;

/** By walking the calendar: to the Thursday of the week, then counting the Thursdays of its year. */
export function isoWeek(time: Date): string {
  const day = new Date(time.toISOString().slice(0, 10));
  const monday = new Date(day);
  while (monday.getUTCDay() !== 1) monday.setUTCDate(monday.getUTCDate() - 1);
  const thursday = new Date(monday);
  thursday.setUTCDate(thursday.getUTCDate() + 3);
  let week = 0;
  for (const walk = new Date(thursday); walk.getUTCFullYear() === thursday.getUTCFullYear(); week += 1) {
    walk.setUTCDate(walk.getUTCDate() - 7);
  }
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`;
}

/** The names of the rules of the policy that keep a set, in no order. */
export function rulesThatKeep(
  set: CompleteEntry,
  entries: readonly CatalogEntry[],
  policy: RetentionPolicy,
): Set<string> {
  const kept = new Set<string>();
  if (now.getTime() - set.time.getTime() <= (policy.days ?? -1) * DAY) kept.add('within');
  if (!isGood(set)) return kept;
  const newer = ours(entries).filter((other) => isGood(other) && isNewer(other, set));
  if (newer.length < (policy.last ?? 0)) kept.add('last');
  for (const [rule, labelOf] of Object.entries(LABELS)) {
    const newerPeriods = new Set(newer.map(({ time }) => labelOf(time)));
    const limit = policy[rule as keyof typeof LABELS] ?? 0;
    if (!newerPeriods.has(labelOf(set.time)) && newerPeriods.size < limit) kept.add(rule);
  }
  return kept;
}

/** May nothing but the policy decide about it? */
export function isProtected(entry: CatalogEntry, entries: readonly CatalogEntry[]): boolean {
  if (entry.state !== 'complete' || !ours([entry]).includes(entry)) return true;
  const newer = ours(entries).filter((other) => isNewer(other, entry));
  const newerGood = newer.filter(isGood);
  const holdsAlone = ({ name }: { name: string }) =>
    newer.every(({ manifest }) => manifest.sources.every((source) => source.name !== name));
  return (
    entry.pin !== undefined ||
    newerGood.length === 0 ||
    entry.manifest.sources.some(holdsAlone) ||
    (isGood(entry) &&
      newerGood.every((other) => rankOf(other) < rankOf(entry)) &&
      ours(entries).every((other) => !isGood(other) || rankOf(other) <= rankOf(entry)))
  );
}

/** Verified sets of the environment. */
export function ours(entries: readonly CatalogEntry[]): CompleteEntry[] {
  return entries.filter(
    (entry): entry is CompleteEntry =>
      entry.state === 'complete' && entry.proof !== 'stored' && entry.manifest.environment === 'shop',
  );
}

/** A verified set in which no source failed. */
export function isGood({ manifest }: CompleteEntry): boolean {
  return manifest.failed.length === 0;
}

function isNewer(one: CompleteEntry, other: CompleteEntry): boolean {
  const [first, second] = [one.time.getTime(), other.time.getTime()];
  return first === second ? one.name > other.name : first > second;
}
