import { Failure, type FailureCode } from '../common/failure.ts';

/** What the system's own error codes mean for a storage; the rest is "storage". */
const CODES: Readonly<Record<string, FailureCode>> = {
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  ABORT_ERR: 'interrupted',
  ERR_STREAM_PREMATURE_CLOSE: 'broken-stream',
};

/**
 * Turns what was thrown while a storage worked into a Failure. A Failure (of the stream that was being stored, or the
 * reason of an abort) stays itself; `what` says what could not be done, in lower case: `cannot write "a/b"`.
 */
export function storageFailure(error: unknown, what: string): Failure {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return new Failure('internal', { message: what, detail: String(error) });
  if (error.cause instanceof Failure) return error.cause;
  const { code, syscall } = error as NodeJS.ErrnoException;
  // An error without a code of the system is nobody's failure but a bug's: of the stream's maker, or ours.
  const meaning = CODES[code ?? ''] ?? (syscall === undefined ? 'internal' : 'storage');
  const message = meaning === 'no-space' ? `the disk is full: ${what}` : what;
  return new Failure(meaning, { message, detail: error.message, cause: error });
}
