import { Failure, type FailureCode } from '../../common/failure.ts';
import type { RestoreReport } from '../../datastores/restore.ts';
import type { ThrowawayRecipe } from '../../datastores/throwaway.ts';
import type { RunDrill } from '../../runs/record.ts';

/** What a drill, or one source of it, came to; see RunDrill. */
export type Verdict = RunDrill['verdict'];

/** How a check of a person's own ended. */
export interface CheckOutcome {
  readonly name: string;
  readonly verdict: Verdict;
  readonly expected: string;
  /** Undefined when there was no answer. */
  readonly found: string | undefined;
  /** Why there was none. */
  readonly reason?: string;
}

/** What a drill found of one source. */
export interface SourceDrill {
  /** "postgres/app". */
  readonly label: string;
  readonly kind: string;
  readonly name: string;
  readonly verdict: Verdict;
  /** Why it is not PASS, for people. */
  readonly reasons: readonly string[];
  readonly report?: RestoreReport;
  /** The image, or the server that was given. */
  readonly place?: string;
  /** Versions of server and tools. */
  readonly tools?: Readonly<Record<string, string>>;
  /** Of its artifacts. */
  readonly bytes: number;
  readonly milliseconds: number;
  readonly checks: readonly CheckOutcome[];
}

const RANK: readonly Verdict[] = ['PASS', 'UNVERIFIABLE', 'FAIL'];

/** The worst of some verdicts; UNVERIFIABLE for none, since nothing was shown. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return 'UNVERIFIABLE';
  return RANK[Math.max(...verdicts.map((verdict) => RANK.indexOf(verdict)))] ?? 'FAIL';
}

/** Failures that end the whole drill: they say nothing of the set. */
const FINAL: readonly FailureCode[] = [
  'interrupted',
  'internal',
  'usage',
  'refused',
  'locked',
  'lock-lost',
  'ambiguous',
];
/** What is wrong with a set by its own account. */
const DAMAGED: readonly FailureCode[] = ['damaged', 'mismatch'];
/** What a restore may end with for reasons that are not in the set. */
const OF_PLACE: readonly FailureCode[] = [
  'no-space',
  'unreachable',
  'server-changed',
  'timeout',
  'version',
  'tool-missing',
  'broken-stream',
  'settings',
  'storage',
];

/** True for a failure that a drill must not turn into a verdict. */
export function isFinal(error: unknown): boolean {
  return !(error instanceof Failure) || FINAL.includes(error.code);
}

/**
 * What a failure says of the set. While a source is restored into an empty server of its own, everything that its tools
 * refuse is due to the set, unless the server lacks something (`isOfPlace`) or broke down; before that only what is
 * damaged is.
 */
export function verdictOf({ failure, restoring, recipe }: Judged): Exclude<Verdict, 'PASS'> {
  if (DAMAGED.includes(failure.code)) return 'FAIL';
  if (!restoring || OF_PLACE.includes(failure.code) || recipe?.isOfPlace(failure)) return 'UNVERIFIABLE';
  return 'FAIL';
}

/** A failure, and where it arose. */
export interface Judged {
  readonly failure: Failure;
  /** True from the first byte that was loaded. */
  readonly restoring: boolean;
  readonly recipe?: ThrowawayRecipe | undefined;
}

/** A failure as the reason of a verdict: its message, the system's own words, each on a line. */
export function reasonsOf({ message, detail }: Failure): string[] {
  return [message, ...(detail?.trimEnd().split('\n').slice(0, MOST_LINES) ?? [])];
}

/** Of the system's own words. */
const MOST_LINES = 10;
