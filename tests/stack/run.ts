/** Runs programs for the test stack. Nothing here knows about containers. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  /** Added to our own environment. Secrets go here, never into the arguments. */
  env?: Record<string, string>;
  cwd?: string;
  /** Milliseconds until the program is killed. Default: ten minutes, the longest build. */
  timeout?: number;
  /** What the program reads on standard input. */
  input?: string;
}

/** A program that did not end with exit code 0, with what it said last. */
export class RunError extends Error {
  readonly code: number | null;
  readonly stderr: string;

  constructor(program: string, args: readonly string[], code: number | null, stderr: string) {
    const words = [program, ...args].join(' ').slice(0, 200);
    super(`"${words}" ended with ${code ?? 'a signal'}: ${stderr.trim().slice(-1500)}`);
    this.code = code;
    this.stderr = stderr;
  }
}

/** Runs a program to its end and gives back what it printed. Only for short output: it is kept in memory. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeout ?? 600_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-20_000)));
  // a program that ends without reading its input is judged by its exit code, not by our broken pipe
  child.stdin.on('error', () => {}).end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new RunError(program, args, null, error.message)));
    child.on('close', (code) =>
      code === 0 ? resolve(stdout) : reject(new RunError(program, args, code, stderr || stdout)),
    );
  });
}

/** True when the program runs and ends with exit code 0 in time. */
export async function works(program: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  return run(program, args, options).then(
    () => true,
    () => false,
  );
}

type Command = readonly [program: string, args: readonly string[], env?: Record<string, string>];

/** `first | second`, failing when either fails (a shell would only look at the second). */
export async function pipe(first: Command, second: Command): Promise<void> {
  const source = spawn(first[0], first[1], { stdio: ['ignore', 'pipe', 'pipe'] });
  const sink = spawn(second[0], second[1], {
    env: { ...process.env, ...second[2] },
    stdio: [source.stdout, 'ignore', 'pipe'],
  });
  // the pipe belongs to the two programs: a copy kept open here would hide that the reader has gone
  source.stdout.destroy();
  const results = await Promise.allSettled([ended(sink, second), ended(source, first)]);
  // the sink's error first: when it fails, the source only reports a broken pipe
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

function ended(child: ReturnType<typeof spawn>, [program, args]: Command): Promise<void> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-20_000)));
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new RunError(program, args, null, error.message)));
    child.on('close', (code) => (code === 0 ? resolve() : reject(new RunError(program, args, code, stderr))));
  });
}
