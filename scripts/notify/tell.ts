import { Failure, toFailure } from '../common/failure.ts';
import { isOldNews, type Memory, remember, withoutWork } from './memory.ts';
import type { Notice, NoticeKind, Notifier } from './notifier.ts';

/** A notifier and what it wants to hear. */
export interface Listener {
  readonly notifier: Notifier;
  readonly on: readonly NoticeKind[];
  readonly audience: 'people' | 'watchdog';
}

/** What became of a message at one notifier. A "skipped" one was not wanted there, or told a short while ago. */
export interface Told {
  readonly name: string;
  readonly outcome: 'sent' | 'skipped' | 'failed';
  /** For people; missing when it was sent. Never contains a secret. */
  readonly reason?: string;
}

/** How a message is told. */
export interface TellOptions {
  readonly signal: AbortSignal;
  /** Hours before people are told the same news again. */
  readonly repeatHours: number;
  /** What was told before; undefined: nothing is held back. */
  readonly memory?: Memory;
  readonly now?: Date;
}

/** What became of a message, and what is to be remembered of it. */
export interface Telling {
  readonly told: readonly Told[];
  readonly memory: Memory;
}

/** Brings a message to all who want it, side by side. Never throws: a dead endpoint must not fail a backup. */
export async function tell(listeners: readonly Listener[], notice: Notice, options: TellOptions): Promise<Telling> {
  const { now = new Date(), memory = [], repeatHours } = options;
  const told = await Promise.all(
    listeners.map(async (listener): Promise<Told> => {
      const { name } = listener.notifier;
      const reason = reasonToSkip(listener, notice, memory, now, repeatHours);
      if (reason !== undefined) return { name, outcome: 'skipped', reason };
      return await send(listener.notifier, notice, options.signal);
    }),
  );
  // What went well again is news when it fails again.
  const kept = notice.kind === 'success' ? withoutWork(memory, notice.work) : memory;
  const sent = isLimited(notice) ? told.filter(({ outcome }) => outcome === 'sent').map(({ name }) => name) : [];
  return { told, memory: remember(kept, sent, notice, now) };
}

/** What became of the question whether messages would arrive. */
export interface Probed {
  readonly name: string;
  /** Why they would not, for people; missing when nothing speaks against it. Never contains a secret. */
  readonly reason?: string;
}

/** Asks a notifier whether messages would arrive, without bringing one. Never throws. */
export async function probe({ notifier }: Listener, signal: AbortSignal): Promise<Probed> {
  const { name } = notifier;
  const reason = notifier.unusable?.();
  if (reason !== undefined) return { name, reason };
  try {
    await notifier.probe?.({ signal });
    return { name };
  } catch (error) {
    return { name, reason: reasonOf(error) };
  }
}

async function send(notifier: Notifier, notice: Notice, signal: AbortSignal): Promise<Told> {
  const { name } = notifier;
  try {
    await notifier.send(notice, { signal });
    return { name, outcome: 'sent' };
  } catch (error) {
    return { name, outcome: 'failed', reason: reasonOf(error) };
  }
}

function reasonToSkip(
  { notifier, on, audience }: Listener,
  notice: Notice,
  memory: Memory,
  now: Date,
  repeatHours: number,
): string | undefined {
  const wanted = notice.kind === 'test' || on.includes(notice.kind) || (notice.recovery && on.includes('failure'));
  if (!wanted) return `it is not told of "${notice.kind}"`;
  const old = audience === 'people' && isLimited(notice) && isOldNews(memory, notifier.name, notice, now, repeatHours);
  return old ? `the same was told less than ${repeatHours} h ago` : notifier.unusable?.(notice);
}

function isLimited({ kind }: Notice): boolean {
  return kind === 'failure' || kind === 'suspicious';
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Failure) && (error as Error).name !== 'AbortError') {
    // Of an error that no member knows, nothing can be shown: its words may hold the address.
    return `failed in a way that is a bug (${(error as Error).name})`;
  }
  const { message, detail } = toFailure(error);
  return detail === undefined ? message : `${message}: ${detail}`;
}
