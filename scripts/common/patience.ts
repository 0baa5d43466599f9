import { setTimeout } from 'node:timers/promises';
import { Failure } from './failure.ts';

/** How long something is tried again. */
export interface Patience {
  /** Times it is tried in all. */
  readonly attempts: number;
  /** Milliseconds before the second try; they double with each further one. */
  readonly firstDelay: number;
  /** Milliseconds that no delay exceeds. */
  readonly longestDelay: number;
}

/** For a question or a small write: about a quarter of a minute until the store is given up. */
export const SHORT_PATIENCE: Patience = { attempts: 6, firstDelay: 500, longestDelay: 10_000 };

/** For the bytes of a dump, which cannot be had a second time: five minutes, and what the tries themselves take. */
export const LONG_PATIENCE: Patience = { attempts: 12, firstDelay: 500, longestDelay: 60_000 };

/** The cause of a failure whose far side said when to come back. */
export class RetryAfter {
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

/** Options of {@link patiently}. */
export interface PatienceOptions {
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does `work` again as long as it fails with something that another try may cure, with growing delays of random
 * length: many clients that were thrown out together must not come back together. A far side that asks for a longer one
 * gets it, up to the longest. Throws the last Failure.
 */
export async function patiently<Result>(
  work: (attempt: number) => Promise<Result>,
  { patience, signal }: PatienceOptions,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= patience.attempts || !isTransient(error) || signal?.aborted === true) throw error;
      await rest(delayAfter(error, attempt, patience), error, signal);
    }
  }
}

/** May another try have another outcome? */
export function isTransient(error: unknown): boolean {
  return error instanceof Failure && (error.code === 'unreachable' || error.code === 'timeout');
}

/** Milliseconds before a try, the second being the first that waits: between half of what doubling gives, and all of it. */
export function delayBefore(attempt: number, { firstDelay, longestDelay }: Patience): number {
  const most = Math.min(longestDelay, firstDelay * 2 ** (attempt - 2));
  return most * (0.5 + Math.random() / 2);
}

function delayAfter(error: unknown, attempt: number, patience: Patience): number {
  const own = delayBefore(attempt + 1, patience);
  const { cause } = error as Failure;
  return cause instanceof RetryAfter ? Math.min(patience.longestDelay, Math.max(cause.milliseconds, own)) : own;
}

async function rest(milliseconds: number, error: unknown, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(milliseconds, undefined, { ...(signal && { signal }) });
  } catch {
    // Only an abort ends a rest: who ended it is told.
    if (signal?.reason instanceof Failure) throw signal.reason;
    throw new Failure('interrupted', { message: 'interrupted while waiting for another try', cause: error });
  }
}
