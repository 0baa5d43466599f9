import type { CronTime } from '../common/cron.ts';

/** One thing to be started at given times: what every scheduler is told. */
export interface Job {
  /** The name of the schedule in the settings: letters, digits, "_", ".", "-". */
  readonly name: string;
  readonly time: CronTime;
  /** An IANA zone, "Europe/Berlin"; undefined: that of the machine, whatever it is at the time. */
  readonly timezone: string | undefined;
  /** Absolute paths and plain words; nothing in it is a secret. The command decides by itself whether a run is due. */
  readonly command: readonly [string, ...string[]];
  /** The folder of the settings: absolute, the working folder of the command. */
  readonly folder: string;
  /** PATH, HOME and what the engine needs; nothing in it is a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where what it prints is appended: absolute. */
  readonly logFile: string;
  /** Folders that it writes to, absolute: for what restricts a service to them. */
  readonly writable: readonly string[];
  /** Seconds that the start is put off by: stable for host and project, so that many machines do not start at once. */
  readonly delaySeconds: number;
  /** Seconds after which the run is ended. */
  readonly timeoutSeconds: number;
}

/** Whose jobs they are: one installed project never touches those of another. */
export interface Project {
  /** A word made of the folder's name and a hash of its path: part of every name that is installed. */
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
}

/** One file or entry that an install or uninstall wrote, changed or removed, for people. */
export interface Change {
  readonly what: 'made' | 'changed' | 'removed' | 'kept';
  /** "~/.config/systemd/user/holdfast-app-backup.timer". */
  readonly thing: string;
}

/** What is installed of one job, as the scheduler tells it. */
export interface InstalledJob {
  readonly name: string;
  /** True when the scheduler will start it: enabled, loaded. */
  readonly active: boolean;
  /** Undefined when the scheduler does not tell. */
  readonly nextRun?: Date | undefined;
  readonly lastRun?: Date | undefined;
  /** The exit code of the last run, where the scheduler keeps it. */
  readonly lastExitCode?: number | undefined;
  readonly running?: boolean;
  /** How what is installed differs from the job as it should be now, for people; empty when it does not. */
  readonly drift: readonly string[];
}

/** Something that keeps an installed job from running or telling, with the command that mends it. */
export interface ScheduleProblem {
  readonly what: string;
  readonly mend: string;
}

/** How a scheduler is reached. */
export interface ScheduleSurroundings {
  /** The environment of the process: PATH, HOME, XDG_RUNTIME_DIR. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** `process.platform` and user id, so that members can be driven elsewhere in tests. */
  readonly platform: NodeJS.Platform;
  readonly userId: number;
}

/**
 * What starts jobs at their times. A member is one file in `schedules/members/` with one function.
 *
 * Obligations of every member:
 * - Touches only what carries the project's id. Installing the same jobs twice changes nothing.
 * - `install` makes it exactly the given jobs: those of the project that are no longer wanted go.
 * - `uninstall` leaves no trace, and works when the scheduler's own state is half there.
 * - Files appear whole (temp name, rename), 0600 or 0644 as the scheduler wants, and hold no secret.
 * - Errors are Failures: "tool-missing", "denied", "unreachable" (the scheduler does not answer), "tool-failed".
 */
export interface Scheduler {
  /** "launchd", "systemd (user)", "systemd (system)", "cron". */
  readonly name: string;
  /** True when it puts off starts by `Job.delaySeconds` itself; else the command has to. */
  readonly delays: boolean;
  /** Why it cannot be used here, for people; undefined when it can. Changes nothing. */
  unusable(): Promise<string | undefined>;
  install(project: Project, jobs: readonly Job[]): Promise<readonly Change[]>;
  uninstall(project: Project): Promise<readonly Change[]>;
  /** What is installed of the project; `wanted` is what it is compared with. Empty when nothing is. */
  installed(project: Project, wanted: readonly Job[]): Promise<readonly InstalledJob[]>;
  /** What would keep jobs from running: no linger, a manager that is degraded, a daemon that does not run. */
  problems(project: Project): Promise<readonly ScheduleProblem[]>;
  /**
   * Runs the command of a job once through the scheduler, with the environment that jobs get, and gives what it printed (at most
   * 64 KiB) and its exit code. Leaves nothing behind. Throws Failure "timeout" after `timeoutSeconds`.
   */
  probe(project: Project, job: Job): Promise<{ readonly exitCode: number; readonly output: string }>;
}
