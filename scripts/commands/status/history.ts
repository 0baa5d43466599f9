import type { RunRecord } from '../../runs/record.ts';
import { PROOF_LEVELS, type ProofLevel } from '../../sets/manifest.ts';
import { proofRank } from '../../sets/proof.ts';
import type { Standing } from './facts.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Thirteen whole weeks: what is called the last 90 days. */
export const DAYS_SHOWN = 91;

/** What happened on one day, in UTC as sets are named. */
export interface DayFact {
  /** "2026-05-07". */
  readonly day: string;
  /** Of the largest set made on that day: one of a few sources does not look like a loss. */
  readonly bytes: number | undefined;
  /** Of the longest backup that made a set. */
  readonly milliseconds: number | undefined;
  /** Of the longest restore of a drill that passed: the measured RTO. */
  readonly restoreMilliseconds: number | undefined;
  /** Backups that made no set, or one that lacks something. */
  readonly failedBackups: number;
  /** The highest level that any set was proven to on that day. */
  readonly level: ProofLevel | undefined;
  /** A drill or a verification found that a set cannot be relied on. */
  readonly hasFailedProof: boolean;
}

/** The last {@link DAYS_SHOWN} days up to that of `now`, oldest first. What retention removed is known from the runs. */
export function historyOf({ now, runs, sets }: Pick<Standing, 'now' | 'runs' | 'sets'>): DayFact[] {
  const days = new Map<string, DayFact>();
  for (let ago = DAYS_SHOWN - 1; ago >= 0; ago -= 1) {
    const day = dayOf(new Date(now.getTime() - ago * DAY));
    days.set(day, { ...EMPTY, day });
  }
  const note = (at: Date, what: Partial<DayFact>): void => {
    const known = days.get(dayOf(at));
    if (known !== undefined) days.set(known.day, join(known, what));
  };
  for (const { entry, proof, provenAt } of sets) {
    note(entry.time, { bytes: entry.bytes, level: 'stored' });
    if (provenAt !== undefined) note(new Date(provenAt), { level: proof });
  }
  for (const run of runs) note(new Date(run.startedAt), factOf(run));
  return [...days.values()];
}

const EMPTY = {
  bytes: undefined,
  milliseconds: undefined,
  restoreMilliseconds: undefined,
  failedBackups: 0,
  level: undefined,
  hasFailedProof: false,
} as const;

function factOf({ command, startedAt, finishedAt, result }: RunRecord): Partial<DayFact> {
  if (result === undefined || result.outcome === 'skipped') return {};
  const level = PROOF_LEVELS.find((known) => known === result.proof);
  const made = result.outcome === 'good' || result.outcome === 'partial';
  if (command === 'backup') {
    const took = finishedAt === undefined ? undefined : Date.parse(finishedAt) - Date.parse(startedAt);
    return {
      failedBackups: result.outcome === 'good' ? 0 : 1,
      ...(made && { bytes: result.bytes, milliseconds: took, level }),
    };
  }
  if (command !== 'drill' && command !== 'verify') return {};
  // 5: a set did not pass.
  const failed = result.drill?.verdict === 'FAIL' || (result.drill === undefined && result.exitCode === 5);
  if (result.outcome !== 'good') return { hasFailedProof: failed };
  return { level, restoreMilliseconds: result.drill?.restoreMilliseconds };
}

function join(known: DayFact, what: Partial<DayFact>): DayFact {
  return {
    day: known.day,
    bytes: largest(known.bytes, what.bytes),
    milliseconds: largest(known.milliseconds, what.milliseconds),
    restoreMilliseconds: largest(known.restoreMilliseconds, what.restoreMilliseconds),
    failedBackups: known.failedBackups + (what.failedBackups ?? 0),
    level: highest(known.level, what.level),
    hasFailedProof: known.hasFailedProof || (what.hasFailedProof ?? false),
  };
}

function largest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.max(one, other);
}

function highest(one: ProofLevel | undefined, other: ProofLevel | undefined): ProofLevel | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return proofRank(one) < proofRank(other) ? other : one;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
