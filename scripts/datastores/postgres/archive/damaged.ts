import { Failure } from '../../../common/failure.ts';

/** The one Failure of this folder: the archive is not what a finished pg_dump writes. */
export function damaged(message: string, cause?: unknown): Failure {
  return new Failure('damaged', { message: `the dump cannot be read to its end: ${message}`, cause });
}
