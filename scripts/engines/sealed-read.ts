import { Readable } from 'node:stream';
import { type Failure, toFailure } from '../common/failure.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import type { CallOptions, Command, Seal, SealedStream } from './engine.ts';
import { broken, compareOutput, endedWell, programFailure, programName, unproven } from './outcome.ts';
import { Unsealer } from './seal.ts';
import type { Running, Transport } from './transport.ts';

/** What waits in memory between the engine and a slow reader, in bytes. */
const AHEAD = 1024 * 1024;

/** Streams the output of a program; see Engine.read for its obligations. */
export function sealedRead(
  transport: Transport,
  service: string,
  command: Command,
  options: CallOptions = {},
): SealedStream {
  const stream = new SealedReader(transport, service, command, options);
  return { stream, seal: stream.seal };
}

class SealedReader extends Readable {
  readonly seal: Promise<Seal>;
  readonly #transport: Transport;
  readonly #service: string;
  readonly #command: Command;
  readonly #running: Running;
  readonly #before: Promise<string | undefined>;
  readonly #deadline: Deadline;
  readonly #unsealer: Unsealer;
  #settle: { resolve: (seal: Seal) => void; reject: (failure: Failure) => void };
  #isSealed = false;

  constructor(transport: Transport, service: string, command: Command, options: CallOptions) {
    super({ highWaterMark: AHEAD });
    const { promise, ...settle } = Promise.withResolvers<Seal>();
    // Whoever reads the stream gets the same Failure from it, and may not ask for the seal at all.
    promise.catch(() => {});
    this.seal = promise;
    this.#settle = settle;
    this.#transport = transport;
    this.#service = service;
    this.#command = command;
    this.#running = transport.start(service, command, 'output', 0);
    this.#before = transport.lastIdentity(service);
    this.#before.catch(() => {});
    this.#unsealer = new Unsealer(this.#running.nonce);
    this.#deadline = startDeadline(options, programName(command));
    this.#deadline.passed.catch((failure: Failure) => this.destroy(failure));
    this.#listen();
  }

  override _read(): void {
    this.#running.child.stdout.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#deadline.stop();
    if (this.#isSealed && !error) done(null);
    else this.#giveUp(error, done);
  }

  #giveUp(error: Error | null, done: (error: Error | null) => void): void {
    const unread = () => broken(`nobody reads the output of ${programName(this.#command)} any more`);
    const failure = error ? toFailure(error) : unread();
    this.#running.close().then(() => {
      this.#settle.reject(failure);
      done(error && failure);
    }, done);
  }

  #listen(): void {
    const { stdout } = this.#running.child;
    stdout.on('data', (chunk: Buffer) => {
      if (this.destroyed) return;
      let wanted = true;
      for (const data of this.#unsealer.add(chunk)) wanted = this.push(data);
      if (this.#unsealer.isSealed) this.#running.acknowledge();
      if (!wanted) stdout.pause();
    });
    stdout.once('end', () => {
      this.#finish().catch((error: unknown) => this.destroy(toFailure(error)));
    });
  }

  async #finish(): Promise<void> {
    const end = await this.#running.child.ended;
    if (this.destroyed) return;
    const { data, seal: words, sha256 } = this.#unsealer.end();
    const what = programName(this.#command);
    const verdict = this.#running.judge(end, words);
    if (!verdict) throw await unproven(this.#transport, this.#service, { end, before: this.#before, what });
    const found = { bytes: this.#unsealer.bytes, sha256 };
    const failure =
      programFailure(this.#command, verdict, end.stderr) ??
      (this.#running.nonce ? compareOutput(what, verdict, found) : undefined) ??
      (endedWell(end) ? undefined : broken(`the client of ${this.#transport.name} failed after the seal`, end.stderr));
    if (failure) throw failure;
    if (this.destroyed) return;
    this.#deadline.stop();
    this.#isSealed = true;
    if (data.length > 0) this.push(data);
    this.push(null);
    this.#settle.resolve({ ...found, stderr: end.stderr });
  }
}
