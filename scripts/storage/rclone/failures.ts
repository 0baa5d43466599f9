import { Failure, type FailureCode } from '../../common/failure.ts';
import type { RcloneEnd } from './program.ts';

/** rclone's exit codes for a folder or a file that is not there. */
const MISSING = [3, 4];

/** rclone's exit code for an error that may pass. */
const TEMPORARY = 5;

/**
 * Most errors of rclone have no exit code of their own, and 1 and 2 changed places with version 1.68, so its words
 * decide. The words are those of some 50 services; what none of these fits is "storage".
 */
const WORDS: readonly (readonly [FailureCode, RegExp])[] = [
  ['settings', /didn't find section in config file|couldn't decrypt config|failed to (load|parse) config/i],
  ['no-space', /no space left|quota|insufficient (storage|space)|disk (is )?full/i],
  ['denied', /permission denied|access ?denied|forbidden|unauthori[sz]ed|invalid_grant|\b40[13]\b|signature/i],
  ['unreachable', /dial |connection (refused|reset|closed)|no such host|network is unreachable|unexpected EOF/i],
  ['unreachable', /timeout|timed out|TLS handshake|\b(429|50[0234])\b|slow ?down|too many requests/i],
];

/** The Failure of a call that ended with another exit code than 0. `verb` is rclone's, such as "lsjson". */
export function rcloneFailure({ code, words }: RcloneEnd, verb: string): Failure {
  const ended = code === undefined ? 'was killed' : `ended with exit code ${code}`;
  return new Failure(meaningOf(code, words), { message: `"rclone ${verb}" ${ended}`, detail: words || undefined });
}

function meaningOf(code: number | undefined, words: string): FailureCode {
  if (code === undefined) return 'storage';
  if (MISSING.includes(code)) return 'not-found';
  const found = WORDS.find(([, pattern]) => pattern.test(words))?.[0];
  return found ?? (code === TEMPORARY ? 'unreachable' : 'storage');
}

/** Resolves to undefined when rclone says that there is no such thing. */
export async function unlessMissing<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return undefined;
    throw error;
  }
}
