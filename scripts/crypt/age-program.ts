import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Duplex, type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../common/failure.ts';
import { Secret } from '../common/secret.ts';
import type { Crypt } from './crypt.ts';
import { damagedBytes, noKeyFits } from './failures.ts';
import { identityKind } from './identity.ts';

/** The variables that the program is given: nothing of ours is its business. */
type Environment = Readonly<Record<string, string | undefined>>;

/** As much as is kept of what it says. */
const WORDS_LIMIT = 16 * 1024;

/** Its exit code for everything that it does not do; its words tell what. */
const REFUSED = 1;

/** sh knows descriptors up to 9, and the last holds the bytes to decrypt: 3 to 8 are left for identities. */
const MOST_IDENTITIES = 6;

/** Looks for the program on the PATH. Undefined when it is not there. */
export function findAgeProgram({ PATH = '' }: Environment): string | undefined {
  const places = PATH.split(delimiter).filter(Boolean);
  return places.map((folder) => join(folder, 'age')).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Whatever keeps us from it, this one cannot be started; the next folder may have one.
    return false;
  }
}

/** The program `age` at a path: a process of its own for each file, fed by pipes. */
export function ageProgram(path: string, { PATH, HOME }: Environment): Crypt {
  const environment = { PATH, HOME };
  return {
    sealer: (recipients) => ({
      encrypt: (plain) => {
        const words = recipients.flatMap((recipient) => ['-r', recipient]);
        return through(plain, { does: 'encrypt', program: path, words, environment, secrets: [] });
      },
    }),
    opener: (identities) => {
      const secrets = joinIdentities(identities);
      const files = secrets.flatMap((_, index) => ['-i', `/dev/fd/${index + 3}`]);
      const words = ['-c', handOver(secrets.length), path, '-d', ...files];
      return { decrypt: (stored) => through(stored, { does: 'decrypt', program: 'sh', words, environment, secrets }) };
    },
  };
}

/** age keys fit into one file, one a line; each SSH key is a file of its own. */
function joinIdentities(identities: readonly Secret[]): Secret[] {
  const isSsh = (identity: Secret): boolean => identityKind(Buffer.from(identity.reveal())) === 'ssh';
  const plain = identities.filter((identity) => !isSsh(identity)).map((identity) => identity.reveal());
  const files = [...(plain.length > 0 ? [new Secret(plain.join('\n'))] : []), ...identities.filter(isSsh)];
  if (files.length <= MOST_IDENTITIES) return files;
  throw new Failure('settings', {
    message: `found ${files.length} identity files, expected ${MOST_IDENTITIES} at most`,
  });
}

/**
 * The pipes of node are sockets, which /dev/fd cannot open: each is copied into a pipe of the shell, under the same
 * number. Then the shell becomes age, with the bytes to decrypt as its standard input.
 */
function handOver(count: number): string {
  const inner = (fd: number): string =>
    fd === count + 3 ? 'exec "$0" "$@" <&9 9<&-' : `cat <&${fd} | { exec ${fd}<&0; ${inner(fd + 1)}; }`;
  return `exec 9<&0; ${inner(3)}`;
}

interface Call {
  readonly does: 'encrypt' | 'decrypt';
  readonly program: string;
  readonly words: readonly string[];
  readonly environment: Environment;
  readonly secrets: readonly Secret[];
}

/** Runs the program over a stream; what it gives ends well only with exit code 0 and a source that ended well. */
function through(source: Readable, call: Call): Readable {
  const child = start(call);
  const [stdin, stdout] = child.stdio as unknown as [Writable, Readable];
  const ended = endOf(child);
  const fed = feed(source, stdin);
  const result = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, chunk),
    flush(done) {
      Promise.all([fed, ended]).then(([broken, end]) => done(failureOf(end, call) ?? broken?.error ?? null), done);
    },
  });
  // A source that breaks must not be taken for one that ended, whatever the program makes of it.
  fed.then((broken) => {
    if (broken && !broken.byPipe) result.destroy(broken.error);
  });
  result.once('close', () => {
    kill(child);
    source.destroy();
  });
  // The error of either end arrives at whoever reads the result.
  pipeline(stdout, result).catch(() => undefined);
  return result;
}

function start({ program, words, environment, secrets }: Call): ChildProcess {
  const stdio = Array.from({ length: 3 + secrets.length }, () => 'pipe' as const);
  const child = spawn(program, words, { stdio, env: { ...environment }, detached: true });
  secrets.forEach((secret, index) => {
    const pipe = child.stdio[index + 3] as Duplex;
    // A program that ended before it read its identity tells so by its exit code.
    pipe.on('error', () => undefined).resume();
    pipe.end(secret.reveal());
  });
  return child;
}

/** What ended the feeding of the program before the source had ended. */
interface Broken {
  readonly error: Error;
  /** The pipe closed: how the program ended tells more, if it tells anything. */
  readonly byPipe: boolean;
}

/** Resolves when the program has everything, or with why it has not. */
async function feed(source: Readable, stdin: Writable): Promise<Broken | undefined> {
  try {
    await pipeline(source, stdin);
    return undefined;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    const byPipe = code === 'ERR_STREAM_PREMATURE_CLOSE' || (code !== undefined && syscall === 'write');
    return { error: error as Error, byPipe };
  }
}

interface End {
  readonly code: number | null;
  readonly words: string;
  readonly problem?: Error;
}

function endOf(child: ChildProcess): Promise<End> {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (more: string) => {
    words = (words + more).slice(-WORDS_LIMIT);
  });
  return new Promise((resolve) => {
    child.once('error', (problem) => resolve({ code: null, words, problem }));
    child.once('close', (code) => resolve({ code, words }));
  });
}

function failureOf({ code, words, problem }: End, { does }: Call): Failure | null {
  if (code === 0) return null;
  const lines = words.split('\n').filter((line) => line !== '' && !line.includes('report unexpected'));
  const detail = lines.join('\n').replaceAll(/^age: (?:error: )?/gm, '');
  if (problem) {
    return new Failure('tool-missing', { message: 'cannot run "age"', detail: problem.message, cause: problem });
  }
  const isOfIdentity = /\/dev\/fd\//.test(detail);
  if (does === 'encrypt' || code !== REFUSED || isOfIdentity) {
    return new Failure('tool-failed', { message: `"age" ended with ${code ?? 'a signal'}`, detail });
  }
  return /no identity matched/.test(detail) ? noKeyFits() : damagedBytes(detail);
}

function kill({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It ended between the look and the kill.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
