import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, toFailure } from '../common/failure.ts';
import type { Secret } from '../common/secret.ts';
import { type HealthCheck, waitUntilHealthy } from './health.ts';
import { runHook } from './hook.ts';
import { whyNoAnswer } from './no-answer.ts';
import { runShell, type Surroundings } from './shell.ts';

/** Something that is not backed up and made anew from what is: a search index, a cache, a thumbnail store. */
export interface Rebuild {
  readonly name: string;
  /** The sources it is made from, "mongo/shop"; empty: all. */
  readonly from: readonly string[];
  readonly call: CommandCall | HttpCall;
  /** A command whose last line says how far it is. */
  readonly progress: string | undefined;
  /** What must be true in the end; where the call only begins the work, this is what it is waited for by. */
  readonly check: HealthCheck | undefined;
  readonly timeoutSeconds: number;
}

/** A command that makes it anew. */
export interface CommandCall {
  readonly kind: 'run';
  readonly run: string;
}

/** A request that makes it anew, or begins to. */
export interface HttpCall {
  readonly kind: 'http';
  readonly url: string;
  readonly method: string;
  /** "Authorization: Bearer ..." each; the values may be secrets. */
  readonly headers: readonly Secret[];
  readonly body: string | undefined;
}

/** Milliseconds between two looks at how far it is. */
const LOOK = 2000;

/** Seconds that one look may take. */
const LOOK_LIMIT = 15;

/** So much of the answer to a request that was refused is told; characters. */
const TOLD = 2000;

/** What a rebuild is, for people: its command, or the request. */
export function wordCall({ call }: Rebuild): string {
  return call.kind === 'run' ? (call.run.trim().split('\n', 1)[0] ?? '') : `${call.method} ${call.url}`;
}

/**
 * Makes one thing anew and waits until its check holds. `tell` gets what `progress` says, when it changes. Gives what the
 * command printed. Throws the Failures of {@link runHook} and {@link waitUntilHealthy}, and "unreachable", "timeout" or
 * "tool-failed" for a request.
 */
export async function runRebuild(
  rebuild: Rebuild,
  surroundings: Surroundings,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (words: string) => void },
): Promise<string> {
  const ended = new AbortController();
  const watching = watch(rebuild, surroundings, AbortSignal.any([signal, ended.signal]), tell);
  try {
    const output = await call(rebuild, surroundings, signal);
    if (rebuild.check !== undefined) await waitUntilHealthy(rebuild.check, surroundings, signal);
    return output;
  } finally {
    ended.abort(new Failure('interrupted', { message: 'it has ended' }));
    await watching;
  }
}

async function call(rebuild: Rebuild, surroundings: Surroundings, signal: AbortSignal): Promise<string> {
  const { name, call: wanted, timeoutSeconds } = rebuild;
  if (wanted.kind === 'run') return await runHook({ name, run: wanted.run, timeoutSeconds }, surroundings, signal);
  await request(wanted, timeoutSeconds, signal);
  return '';
}

/** Redirects are not followed: they would turn a POST into a GET. */
async function request({ url, method, headers, body }: HttpCall, seconds: number, signal: AbortSignal): Promise<void> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  try {
    const lines = headers.map((header) => splitHeader(header.reveal()));
    const answer = await fetch(url, {
      method,
      headers: [['user-agent', 'holdfast'], ...lines],
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal: within,
    });
    const text = await answer.text();
    if (answer.status >= 200 && answer.status < 300) return;
    const message = `${method} ${url}: found status ${answer.status}, expected 200 to 299`;
    throw new Failure('tool-failed', { message, detail: text.slice(0, TOLD) || undefined });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    if ((error as Error).name === 'TimeoutError') {
      throw new Failure('timeout', { message: `${method} ${url}: no answer within ${seconds} s`, cause: error });
    }
    const detail = whyNoAnswer(error);
    throw new Failure('unreachable', { message: `${method} ${url}: no answer`, detail, cause: error });
  }
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
}

/** Never throws: what cannot tell how far the work is says nothing against the work. */
async function watch(
  { progress, timeoutSeconds }: Rebuild,
  surroundings: Surroundings,
  signal: AbortSignal,
  tell: (words: string) => void,
): Promise<void> {
  let last = '';
  while (progress !== undefined && !signal.aborted) {
    await sleep(LOOK, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const seconds = Math.min(LOOK_LIMIT, timeoutSeconds);
    try {
      const { code, output } = await runShell({ ...surroundings, run: progress, timeoutSeconds: seconds }, signal);
      const line = output.trim().split('\n').at(-1) ?? '';
      if (code === 0 && line !== '' && line !== last) tell(line);
      last = line;
    } catch (error) {
      // The end of the work ends a look, and a look that hangs is one that tells nothing.
      if (!['interrupted', 'timeout'].includes(toFailure(error).code)) return;
    }
  }
}
