import type { Overview } from '../status/overview.ts';
import type { Workbench } from '../workbench.ts';

/**
 * One thing that was looked at. "ok": nothing to do. "warning": it will hurt later. "problem": it makes tonight's backup
 * or a restore fail.
 */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  /** What was looked at, in a word or two: "storage s3", "clock". */
  readonly about: string;
  /** What was found. Never contains a secret. */
  readonly what: string;
  /** Why it matters; missing when all is well. */
  readonly why?: string;
  /** The command or the step that mends it. */
  readonly mend?: string;
  /** Mends it, where that does no harm: for --fix. Gives what was done, for people. */
  readonly fix?: () => Promise<string>;
}

/** What every check is given. */
export interface DoctorRoom {
  readonly bench: Workbench;
  readonly overview: Overview;
  /** True where the check runs inside a scheduler: nothing there asks the scheduler again. */
  readonly inside: boolean;
}

/** One check. It finds and never throws but when the run is aborted; what it cannot find out is a finding. */
export type Check = (room: DoctorRoom) => Promise<readonly Finding[]>;
