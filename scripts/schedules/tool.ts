import { Failure } from '../common/failure.ts';
import { exitCode, startChild } from '../engines/child.ts';
import type { ScheduleSurroundings } from './schedule.ts';

/** How a tool of a scheduler ended, and what it said. */
export interface ToolAnswer {
  readonly code: number;
  /** Bytes as they came; see {@link TOOL_OUTPUT_LIMIT}. */
  readonly output: Buffer;
  readonly text: string;
  /** stderr. */
  readonly words: string;
}

/** How a tool is called. */
export interface ToolOptions {
  readonly input?: Uint8Array | undefined;
  /** Added to the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** The whole environment, instead of that of the process. */
  readonly only?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds until it is killed with all that it started. */
  readonly timeout?: number | undefined;
}

/** A crontab of this size is a mistake; systemctl, launchctl and loginctl print far less. */
const TOOL_OUTPUT_LIMIT = 4 * 1024 * 1024;

/** They answer at once, unless the machine is very busy. Milliseconds. */
const PATIENCE = 60_000;

/** What makes tools speak English and write times in UTC, without colours and pagers. */
const PLAIN = { LC_ALL: 'C', TZ: 'UTC', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '', SYSTEMD_URLIFY: '0' };

/**
 * Runs a tool of a scheduler to its end; any exit code is an answer. Throws Failure "tool-missing" when it cannot be
 * started, "timeout" and "interrupted".
 */
export async function runTool(
  { environment, signal }: ScheduleSurroundings,
  argv: readonly [string, ...string[]],
  options: ToolOptions = {},
): Promise<ToolAnswer> {
  if (signal.aborted) throw interrupted(argv[0]);
  const child = startChild(argv, options.only ?? { ...environment, ...PLAIN, ...options.environment });
  const late = AbortSignal.timeout(options.timeout ?? PATIENCE);
  const stop = AbortSignal.any([signal, late]);
  stop.addEventListener('abort', child.kill);
  try {
    child.stdin.end(options.input ?? '');
    const [output, end] = await Promise.all([readAll(child.stdout), child.ended]);
    if (end.problem !== undefined) throw notStarted(argv[0], end.problem);
    if (signal.aborted) throw interrupted(argv[0]);
    if (late.aborted) throw new Failure('timeout', { message: `"${argv.slice(0, 3).join(' ')}" does not end` });
    return { code: exitCode(end), output, text: output.toString(), words: end.stderr.trim() };
  } finally {
    stop.removeEventListener('abort', child.kill);
  }
}

/** The Failure of a tool that ended with another exit code than it should; its words decide what it means. */
export function toolFailure(argv: readonly string[], { code, words, text }: ToolAnswer): Failure {
  const detail = words || text.trim() || undefined;
  const denied = /permission denied|access denied|not allowed|operation not permitted|authentication required/i;
  const gone = /failed to connect to (the )?bus|no medium found|not been booted with systemd|could not find domain/i;
  const meaning = denied.test(detail ?? '') ? 'denied' : gone.test(detail ?? '') ? 'unreachable' : 'tool-failed';
  return new Failure(meaning, { message: `"${argv.join(' ')}" ended with exit code ${code}`, detail });
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let room = TOOL_OUTPUT_LIMIT;
  for await (const chunk of stream) {
    // What is beyond the limit is read all the same, or the tool would wait for ever.
    if (room > 0) chunks.push(chunk.subarray(0, room));
    room -= chunk.length;
  }
  return Buffer.concat(chunks);
}

function notStarted(program: string, problem: NodeJS.ErrnoException): Failure {
  return new Failure('tool-missing', { message: `cannot run "${program}"`, detail: problem.message, cause: problem });
}

function interrupted(program: string): Failure {
  return new Failure('interrupted', { message: `"${program}" was interrupted` });
}
