import type { RunRecord } from '../runs/record.ts';

/** The kinds of {@link Notice} that settings choose from, in the order in which they are shown. */
export const NOTICE_KINDS = ['start', 'success', 'failure', 'suspicious'] as const;

/**
 * What a message is about. "start": a run began. "success": it ended good, its set is verified. "failure": it failed or
 * some of its sources did. "suspicious": nothing failed, yet something looks wrong: shrunk, skipped, late. "test": sent
 * when notifications are set up, so that a person sees them arrive and a new check gets its first ping.
 */
export type NoticeKind = (typeof NOTICE_KINDS)[number] | 'test';

/** One message, in words already: notifiers only bring it. Never contains a secret. */
export interface Notice {
  readonly kind: NoticeKind;
  /** On one line: "backup of production failed: postgres/app cannot be reached". */
  readonly title: string;
  /** The reason, what stands, sizes: a line each. */
  readonly lines: readonly string[];
  /** The command to try, for failures. */
  readonly command?: string;
  /** "production". */
  readonly environment: string;
  readonly host: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  /** Which work it is about: the same text for all runs of one command with one choice. A success ends what was told of it. */
  readonly work: string;
  /** What makes two messages about one work the same news, whatever sizes and times they tell of. */
  readonly news: string;
  /** The success after a failure: also for those who only want to hear of failures. */
  readonly recovery?: true;
  /** The run that it is about; missing in tests, and when it is about a run that did not happen. */
  readonly run?: RunRecord;
}

/**
 * Brings messages to one place. A member is one file in `notify/members/` with its settings and one function.
 *
 * Obligations of every member:
 * - `send` takes one message to its end or throws a Failure that never contains the URL, a token or a password.
 * - "unreachable" and "timeout" say that another try may have another outcome; every other code that it would not.
 * - It ends within the signal; retries, rate limits and the choice of kinds are wrapped around it.
 */
export interface Notifier {
  /** What the person calls it: "ping", "slack", or its name in holdfast.yaml. */
  readonly name: string;
  send(notice: Notice, options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Finds out whether messages would arrive, as far as that can be told without bringing one: nobody hears of it, and
   * no alarm is put off. Throws as `send` does. Missing where nothing can be told.
   */
  probe?(options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Why there is nothing to bring a notice to (without one: any notice), for people, such as no desktop on a server;
   * undefined when there is.
   */
  unusable?(notice?: Notice): string | undefined;
}
