import { Failure } from '../common/failure.ts';

/** No key fits: another set's key, or a set for other recipients. */
export function noKeyFits(detail?: string): Failure {
  return new Failure('denied', {
    message: 'it is encrypted for other keys: the identity does not open it',
    detail,
    hint: 'set BACKUP_AGE_IDENTITY to the file of a key that it was encrypted for; holdfast keys check tells which fit',
  });
}

/** Bytes were changed, cut off or added. `reason`: what was found, in the words of whoever looked. */
export function damagedBytes(reason: string, cause?: unknown): Failure {
  return new Failure('damaged', { message: 'the encrypted bytes are not as they were written', detail: reason, cause });
}

/** `what`: that which only the program can do, such as "the SSH recipient ...". */
export function programNeeded(what: string): Failure {
  return new Failure('tool-missing', {
    message: `${what} needs the program "age", which was not found on the PATH`,
    hint: 'install age (Debian: apt-get install age; macOS: brew install age), or use an age key (age1...) instead',
  });
}
