import type { Readable, Writable } from 'node:stream';
import type { Secret } from '../common/secret.ts';

/** The members of this room. */
export type EngineName = 'docker' | 'podman' | 'host';

/** A published port of a service. */
export interface ServicePort {
  /** Port inside the container. */
  readonly inside: number;
  /** Where it is published on this machine, if it is. */
  readonly published?: { readonly address: string; readonly port: number };
}

/** A container as the engine lists it. */
export interface Service {
  /** Full id; stays the same for the life of the container. */
  readonly id: string;
  readonly name: string;
  /** As the engine prints it, registry and tag included. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly ServicePort[];
  /** "running", "exited", "paused", ... in the engine's own words, lower case. */
  readonly state: string;
}

/** A container looked at closely. */
export interface ServiceDetails extends Service {
  /** Start of the running process, RFC 3339, as the engine prints it. Changes with every restart. */
  readonly startedAt: string;
  readonly running: boolean;
  /** The container's configured environment. Values may be secrets: never print them. */
  readonly environment: ReadonlyMap<string, string>;
  /** Its own addresses in the networks of the engine, or loopback where it has that of the machine; may not be reached from here. */
  readonly addresses?: readonly string[];
  /** The words that its program was started with, where the engine tells. May be secrets: never print them. */
  readonly command?: readonly string[];
}

/** A program to run. Nothing in `argv` may be secret: both sides show it to everyone on the machine. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Handed over by name; the values never appear in an argument list on either side. */
  readonly env?: Readonly<Record<string, string | Secret>>;
  /**
   * Content that the program can read once, at the path {@link SECRET_FILE}; for tools that take a password only
   * from a file. It travels through the environment of the wrapper and a pipe, never through a file on a disk.
   */
  readonly secretFile?: Secret;
  /** User inside the container; default: the container's own. The host engine ignores it. */
  readonly user?: string;
}

/** Where {@link Command.secretFile} can be read by the program. */
export const SECRET_FILE = '/dev/fd/8';

/** How a program ended. `stdout` and `stderr` keep the last bytes up to the limits that the engine documents. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the far side swore about a stream, matched against what went through here. */
export interface Seal {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** The end of what the program wrote to stderr; empty when it was silent. */
  readonly stderr: string;
}

/** A stream from the far side that ends without error only when its seal was checked. */
export interface SealedStream {
  /**
   * Ends (`end`) only after exit code 0, byte count and sha256 of the far side were compared with what arrived. Only the
   * shell that waited for the program can swear to them, and it ends with its container: so the container is the same
   * one, not restarted, and nobody needs to ask the engine. Otherwise the stream is destroyed with a Failure
   * ("tool-failed" with stderr as detail, "broken-stream", "server-changed", "unreachable", "interrupted").
   */
  readonly stream: Readable;
  /** Resolves with the seal when the stream ended well; rejects with the same Failure as the stream. Never unhandled. */
  readonly seal: Promise<Seal>;
}

/** A running program with its standard input and output open, for a conversation (psql, a tunnel). */
export interface Session {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when the program has ended; never rejects. */
  readonly ended: Promise<RunResult>;
  /** Ends the program on both sides; resolves when it is gone. May be called at any time and more than once. */
  close(): Promise<void>;
}

/** Options of every call that runs a program. */
export interface CallOptions {
  /** Aborting it ends the program on both sides. */
  readonly signal?: AbortSignal;
  /** Ends the program after so many milliseconds with a Failure "timeout". */
  readonly timeoutMs?: number;
}

/**
 * How commands reach a server. One contract for `docker`, `podman` and `host` (programs of this machine, for servers
 * reached over TCP or a socket; its service is always the empty string).
 *
 * Obligations of every member:
 * - No terminal is ever asked for; standard output and standard error never mix.
 * - Streams are Buffers, back-pressure holds, stderr is always drained and only its end is kept.
 * - When our side dies, even by kill -9, the program on the far side is ended within seconds: its wrapper holds the
 *   open standard input as a life line and kills the program when that closes before the work is done.
 * - A program that cannot be started is a Failure: "tool-missing" (exit codes 126, 127 of the wrapper), "unreachable"
 *   (engine not running, no such container, container stopped).
 */
