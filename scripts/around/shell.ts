import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { Failure } from '../common/failure.ts';
import type { Environment } from '../engines/child.ts';
import { Tail } from '../engines/tail.ts';

/** How much of what a command prints is kept. */
const OUTPUT_LIMIT = 64 * 1024;
/** Milliseconds from SIGTERM to SIGKILL. */
const GRACE = 5000;
/** So long the last words are waited for of a command that left something running with its output open; milliseconds. */
const LAST_WORDS = 500;

/** Where and with what commands run. */
export interface Surroundings {
  /** The folder of holdfast.yaml. */
  readonly folder: string;
  /** Without the secrets of Holdfast's own settings. */
  readonly environment: Environment;
}

/** A command of a person's, for `sh`. */
export interface ShellOrder extends Surroundings {
  readonly run: string;
  readonly timeoutSeconds: number;
}

/** How a command ended by itself. */
export interface ShellEnd {
  /** As a shell shows it: 128 + n for a signal. */
  readonly code: number;
  /** The last 64 KiB of both streams, as they came, without the signs that colour a terminal. */
  readonly output: string;
}

/**
 * Runs a command by `sh -c` on this machine: no input, no terminal, in a process group of its own. The time-out and the
 * signal end the whole group. Throws Failure "timeout" and "interrupted" with the output as detail, and "tool-missing"
 * where there is no shell; any exit code is a result.
 */
export async function runShell(order: ShellOrder, signal: AbortSignal): Promise<ShellEnd> {
  signal.throwIfAborted();
  const { run, folder, environment, timeoutSeconds } = order;
  const child = spawn('/bin/sh', ['-c', script(), 'holdfast', run], {
    cwd: folder,
    env: { ...environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const tail = new Tail(OUTPUT_LIMIT);
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => tail.add(chunk));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = endOf(child);
  const timer = new AbortController();
  const late = sleep(timeoutSeconds * 1000, 'late' as const, { signal: timer.signal }).catch(() => 'off' as const);
  const stopped = new Promise<'stopped'>((resolve) =>
    signal.addEventListener('abort', () => resolve('stopped'), { signal: timer.signal }),
  );
  try {
    const end = await Promise.race([ended, late, stopped]);
    if (typeof end === 'string') await endGroup(child);
    await Promise.race([closed, sleep(LAST_WORDS)]);
    const output = plain(tail.text());
    if (typeof end === 'object') return { code: end.code, output };
    throw end === 'late' ? timedOut(timeoutSeconds, output) : interruption(signal.reason, output);
  } finally {
    timer.abort();
    for (const stream of child.stdio) stream?.destroy();
  }
}

let text: string | undefined;

/** Comments stay at home: the text shows in `ps`. */
function script(): string {
  text ??= readFileSync(new URL('shell.sh', import.meta.url), 'utf8').replace(/^\s*(#.*)?\n/gm, '');
  return text;
}

function endOf(child: ChildProcess): Promise<{ code: number }> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      const message = 'a command cannot be started by "/bin/sh"';
      reject(new Failure('tool-missing', { message, detail: cause.message, cause }));
    });
    // The shell catches the signals that ask; the one that does not ask is 9.
    child.once('exit', (code) => resolve({ code: code ?? 128 + 9 }));
  });
}

/** SIGTERM for all of the group, and SIGKILL for those who are still there after the grace. */
async function endGroup(child: ChildProcess): Promise<void> {
  const rounds = GRACE / 50;
  tell(child, 'SIGTERM');
  for (let round = 0; round < rounds && tell(child, 0); round += 1) await sleep(50);
  tell(child, 'SIGKILL');
}

/** False when nobody is left in the group. */
function tell({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return pid !== undefined && process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Colours and carriage returns mean nothing in a report, and can change what a terminal shows. */
function plain(output: string): string {
  return stripVTControlCharacters(output)
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .trimEnd();
}

function timedOut(seconds: number, output: string): Failure {
  return new Failure('timeout', {
    message: `it did not end within ${seconds} s, and was ended with all that it had started`,
    detail: output || undefined,
    stands: 'what it had done by then stands',
    hint: 'give it more time with timeout_seconds, or see why it takes so long',
  });
}

function interruption(reason: unknown, output: string): Failure {
  if (reason instanceof Failure) return reason;
  return new Failure('interrupted', { message: 'the command was interrupted', detail: output || undefined });
}
