/** Sets of random calendars, and what retention says of them. */
import fc from 'fast-check';
import type { RetentionPolicy } from '../../../scripts/common/policy.ts';
import type { CatalogEntry, CompleteEntry } from '../../../scripts/sets/catalog.ts';
import { PROOF_LEVELS, type ProofLevel, SET_SCHEMA } from '../../../scripts/sets/manifest.ts';
import type { Pin } from '../../../scripts/sets/pin.ts';
import { planRetention, type RetentionRules } from '../../../scripts/sets/retention.ts';

const HOUR = 60 * 60 * 1000;
export const DAY = 24 * HOUR;

/** Ten days after a turn of the year, so that weeks, months and years end close by. */
export const now = new Date('2027-01-10T12:00:00Z');

interface Facts {
  proof?: ProofLevel;
  environment?: string;
  failed?: number;
  holds?: readonly string[];
  pin?: Pin;
  /** Of sets of one moment, which may be in a storage that was put together from two. */
  suffix?: string;
}

/** A complete set of a moment; good and of the environment "shop" unless the facts say otherwise. */
export function setOf(
  time: Date,
  { proof = 'readable', environment = 'shop', failed = 0, holds = [], pin, suffix = '' }: Facts = {},
): CompleteEntry {
  const createdAt = time.toISOString();
  const id = `${createdAt}${suffix}`;
  const manifest = {
    schema: SET_SCHEMA,
    id,
    createdAt,
    environment,
    sources: holds.map((name) => ({ kind: 'postgres', name, server: 'default', artifacts: [] })),
    skipped: [],
    failed: Array.from({ length: failed }, () => ({})),
    extras: [],
  } as const;
  return { state: 'complete', name: id, time, manifest, bytes: 1, proof, provenAt: undefined, ...(pin && { pin }) };
}

/** Moments of the last hours, days and years, some on the hour, so that periods fill, overlap and stay empty. */
const anyTime: fc.Arbitrary<Date> = fc
  .oneof(
    fc.nat(60).map((hours) => hours * HOUR),
    fc.nat(40).map((days) => days * DAY),
    fc.nat(100).map((quarters) => quarters * 0.25 * DAY),
    fc.nat(130).map((weeks) => weeks * 7 * DAY - 1),
    fc.nat(2200).map((days) => days * DAY + 1),
  )
  .map((age) => new Date(now.getTime() - Math.max(0, age)));

const anySet: fc.Arbitrary<CompleteEntry> = fc
  .record({
    time: anyTime,
    proof: fc.constantFrom<ProofLevel[]>('stored', 'intact', 'readable', 'readable', 'readable', 'proven'),
    environment: fc.constantFrom('shop', 'shop', 'shop', 'shop', 'prod'),
    failed: fc.constantFrom(0, 0, 0, 0, 1),
    holds: fc.subarray(['app', 'chat', 'mail']),
    pinned: fc.constantFrom(false, false, false, false, true),
    suffix: fc.constantFrom('', '', 'a', 'b'),
  })
  .map(({ time, pinned, ...facts }) =>
    setOf(time, { ...facts, ...(pinned && { pin: { by: 'pin', since: time.toISOString() } }) }),
  );

const anyStranger: fc.Arbitrary<CatalogEntry> = fc
  .record({ time: anyTime, state: fc.constantFrom('damaged', 'foreign', 'legacy', 'partial') })
  .map(({ time, state }) => strangerOf(state, `${state} ${time.toISOString()}`, time));

function strangerOf(state: 'damaged' | 'foreign' | 'legacy' | 'partial', name: string, time: Date): CatalogEntry {
  switch (state) {
    case 'damaged':
      return { state, name, time, reason: 'cut', bytes: 1 };
    case 'foreign':
      return { state, name, time, reason: 'a file' };
    case 'legacy':
      return { state, name, time, sources: [], bytes: 1 };
    case 'partial':
      return { state, name, time, changed: time, bytes: 1 };
  }
}

/** What lies in a storage: each name once, like there. */
export const anyCalendar: fc.Arbitrary<CatalogEntry[]> = fc.uniqueArray(
  fc.oneof({ weight: 9, arbitrary: anySet }, { weight: 1, arbitrary: anyStranger }),
  { selector: ({ name }) => name, maxLength: 60, size: 'max' },
);

const limit = (max: number): fc.Arbitrary<number | undefined> =>
  fc.option(fc.integer({ min: 1, max }), { nil: undefined, freq: 2 });

/** Any policy with at least one rule. */
export const anyPolicy: fc.Arbitrary<RetentionPolicy> = fc
  .record({
    days: limit(40),
    last: limit(10),
    hourly: limit(30),
    daily: limit(20),
    weekly: limit(12),
    monthly: limit(12),
    yearly: limit(4),
  })
  .filter((policy) => Object.values(policy).some((value) => value !== undefined));

/** The names that a plan removes, sorted. Without the cap on removals, unless the changes bring it back. */
export function removedBy(
  entries: readonly CatalogEntry[],
  policy: RetentionPolicy,
  changes: Partial<RetentionRules> = {},
): string[] {
  const rules = { ...policy, now, environment: 'shop', runFailed: false, force: true, ...changes };
  const gone = planRetention(entries, rules).filter(({ action }) => action === 'remove');
  return gone.map(({ entry }) => entry.name).sort();
}

/** How much a proof is worth. */
export function rankOf({ proof }: CompleteEntry): number {
  return PROOF_LEVELS.indexOf(proof);
}
