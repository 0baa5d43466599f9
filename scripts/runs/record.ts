import type { FailureCode } from '../common/failure.ts';

/** Schema name of the lines of a run history. */
export const RUN_SCHEMA = 'holdfast-run/v1';

/**
 * How a run ended. "good": everything that was asked for is proven and lies everywhere it should. "partial": a set was
 * made, but a source or a destination failed. "skipped": it was not due, or another run was at it. "died": it was
 * started and never said how it ended (only given when a history is read, never written).
 */
export type RunOutcome = 'good' | 'partial' | 'failed' | 'skipped' | 'interrupted' | 'died';

/** One source of a run. */
export interface RunSource {
  /** "postgres/app". */
  readonly source: string;
  /** Of its artifacts as stored. */
  readonly bytes: number;
  /** Rows or documents that it holds; missing where nothing is counted. */
  readonly rows?: number;
  readonly milliseconds: number;
}

/** Something that is not there, and why. */
export interface RunAbsence {
  readonly source: string;
  readonly reason: string;
}

/** One storage of a run. */
export interface RunDestination {
  readonly name: string;
  readonly location: string;
  /** Why the set did not get there; it is there when this is missing. */
  readonly failure?: string;
  /** Sets that retention removed there. */
  readonly pruned: readonly string[];
}

/**
 * What a drill came to. "UNVERIFIABLE": nothing is known to be wrong, but it could not be tried here (an extension that
 * the image lacks, no key); that is never a pass and never a fail.
 */
export interface RunDrill {
  readonly verdict: 'PASS' | 'FAIL' | 'UNVERIFIABLE';
  /** From the first byte fetched to the end of the comparison, without the start of the servers: the measured RTO. */
  readonly restoreMilliseconds: number;
  /** Of the artifacts that were restored. */
  readonly bytes: number;
}

/** The first line of a run: written before anything else is touched, so that a run that hangs or dies shows. */
export interface RunStart {
  readonly schema: typeof RUN_SCHEMA;
  /** Names the run: its start in UTC and four letters, "2026-05-07T02-00-03-a1b2". */
  readonly run: string;
  /** The verb: "backup", "verify". */
  readonly command: string;
  /** The schedule that asked for it; missing when a person did. */
  readonly schedule?: string;
  /** The words that chose sources; empty: everything. */
  readonly choice: readonly string[];
  readonly environment: string;
  readonly host: string;
  readonly pid: number;
  /** Tells two processes of one number apart; see common/process-identity.ts. */
  readonly processStart: string;
  readonly bootId: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
}

/** What a run came to: its last line. */
export interface RunResult {
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  /** The set that it made or worked on. */
  readonly set?: string;
  /** Of the whole set. */
  readonly bytes?: number;
  /** "readable" and so on, of the set. */
  readonly proof?: string;
  readonly sources: readonly RunSource[];
  readonly skipped: readonly RunAbsence[];
  readonly failed: readonly RunAbsence[];
  readonly destinations: readonly RunDestination[];
  /** Only of drills. */
  readonly drill?: RunDrill;
  /** What looks wrong although nothing failed, for people: "postgres/app shrank from 1.2 GB to 3 MB". */
  readonly suspicions: readonly string[];
  /** Why it failed: never contains a secret. */
  readonly error?: {
    readonly code: FailureCode;
    readonly message: string;
    /** The far side's own words, or a line for each source. */
    readonly detail?: string;
    readonly hint?: string;
  };
}

/** One run of a history. `finishedAt` (RFC 3339) and the result are missing while it runs; "died" is filled in by readers. */
export interface RunRecord extends RunStart {
  readonly finishedAt?: string;
  readonly result?: RunResult;
}
