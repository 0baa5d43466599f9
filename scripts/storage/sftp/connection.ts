import { interruption, refuseAborted } from '../interruption.ts';
import { openSession, type SftpPatience } from './connect.ts';
import { BrokenConnection } from './failures.ts';
import type { HostPlace } from './host-key.ts';
import type { SftpLogin } from './login.ts';
import type { SftpSession } from './session.ts';

/** A session that somebody uses until `release` is called. */
export interface BorrowedSession {
  readonly session: SftpSession;
  readonly release: () => void;
}

/**
 * One connection for everybody: opened when the first one asks, opened anew after it broke, and closed when nobody has
 * used it for a while, so that the process can end.
 */
export class SftpConnection {
  readonly #place: HostPlace;
  readonly #login: SftpLogin;
  readonly #patience: SftpPatience;
  #opening: Promise<SftpSession> | undefined;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(place: HostPlace, login: SftpLogin, patience: SftpPatience) {
    this.#place = place;
    this.#login = login;
    this.#patience = patience;
  }

  /** Works with the session. When the signal comes, the answer that is being waited for is given up. */
  async use<Result>(work: (session: SftpSession) => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    const { session, release } = await this.borrow(signal);
    try {
      return await untilAborted(work(session), signal);
    } finally {
      release();
    }
  }

  /** Works with the session to the end, signal or not: the work minds the signal itself and cleans up after it. */
  async useToTheEnd<Result>(
    work: (session: SftpSession) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const { session, release } = await this.borrow(signal);
    return await work(session).finally(release);
  }

  /** Gives the session for work that outlives a call: the caller releases it, once. */
  async borrow(signal: AbortSignal | undefined): Promise<BorrowedSession> {
    refuseAborted(signal);
    this.#users += 1;
    clearTimeout(this.#idle);
    try {
      return { session: await untilAborted(this.#live(), signal), release: () => this.#release() };
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  async #live(): Promise<SftpSession> {
    const opening = this.#opening ?? this.#open();
    const session = await opening;
    if (!session.isBroken) return session;
    this.#forget(opening);
    return await this.#live();
  }

  #open(): Promise<SftpSession> {
    const opening = openSession(this.#place, this.#login, this.#patience);
    this.#opening = opening;
    // Why it failed is told to whoever waits for it.
    opening.catch(() => this.#forget(opening));
    return opening;
  }

  /** Only if nobody has opened another one since: that one would be used and never closed. */
  #forget(opening: Promise<SftpSession>): void {
    if (this.#opening === opening) this.#opening = undefined;
  }

  #release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#idle = setTimeout(() => this.#close(), this.#patience.idle);
  }

  #close(): void {
    const opening = this.#opening;
    this.#opening = undefined;
    // One that could not be opened has told whoever wanted it.
    opening?.then(
      (session) => session.break(new BrokenConnection('the connection was closed')),
      () => undefined,
    );
  }
}

/** Waits for the work, or for the signal: then throws its reason, and the work's outcome matters to nobody. */
async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return await work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => {
    if (signal.aborted) reject(interruption(signal));
  };
  signal.addEventListener('abort', stop);
  stop();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
