import { Failure, type FailureCode } from '../../../common/failure.ts';
import type { RunResult } from '../../../engines/engine.ts';

/**
 * What PostgreSQL's own words mean, first match wins. Servers may answer in another language; what is not recognised
 * stays "tool-failed" with the words as detail.
 */
const MEANINGS: readonly (readonly [RegExp, FailureCode])[] = [
  [/password authentication failed|no password supplied|no pg_hba\.conf entry|authentication failed/i, 'denied'],
  [
    /role ".*" does not exist|is not permitted to log in|permission denied|must be (super)?user|must be owner/i,
    'denied',
  ],
  [/query would be affected by row-level security/i, 'denied'],
  [/database ".*" does not exist/i, 'not-found'],
  [/lock timeout|statement timeout/i, 'timeout'],
  [/no space left on device|could not extend file|disk full/i, 'no-space'],
  [/server version mismatch|unsupported version \(/i, 'version'],
  [
    /too many (clients|connections)|remaining connection slots|starting up|shutting down|in recovery mode/i,
    'unreachable',
  ],
  [
    /connection refused|could not connect|connection to server|timeout expired|could not translate host/i,
    'unreachable',
  ],
  [/server closed the connection|terminating connection|connection not open|SSL error/i, 'unreachable'],
];

/** The code that fits what a PostgreSQL program wrote to stderr. */
export function codeOf(words: string): FailureCode {
  return MEANINGS.find(([pattern]) => pattern.test(words))?.[1] ?? 'tool-failed';
}

/** A Failure for a program that ended with a code other than 0. */
export function programFailure(program: string, result: Pick<RunResult, 'code' | 'stderr'>, doing: string): Failure {
  const { code, stderr } = result;
  return new Failure(codeOf(stderr), {
    message: `${program} ended with code ${code} while ${doing}`,
    detail: stderr.trim(),
  });
}

/** The same failure with the code that its detail tells, where the engine could only say that a program failed. */
export function withMeaning(failure: Failure): Failure {
  if (failure.code !== 'tool-failed' || failure.detail === undefined) return failure;
  const { message, source, step, detail, stands, hint, cause } = failure;
  return new Failure(codeOf(detail), { message, source, step, detail, stands, hint, cause });
}
