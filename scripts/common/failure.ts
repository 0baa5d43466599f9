/**
 * What kind of thing went wrong. The code decides the exit code and the general advice (worded in `ui/words.ts`);
 * the facts of the single case travel in the fields of {@link Failure}.
 */
export type FailureCode =
  | 'usage' // the command line is wrong
  | 'settings' // .env, holdfast.yaml or the environment is wrong
  | 'ambiguous' // two candidates for one name
  | 'not-found' // the named set, source, database, container or file does not exist
  | 'denied' // wrong password, missing right
  | 'unreachable' // server, container or engine is not running or does not answer
  | 'tool-missing' // a program that is needed is not there
  | 'tool-failed' // a program ran and failed
  | 'broken-stream' // bytes that arrived are not the bytes that were sent, or the proof of it is missing
  | 'server-changed' // the container was replaced or restarted under a running stream
  | 'timeout'
  | 'interrupted' // SIGINT, SIGTERM, SIGHUP or an abort by the program itself
  | 'no-space'
  | 'storage' // reading or writing where sets live failed
  | 'damaged' // a set or artifact is not what its manifest says, or cannot be read to the end
  | 'mismatch' // after a restore the data is not what was recorded
  | 'version' // server or tool too old, or older than the one that made the dump
  | 'locked' // another run holds the lock
  | 'lock-lost' // our own lock was taken by another run
  | 'clock-jumped' // retention refuses: the clock cannot be right
  | 'refused' // the person did not confirm
  | 'internal'; // a bug

/** The facts of one failure. All texts are lower case, names in double quotes, without a full stop at the end. */
export interface FailureFacts {
  /** What happened: "found X, expected Y" where both are known. Never contains a secret. */
  message: string;
  /** The source it happened to, such as "postgres/ngwenya_auth". */
  source?: string | undefined;
  /** The step it happened in, such as "dump", "check", "publish". */
  step?: string | undefined;
  /** The far system's own words (stderr, errno text), kept as they are. */
  detail?: string | undefined;
  /** What stands now, when it differs from the general word for the code: "the target was not touched". */
  stands?: string | undefined;
  /** A command or setting to try, when a better one than the general advice is known. */
  hint?: string | undefined;
  cause?: unknown;
}

/** The one error class of Holdfast. Anything else that is thrown is a bug and is shown with its stack. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly source: string | undefined;
  readonly step: string | undefined;
  readonly detail: string | undefined;
  readonly stands: string | undefined;
  readonly hint: string | undefined;

  constructor(code: FailureCode, facts: FailureFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'Failure';
    this.code = code;
    this.source = facts.source;
    this.step = facts.step;
    this.detail = facts.detail;
    this.stands = facts.stands;
    this.hint = facts.hint;
  }

  /** The same failure with source and step filled in where they were not known at the place it arose. */
  at(place: { source?: string; step?: string; stands?: string }): Failure {
    return new Failure(this.code, {
      message: this.message,
      source: this.source ?? place.source,
      step: this.step ?? place.step,
      detail: this.detail,
      stands: this.stands ?? place.stands,
      hint: this.hint,
      cause: this.cause,
    });
  }
}

/** Turns anything thrown into a Failure: node's errno errors get the fitting code, the rest becomes "internal". */
export function toFailure(error: unknown, place: { source?: string; step?: string } = {}): Failure {
  if (error instanceof Failure) return error.at(place);
  const { code, message } = error as NodeJS.ErrnoException;
  const facts = { ...place, message: message ?? String(error), cause: error };
  if (error instanceof Error && error.name === 'AbortError') return new Failure('interrupted', facts);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new Failure('no-space', facts);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return new Failure('denied', facts);
  if (code === 'ENOENT') return new Failure('not-found', facts);
  if (code === 'EIO') return new Failure('storage', facts);
  return new Failure('internal', facts);
}
