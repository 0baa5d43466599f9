import type { Failure } from '../common/failure.ts';
import type { Child, ChildEnd } from './child.ts';
import type { CallOptions, Command, EngineName } from './engine.ts';
import type { Verdict } from './seal.ts';

/** What a program is started for: only its output counts, it gets an announced input, or it is a conversation. */
export type Purpose = 'output' | 'input' | 'conversation';

/** A program that was started, wherever it runs. */
export interface Running {
  readonly child: Child;
  /** Marks the seal at the end of the child's stdout; undefined when none is expected. */
  readonly nonce: string | undefined;
  /** Says that the announced input was sent in full; only then the program sees its end. */
  finishInput(sha256: string): void;
  /** What became of the program, or undefined when the proof of it is missing. */
  judge(end: ChildEnd, seal: Buffer): Verdict | undefined;
  /** Says that the seal was received: the far side stays until then. */
  acknowledge(): void;
  /** Ends the program on both sides. What it still says is thrown away. Resolves when it is gone. */
  close(): Promise<void>;
}

/** The way to a service; everything else in this room is the same for all engines. */
export interface Transport {
  readonly name: EngineName;
  /** Starts a program. `bytes`: length of the announced input. Throws Failure "internal" for a command that cannot be. */
  start(service: string, command: Command, purpose: Purpose, bytes: number): Running;
  /**
   * A text that changes when the service is replaced or restarted; undefined where there is no such thing.
   * Throws Failure "unreachable" when it is not running.
   */
  identity(service: string, options: CallOptions): Promise<string | undefined>;
  /** The identity as it was seen last, be it long ago; asks only when it was never seen. Throws as `identity`. */
  lastIdentity(service: string): Promise<string | undefined>;
  /** The Failure behind a child that ended without a proof; undefined when its words are not known. */
  explain(service: string, end: ChildEnd): Failure | undefined;
}
