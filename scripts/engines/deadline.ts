import { Failure } from '../common/failure.ts';
import type { CallOptions } from './engine.ts';

/** Watches what may end a call from outside. Must be stopped. */
export interface Deadline {
  /** Rejects with Failure "interrupted" or "timeout"; never resolves. Safe to leave alone. */
  readonly passed: Promise<never>;
  stop(): void;
}

/** Begins to watch the options of a call. `what` names the call in the message: `"pg_dump"`. */
export function startDeadline({ signal, timeoutMs }: CallOptions, what: string): Deadline {
  let stop = () => {};
  const passed = new Promise<never>((_, reject) => {
    const interrupt = () => reject(interruption(signal?.reason, what));
    if (signal?.aborted) return interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    const late = () => reject(new Failure('timeout', { message: `${what} did not end within ${timeoutMs} ms` }));
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs);
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
    };
  });
  // Whoever needs it races against it; a call that ended before has nobody who listens.
  passed.catch(() => {});
  return { passed, stop: () => stop() };
}

function interruption(reason: unknown, what: string): Failure {
  return reason instanceof Failure ? reason : new Failure('interrupted', { message: `${what} was interrupted` });
}
