import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, toFailure } from '../common/failure.ts';
import { whyNoAnswer } from './no-answer.ts';
import { runShell, type Surroundings } from './shell.ts';

/** Something that must be true before an application counts as healthy. */
export type HealthCheck = HttpCheck | TcpCheck | CommandCheck;

interface Check {
  readonly name: string;
  /** So long it may take until it is true. */
  readonly seconds: number;
}

/** An address that must answer. */
export interface HttpCheck extends Check {
  readonly kind: 'http';
  readonly url: string;
  /** Undefined: any from 200 to 399. */
  readonly status: number | undefined;
  /** What must stand in the answer. */
  readonly contains: string | undefined;
}

/** A port that must take connections. */
export interface TcpCheck extends Check {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** A command that must end with 0. */
export interface CommandCheck extends Check {
  readonly kind: 'run';
  readonly run: string;
}

/** Milliseconds between two tries, and that one try may take. */
const PAUSE = 500;
const TRY = 5000;

/** So much of an answer is searched; a page of an error is smaller. */
const SEARCHED = 1024 * 1024;

/**
 * Tries until it is true. Throws Failure "unreachable" with what was found at last when the time is over, and what the
 * signal was aborted with.
 */
export async function waitUntilHealthy(
  check: HealthCheck,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const end = Date.now() + check.seconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    const left = Math.max(1, end - Date.now());
    const wrong = await tryOnce(check, surroundings, { signal, milliseconds: Math.min(TRY, left) });
    if (wrong === undefined) return;
    signal.throwIfAborted();
    if (Date.now() + PAUSE >= end) throw unhealthy(check, wrong);
    await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
  }
}

/** What is not as it must be. */
interface Wrong {
  readonly found: string;
  readonly detail?: string | undefined;
}

interface Try {
  readonly signal: AbortSignal;
  readonly milliseconds: number;
}

function tryOnce(check: HealthCheck, surroundings: Surroundings, one: Try): Promise<Wrong | undefined> {
  if (check.kind === 'http') return tryHttp(check, one);
  if (check.kind === 'tcp') return tryTcp(check, one);
  return tryCommand(check, surroundings, one.signal);
}

async function tryHttp(
  { url, status, contains }: HttpCheck,
  { signal, milliseconds }: Try,
): Promise<Wrong | undefined> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: within, headers: { 'user-agent': 'holdfast' } });
    const body = contains === undefined ? '' : await beginningOf(answer);
    await answer.body?.cancel().catch(() => undefined);
    const right = status === undefined ? answer.status >= 200 && answer.status < 400 : answer.status === status;
    if (!right) return { found: `found status ${answer.status}, expected ${status ?? '200 to 399'}` };
    if (contains === undefined || body.includes(contains)) return undefined;
    return { found: `status ${answer.status}, but "${contains}" is not in the answer` };
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') return { found: `no answer within ${milliseconds} ms` };
    return { found: `no answer: ${whyNoAnswer(error)}` };
  }
}

async function beginningOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = answer.body?.getReader();
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    chunks.push(part.value);
    bytes += part.value.length;
    if (bytes >= SEARCHED) break;
  }
  reader?.releaseLock();
  return Buffer.concat(chunks).toString();
}

function tryTcp({ host, port }: TcpCheck, { signal, milliseconds }: Try): Promise<Wrong | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: milliseconds, signal });
    const end = (wrong: Wrong | undefined): void => {
      socket.destroy();
      resolve(wrong);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end({ found: `no connection within ${milliseconds} ms` }));
    socket.once('error', (error) =>
      end({ found: `no connection: ${error.message || (error as NodeJS.ErrnoException).code}` }),
    );
  });
}

/** One try has all the seconds of the check: a command may well wait by itself. */
async function tryCommand(
  { run, seconds }: CommandCheck,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<Wrong | undefined> {
  try {
    const { code, output } = await runShell({ ...surroundings, run, timeoutSeconds: seconds }, signal);
    return code === 0 ? undefined : { found: `found exit code ${code}, expected 0`, detail: output };
  } catch (error) {
    const { code, message, detail } = toFailure(error);
    if (code !== 'timeout') throw error;
    return { found: message, detail };
  }
}

function unhealthy({ name, seconds }: HealthCheck, { found, detail }: Wrong): Failure {
  return new Failure('unreachable', {
    message: `"${name}" is not healthy after ${seconds} s: ${found}`,
    detail: detail || undefined,
    stands: 'the application does not answer as it should',
    hint: 'see the logs of the application; give it more time with "seconds"',
  });
}
