import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../common/failure.ts';
import type { Secret } from '../common/secret.ts';

/** Options of {@link decryptOpenssl}. */
export interface OpensslOptions {
  readonly password: Secret;
  /** Where the program is looked for; nothing else of our environment is its business. */
  readonly searchPath: string | undefined;
  readonly signal: AbortSignal;
}

/** As `openssl enc -aes-256-cbc -pbkdf2 -salt` encrypts; the password comes through descriptor 3, and is in no list of processes. */
const WORDS = ['enc', '-d', '-aes-256-cbc', '-pbkdf2', '-pass', 'fd:3'];

/**
 * Decrypts a stream with the stock program `openssl`; `store` is given what comes out. There is no sum in this format: that
 * the password is right shows in the padding at the end alone, so that what was stored is judged by its own format after.
 * Throws Failure "denied" for another password or damaged bytes, "tool-missing" without the program.
 */
export async function decryptOpenssl(
  encrypted: Readable,
  store: (plain: Readable) => Promise<unknown>,
  { password, searchPath, signal }: OpensslOptions,
): Promise<void> {
  const stdio = ['pipe', 'pipe', 'pipe', 'pipe'] as const;
  const child = spawn('openssl', WORDS, { stdio: [...stdio], env: { PATH: searchPath }, signal });
  const ended = endOf(child);
  const [stdin, stdout, , third] = child.stdio as unknown as [Writable, Readable, Readable, Duplex];
  // A program that ended before it read everything tells why by its exit code.
  third.on('error', () => undefined).resume();
  third.end(`${password.reveal()}\n`);
  const fed = pipeline(encrypted, stdin).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => (error.syscall === 'write' ? undefined : error),
  );
  await store(stdout);
  const [broken, end] = await Promise.all([fed, ended]);
  signal.throwIfAborted();
  if (end.problem !== undefined) throw missing(end.problem);
  if (end.code !== 0) throw wrongPassword(end.words);
  if (broken !== undefined) throw broken;
}

/** The Failure for what does not decrypt to anything; nobody can tell a wrong password from damaged bytes. */
export function wrongPassword(words?: string): Failure {
  return new Failure('denied', {
    message: 'the password does not open it, or it is damaged',
    detail: words,
    hint: 'look at BACKUP_OPENSSL_PASSWORD_FILE; letters count, blanks too',
  });
}

interface End {
  readonly code: number | null;
  readonly words: string;
  readonly problem?: Error;
}

function endOf(child: ChildProcess): Promise<End> {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    words = (words + more).slice(-4096);
  });
  return new Promise((resolve) => {
    child.once('error', (problem) => resolve({ code: null, words, problem }));
    child.once('close', (code) => resolve({ code, words: words.trim() }));
  });
}

function missing(cause: Error): Failure {
  const message = 'the program "openssl" cannot be started, which decrypts what it encrypted';
  return new Failure('tool-missing', { message, detail: cause.message, hint: 'apt-get install openssl', cause });
}
