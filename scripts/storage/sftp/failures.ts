import { Failure, type FailureCode } from '../../common/failure.ts';
import { storageFailure } from '../failures.ts';

/** The status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02, 7) that we tell apart. */
export const STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, badMessage: 5, unsupported: 8 } as const;

const CODES: Readonly<Record<number, FailureCode>> = {
  [STATUS.noSuchFile]: 'not-found',
  [STATUS.permissionDenied]: 'denied',
};

/** The connection is gone, or never came to be. What was being done is added by {@link sftpFailure}. */
export class BrokenConnection extends Error {
  override readonly name = 'BrokenConnection';
  /** The system's or the library's own words. */
  readonly detail: string | undefined;

  constructor(message: string, detail?: string) {
    super(message);
    this.detail = detail;
  }
}

/** The server's status code when the error is an answer of the server; undefined for everything else. */
export function statusOf(error: unknown): number | undefined {
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'number' && !(error instanceof DOMException) ? code : undefined;
}

/** Turns what was thrown while the storage worked into a Failure; `what` is in lower case: `cannot write "a/b"`. */
export function sftpFailure(error: unknown, what: string): Failure {
  if (error instanceof BrokenConnection) {
    return new Failure('unreachable', { message: `${what}: ${error.message}`, detail: error.detail, cause: error });
  }
  const status = statusOf(error);
  if (status === undefined) return storageFailure(error, what);
  return new Failure(CODES[status] ?? 'storage', { message: what, detail: (error as Error).message, cause: error });
}
