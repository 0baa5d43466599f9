import { Failure } from '../../common/failure.ts';
import { type Patience, patiently } from '../../common/patience.ts';
import type { Notifier } from '../notifier.ts';

/** How long one message is tried. */
export interface NoticePatience extends Patience {
  /** Milliseconds after which one try is given up. */
  readonly timeout: number;
}

/** A dead endpoint costs a run half a minute at most: all of them are tried side by side. */
export const PATIENCE: NoticePatience = { attempts: 3, timeout: 10_000, firstDelay: 500, longestDelay: 5_000 };

/** A notifier that is given up when it does not answer, and tried again when another try may have another outcome. */
export function withPatience(notifier: Notifier, patience: NoticePatience = PATIENCE): Notifier {
  const probe = notifier.probe?.bind(notifier);
  return {
    ...notifier,
    send: async (notice, { signal }) => {
      // The work waits for its start to be told: it must not wait long for a place that is dead.
      const attempts = notice.kind === 'start' ? 1 : patience.attempts;
      const once = () => inTime((both) => notifier.send(notice, { signal: both }), signal, patience);
      await patiently(once, { patience: { ...patience, attempts }, signal });
    },
    ...(probe && { probe: ({ signal }) => inTime((both) => probe({ signal: both }), signal, patience) }),
  };
}

async function inTime(
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
  { timeout }: NoticePatience,
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
