import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { Failure } from '../../common/failure.ts';
import { refuseAborted } from '../interruption.ts';
import { rcloneFailure } from './failures.ts';

/** How rclone is called. */
export interface RcloneSettings {
  /** The program: a name on the PATH or a path. */
  readonly program: string;
  /** "name:path" of rclone's config; never holds a secret. */
  readonly remote: string;
  /** rclone's config file; its own default when undefined. */
  readonly config: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How a call of rclone ended. */
export interface RcloneEnd {
  /** Its exit code; undefined when a signal ended it. */
  readonly code: number | undefined;
  /** The end of what it said. */
  readonly words: string;
}

/** A call of rclone that is under way. */
export interface RcloneCall {
  readonly stdin: ChildProcessWithoutNullStreams['stdin'];
  readonly stdout: ChildProcessWithoutNullStreams['stdout'];
  /** Resolves when it has ended and its pipes are closed; rejects with "tool-missing" when it could not be started. */
  readonly ended: Promise<RcloneEnd>;
  /** Asks it to end, so that it can take back what it began at the far side; after a while it is killed. */
  stop(): void;
}

/** Errors alone, no questions. What is worth another try rclone tries again by itself, but for the stream of an rcat. */
const COMMON = ['-q', '--ask-password=false'];

/** As much as is kept of what it says. */
const WORDS_LIMIT = 16 * 1024;

/** How long it may take to clean up behind itself, in milliseconds. */
const STOP_MILLISECONDS = 5000;

/**
 * Starts rclone in a process group of its own, so that a Ctrl-C in the terminal reaches us alone and we decide whether
 * what it has so far may become an object.
 */
export function startRclone(settings: RcloneSettings, argv: readonly string[]): RcloneCall {
  const config = settings.config === undefined ? [] : ['--config', settings.config];
  const child = spawn(settings.program, [...COMMON, ...config, ...argv], {
    env: { ...settings.environment },
    stdio: 'pipe',
    detached: true,
  });
  // A pipe that breaks tells less than how the program ended, and that is what every caller looks at.
  child.stdin.on('error', () => undefined);
  const ended = endOf(child, settings.program);
  // Whoever is told by another way need not ask.
  ended.catch(() => undefined);
  return { stdin: child.stdin, stdout: child.stdout, ended, stop: () => stop(child) };
}

/** Runs rclone to its end and gives what it printed; throws a Failure unless its exit code is 0. */
export async function runRclone(
  settings: RcloneSettings,
  argv: readonly string[],
  { signal, input = '' }: { signal?: AbortSignal | undefined; input?: string } = {},
): Promise<string> {
  refuseAborted(signal);
  const call = startRclone(settings, argv);
  signal?.addEventListener('abort', call.stop);
  try {
    call.stdin.end(input);
    const [printed, end] = await Promise.all([text(call.stdout), call.ended]);
    refuseAborted(signal);
    if (end.code !== 0) throw rcloneFailure(end, argv[0] ?? '');
    return printed;
  } finally {
    signal?.removeEventListener('abort', call.stop);
  }
}

function endOf(child: ChildProcessWithoutNullStreams, program: string): Promise<RcloneEnd> {
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    words = (words + more).slice(-WORDS_LIMIT);
  });
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(program, error)));
    child.once('close', (code) => resolve({ code: code ?? undefined, words: words.trim() }));
  });
}

function notStarted(program: string, error: NodeJS.ErrnoException): Failure {
  return new Failure('tool-missing', {
    message: `cannot run "${program}"`,
    detail: error.message,
    hint: 'install rclone (Debian: apt-get install rclone; macOS: brew install rclone), or set BACKUP_RCLONE_PROGRAM',
    cause: error,
  });
}

function stop(child: ChildProcessWithoutNullStreams): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MILLISECONDS);
  child.once('exit', () => clearTimeout(late));
}