export interface Engine {
  readonly name: EngineName;
  /** Version of the engine, for the manifest; throws Failure "tool-missing" or "unreachable". */
  version(options?: CallOptions): Promise<string>;
  /** All containers, running or not. `host` gives an empty list. */
  list(options?: CallOptions): Promise<Service[]>;
  /** Throws Failure "not-found" when there is no such container. */
  inspect(service: string, options?: CallOptions): Promise<ServiceDetails>;
  /** Runs a short command with optional text on its standard input. A non-zero code is a result, not a Failure. */
  run(service: string, command: Command, options?: CallOptions & { input?: string | Secret }): Promise<RunResult>;
  /** Streams the standard output of a program, sealed. */
  read(service: string, command: Command, options?: CallOptions): SealedStream;
  /**
   * Streams exactly `bytes` bytes of `input` into the standard input of a program, sealed: the far side counts and
   * hashes what it passed on. Resolves with the seal and the program's stdout after exit code 0, sworn to by the shell that
   * waited for the program, as for a {@link SealedStream}; throws a Failure otherwise (also when `input` ends early or runs over).
   */
  write(
    service: string,
    command: Command,
    input: Readable,
    bytes: number,
    options?: CallOptions,
  ): Promise<Seal & { stdout: string }>;
  /** Opens a conversation with a program. Not sealed. */
  open(service: string, command: Command, options?: CallOptions): Session;
  /** Copies one regular file out; its size and sha256 are compared on both sides. The local file gets mode 0600. */
  copyOut(service: string, from: string, to: string, options?: CallOptions): Promise<Seal>;
  /** Copies one regular file in (mode 0600); its size and sha256 are compared on both sides. */
  copyIn(service: string, from: string, to: string, options?: CallOptions): Promise<Seal>;
  stop(service: string, options?: CallOptions): Promise<void>;
  start(service: string, options?: CallOptions): Promise<void>;
  /** Where there are containers: throw-away ones of our own. */
  readonly lab?: Lab;
}

/** What an image says of itself. */
export interface ImageFacts {
  /** What it runs when nothing else is asked for. */
  readonly command: readonly string[];
}

/** A container of our own, that is thrown away. */
export interface ThrowawayOrder {
  /** Unique; it is the way to remove a container of which the start was broken off. */
  readonly name: string;
  /** Must be there already: nothing is pulled. */
  readonly image: string;
  /** Handed over by name, as those of a {@link Command}. */
  readonly env: Readonly<Record<string, string | Secret>>;
  /** What it is found by when we are gone. The label of `throwaway.ts` comes along by itself. */
  readonly labels: Readonly<Record<string, string>>;
  /** Instead of the image's own command. */
  readonly argv?: readonly string[];
}

/**
 * Containers of our own. They have no network, so that nothing is reached from them or reaches them but through the
 * engine; volumes are theirs alone and go with them.
 */
export interface Lab {
  /** What the engine knows of an image; undefined when it does not hold it. */
  image(name: string, options?: CallOptions): Promise<ImageFacts | undefined>;
  /** Gets an image. Throws Failure "not-found" with the engine's words. */
  pull(name: string, options?: CallOptions): Promise<void>;
  /**
   * Starts a container and gives its id. Not bound to a signal: it takes a moment, and one that is broken off may leave
   * a container that nobody knows. Throws Failure "refused", and nothing is left, when it is not alone: a network, a
   * folder of this machine, a volume or a name space that it shares.
   */
  start(order: ThrowawayOrder): Promise<string>;
  /** Removes a throw-away container with its volumes; none of that name is fine. Throws Failure "refused" for any other. */
  remove(service: string): Promise<void>;
  /** The end of what a container has printed, for the reason that it does not answer; empty when nobody knows. */
  lastWords(service: string): Promise<string>;
  /** All throw-away containers that there are, of whatever run. */
  throwaways(options?: CallOptions): Promise<Service[]>;
}
