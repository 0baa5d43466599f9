import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Duplex, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Tail } from './tail.ts';

/** Variables by name. A name that is missing and one that is undefined mean the same. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How a child ended. Exactly one of `code`, `signal` and `problem` is there. */
export interface ChildEnd {
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
  /** Why it could not be started. */
  readonly problem?: NodeJS.ErrnoException;
  /** The last {@link STDERR_LIMIT} bytes of what it wrote to stderr. */
  readonly stderr: string;
}

/** A process of this machine with pipes to it. */
export interface Child {
  readonly stdin: Writable;
  /** Must be read or destroyed by the caller; nothing is read ahead beyond a pipe's buffer. */
  readonly stdout: Readable;
  /** Further pipes to it, both ways: descriptors 3 and up. */
  readonly extra: readonly Duplex[];
  /** Resolves when it has ended and its stderr was read; does not wait for `stdout`. Never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** Ends it and its process group with SIGKILL. Does nothing when it is gone. */
  kill(): void;
}

/** How much of a program's stderr is kept. */
export const STDERR_LIMIT = 64 * 1024;
/** A process that the child left behind may hold stderr open; so long its words are waited for, in milliseconds. */
const STDERR_PATIENCE = 2000;

/**
 * Starts a program in a process group of its own, so that a Ctrl-C in the terminal reaches us alone and we decide what
 * ends when. Streams are Buffers, stderr is always drained. A program that cannot be started shows in `ended`.
 */
export function startChild(argv: readonly [string, ...string[]], environment: Environment, extra = 0): Child {
  const [program, ...rest] = argv;
  const stdio: StdioOptions = Array.from({ length: 3 + extra }, () => 'pipe' as const);
  const process = spawn(program, rest, { stdio, detached: true, env: { ...environment } });
  const { stdin, stdout } = process;
  if (!stdin || !stdout) throw new Error('a child was started without its pipes');
  const pipes = process.stdio.slice(3) as Duplex[];
  // A pipe that breaks tells less than how the child ended, and that is what every caller looks at.
  for (const pipe of [stdin, ...pipes]) pipe.on('error', () => {});
  return { stdin, stdout, extra: pipes, ended: endOf(process), kill: () => killGroup(process) };
}

/** The exit code that a shell would show: 128 + n for a signal, 127 for a program that could not be started. */
export function exitCode({ code, signal }: ChildEnd): number {
  if (code !== undefined) return code;
  return signal === undefined ? 127 : 128 + constants.signals[signal];
}

async function endOf(process: ChildProcess): Promise<ChildEnd> {
  const tail = new Tail(STDERR_LIMIT);
  process.stderr?.on('data', (chunk: Buffer) => tail.add(chunk));
  const drained = new Promise<void>((resolve) => process.stderr?.once('close', resolve));
  const end = await new Promise<Omit<ChildEnd, 'stderr'>>((resolve) => {
    process.once('error', (problem) => resolve({ problem }));
    process.once('exit', (code, signal) => resolve(signal === null ? { code: code ?? 0 } : { signal }));
  });
  const patience = new AbortController();
  await Promise.race([drained, sleep(STDERR_PATIENCE, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
  process.stderr?.destroy();
  return { ...end, stderr: tail.text() };
}

function killGroup({ pid, exitCode: code, signalCode }: ChildProcess): void {
  if (pid === undefined || code !== null || signalCode !== null) return;
  try {
    globalThis.process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It ended between the look and the kill.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
