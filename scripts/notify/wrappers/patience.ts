import { setTimeout } from 'node:timers/promises';
import { Failure } from '../../common/failure.ts';
import type { Notifier } from '../notifier.ts';

/** How long one message is tried. */
export interface Patience {
  /** Times that it is sent at most. */
  readonly attempts: number;
  /** Milliseconds after which one try is given up. */
  readonly timeout: number;
  /** Milliseconds before the second try; they double with each further one. */
  readonly firstDelay: number;
  /** Milliseconds that no pause exceeds, also when the far side asks for a longer one. */
  readonly longestDelay: number;
}

/** A dead endpoint costs a run half a minute at most: all of them are tried side by side. */
export const PATIENCE: Patience = { attempts: 3, timeout: 10_000, firstDelay: 500, longestDelay: 5_000 };

/** The cause of a failure whose far side said when to come back. */
export class RetryAfter {
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

/** A notifier that is given up when it does not answer, and tried again when another try may have another outcome. */
export function withPatience(notifier: Notifier, patience: Patience = PATIENCE): Notifier {
  const probe = notifier.probe?.bind(notifier);
  return {
    ...notifier,
    send: async (notice, { signal }) => {
      // The work waits for its start to be told: it must not wait long for a place that is dead.
      const attempts = notice.kind === 'start' ? 1 : patience.attempts;
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await inTime((both) => notifier.send(notice, { signal: both }), signal, patience);
        } catch (error) {
          if (attempt >= attempts || signal.aborted || !isTransient(error)) throw error;
          await setTimeout(pauseAfter(attempt, error, patience), undefined, { signal });
        }
      }
    },
    ...(probe && { probe: ({ signal }) => inTime((both) => probe({ signal: both }), signal, patience) }),
  };
}

async function inTime(
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  { timeout }: Patience,
): Promise<void> {
  const limit = AbortSignal.timeout(timeout);
  const both = AbortSignal.any([signal, limit]);
  const givenUp = Promise.withResolvers<never>();
  const giveUp = () => givenUp.reject(both.reason);
  both.addEventListener('abort', giveUp, { once: true });
  try {
    // A member that does not look at its signal must not hold the run up either.
    await Promise.race([work(both), givenUp.promise]);
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    throw new Failure('timeout', { message: `did not answer within ${timeout / 1000} s` });
  } finally {
    both.removeEventListener('abort', giveUp);
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof Failure && (error.code === 'unreachable' || error.code === 'timeout');
}

function pauseAfter(attempt: number, error: unknown, { firstDelay, longestDelay }: Patience): number {
  const { cause } = error as Failure;
  // Random, so that many machines that failed together do not come back together.
  const own = firstDelay * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  return Math.min(longestDelay, cause instanceof RetryAfter ? Math.max(cause.milliseconds, own) : own);
}
