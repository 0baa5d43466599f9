import { Failure } from '../../common/failure.ts';

/** Longest part of a hostile name that a message repeats. */
const LONGEST_SHOWN = 120;

/**
 * The Failure for an archive that is not taken: names the entry (with control characters escaped) and says why. `entry`
 * is missing where the archive as a whole is the matter.
 */
export function refused(entry: string | undefined, why: string, cause?: unknown): Failure {
  return new Failure('damaged', {
    message: entry === undefined ? `the archive is refused: ${why}` : `the archive is refused: ${shown(entry)} ${why}`,
    step: 'check',
    stands: 'nothing of it was written, and the databases were not touched',
    hint: 'take the file from where it was made once more; an archive like this was damaged, or made to do harm',
    ...(cause !== undefined && { cause, detail: (cause as Error).message }),
  });
}

function shown(entry: string): string {
  return JSON.stringify(entry.length > LONGEST_SHOWN ? `${entry.slice(0, LONGEST_SHOWN)}...` : entry);
}
