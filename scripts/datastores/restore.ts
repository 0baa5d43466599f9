import type { Context } from '../common/context.ts';
import type { Exchange } from './generation.ts';

/** What stands at the place where a restore is going to write. */
export interface TargetFacts {
  /** The database at the target. */
  readonly name: string;
  readonly exists: boolean;
  readonly sizeBytes: number;
  /** Tables or collections. */
  readonly objects: number;
  /** The last write that the server knows of, when it can tell. */
  readonly lastWrite: Date | undefined;
  /** Other sessions that are connected now. */
  readonly sessions: number;
}

/** Parts of a source, as people name them; at least one list is not empty. */
export interface RestoreParts {
  /** "schema.table", or "table" for one of the schema "public". */
  readonly tables: readonly string[];
  readonly schemas: readonly string[];
  readonly collections: readonly string[];
}

/** What somebody wants of the restore of one source. */
export interface RestoreWish {
  /** The database to write. */
  readonly target: string;
  /** Names what is made beside; see `Generation`. */
  readonly stamp: string;
  /**
   * "swap": beside, then in the place of the live one; "in-place": over it; "direct": into the target itself, which must
   * not exist (a drill). Undefined: the best that can be had. What was asked for and cannot be had is Failure "refused".
   */
  readonly way?: 'swap' | 'in-place' | 'direct' | undefined;
  /** Undefined: everything. */
  readonly parts?: RestoreParts | undefined;
  /** In place: what is not in the set goes as well. A swap leaves nothing of it anyway. */
  readonly exact: boolean;
  /** Of secrets: env files that are there and differ are replaced as well. */
  readonly forceConfig?: boolean;
  /** These very bytes were read to their end by our reader before, and by nobody since. */
  readonly wasRead: boolean;
}

/**
 * How a source is restored. "swap": beside, compared, then put in the place of the old one, which is kept (also where
 * there is none yet). "transaction": over the old one, all or nothing. "in-place": over the old one, step by step; only
 * a safety backup brings the old one back. "direct": see {@link RestoreWish}. "roles": those that are missing are made.
 */
export type RestoreWay = 'swap' | 'transaction' | 'in-place' | 'direct' | 'roles';

/** What becomes of one table or collection of the target. */
export interface ObjectChange {
  readonly name: string;
  /**
   * "left": there, not in the set, and it stays. "removed": there, not in the set, and it goes. "same": nothing is to be
   * done. "kept": it differs, and stays as it is.
   */
  readonly change: 'replaced' | 'added' | 'removed' | 'left' | 'same' | 'kept';
  /** Rows or documents there now, as the server estimates them; undefined where it does not tell or there are none. */
  readonly now: number | undefined;
  /** Rows or documents in the set, where they were recorded. */
  readonly recorded: number | undefined;
}

/** What a step does, for machines; people read its text. */
export type StepKind =
  | 'fetch'
  | 'check'
  | 'read'
  | 'prepare'
  | 'roles'
  | 'create'
  | 'restore'
  | 'describe'
  | 'statistics'
  | 'compare'
  | 'remove'
  | 'exchange'
  | 'safety-backup'
  | 'maintenance-on'
  | 'before-hook'
  | 'stop'
  | 'after-hook'
  | 'start'
  | 'health'
  | 'rebuild'
  | 'maintenance-off';

/** What a step came to. */
export interface StepOutcome {
  readonly notes?: readonly string[];
  /** Of the step that compares. */
  readonly report?: RestoreReport;
}

/** One step of a restore: a dry run prints it, a real run does it. */
export interface RestoreStep {
  readonly kind: StepKind;
  /** What it does, for people, one line: "create database "app_new_20261121_235220" for "owner"". */
  readonly text: string;
  /** False while it changes nothing that anybody else uses. */
  readonly live: boolean;
  /** Throws a Failure that says what stands. */
  run(context: Context): Promise<StepOutcome>;
  /**
   * Takes back what `run` did, or had begun to do when it failed; later steps were taken back before. Missing where there
   * is nothing to take back, or no way. Not bound to the signal that ended the run.
   */
  undo?(): Promise<void>;
}

/** A difference between what was recorded and what stands after the restore. */
export interface Difference {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

/** What a restore did. */
export interface RestoreReport {
  /** The database that was written. */
  readonly target: string;
  /** Tables or collections, and rows or documents, that were counted afterwards. */
  readonly objects: number;
  readonly rows: number;
  /** Rows or documents of each that was counted, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** Empty when everything is there; a restore with differences is a failed one. */
  readonly differences: readonly Difference[];
  /** False when there was nothing recorded to compare with (sets without a manifest). */
  readonly compared: boolean;
  /** Harmless things that the tools said, and manual steps that remain. */
  readonly notes: readonly string[];
}

/** A restore that only waits for the word go. */
export interface PreparedRestore {
  readonly way: RestoreWay;
  /** Why it is not a better way: "the role "app" may not make databases"; undefined where there is none. */
  readonly reason: string | undefined;
  /** Tables or collections, by name; empty where nothing is known of them (roles). */
  readonly changes: readonly ObjectChange[];
  /** What a person should know before saying go: sessions that will be cut off, manual steps that remain. */
  readonly warnings: readonly string[];
  /** In their order. Those of a "swap" end before the exchange. */
  readonly steps: readonly RestoreStep[];
  /** What ends a "swap"; the caller asks the server for it, together with those of other sources. */
  readonly exchange: Exchange | undefined;
  /** Removes what `prepare` brought to the server; always called, also after the last step. */
  discard(): Promise<void>;
}

/**
 * Does all steps, for a restore into a place of its own: a drill. Throws what the first step throws that fails; nothing is
 * taken back there.
 */
export async function runSteps({ steps }: PreparedRestore, context: Context): Promise<RestoreReport | undefined> {
  const outcomes: StepOutcome[] = [];
  for (const step of steps) outcomes.push(await step.run(context));
  const report = outcomes.findLast((outcome) => outcome.report !== undefined)?.report;
  return report && { ...report, notes: outcomes.flatMap(({ notes = [] }) => notes).concat(report.notes) };
}
