import { createHash, type Hash } from 'node:crypto';
import { PassThrough, type Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../common/failure.ts';
import type { Sealer } from '../crypt/crypt.ts';

/** Bytes that wait between a dump and the storage. Enough to keep both busy, small beside the memory budget. */
const WAITING_BYTES = 256 * 1024;

/** Counted and hashed on the way into the storage. */
export interface StoredArtifact {
  readonly bytes: number;
  readonly sha256: string;
  /** What was written to the stream, where what is stored is encrypted. */
  readonly plainBytes?: number;
}

/** Stores a body whole or not at all. */
type Put = (body: Readable, signal: AbortSignal) => Promise<{ bytes: number }>;

interface ArtifactOptions {
  /** Called once, when every byte is on stable storage. */
  readonly record: (stored: StoredArtifact) => void;
  /** Called once, when the artifact failed: removes what the storage may have kept all the same. */
  readonly release: () => Promise<void>;
  /** Hears the size of every piece that is taken. */
  readonly onBytes: ((bytes: number) => void) | undefined;
  /** Encrypts what is stored. */
  readonly sealer?: Sealer | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * The writing end of one artifact. "finish" comes after every byte is on stable storage and was recorded; when it is
 * destroyed before, "close" comes after the storage has removed what there was.
 */
export class ArtifactStream extends Writable {
  readonly #hash: Hash = createHash('sha256');
  readonly #body = new PassThrough({ highWaterMark: WAITING_BYTES });
  readonly #abort = new AbortController();
  readonly #stored: Promise<void>;
  readonly #onBytes: (bytes: number) => void;
  readonly #isSealed: boolean;
  /** Bytes that were taken, and bytes that were given to the storage. */
  #taken = 0;
  #bytes = 0;

  constructor(put: Put, options: ArtifactOptions) {
    super({ highWaterMark: WAITING_BYTES, decodeStrings: true });
    this.#onBytes = options.onBytes ?? (() => undefined);
    this.#isSealed = options.sealer !== undefined;
    const signal = options.signal ? AbortSignal.any([options.signal, this.#abort.signal]) : this.#abort.signal;
    const body = options.sealer ? this.#tallied(options.sealer.encrypt(this.#body)) : this.#body;
    this.#stored = this.#store(put(body, signal), options);
    // The error of the body is the one that this stream ends with; a second report of it would end the process.
    this.#body.on('error', () => undefined);
    // A storage that fails ends the dump as well; whoever waits for "finish" gets the same error.
    this.#stored.catch((error: Error) => this.destroy(error));
  }

  /** Breaks the stream if it is still open; resolves when nothing more happens in the storage. Never rejects. */
  async stop(): Promise<void> {
    // The one who pipes into the stream has the error; a stop wants no second one.
    this.on('error', () => undefined);
    if (!this.writableFinished) this.destroy(interrupted());
    await this.#stored.catch(() => undefined);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#taken += chunk.length;
    this.#onBytes(chunk.length);
    if (!this.#isSealed) this.#tally(chunk);
    // A storage that fails breaks the body before it says why; its reason is the one to end with.
    this.#body.write(chunk, (error) => (error ? this.#stored.then(() => done(error), done) : done()));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#body.end();
    this.#stored.then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.writableFinished) {
      done(error);
      return;
    }
    const reason = error ?? interrupted();
    this.#abort.abort(reason);
    this.#body.destroy(reason);
    const closed = (): void => done(reason);
    this.#stored.then(closed, closed);
  }

  #tally(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
  }

  /** The manifest has size and sum of what is stored: of the encrypted bytes. */
  #tallied(sealed: Readable): Readable {
    const tallied = new Transform({
      highWaterMark: WAITING_BYTES,
      transform: (chunk: Buffer, _encoding, done) => {
        this.#tally(chunk);
        done(null, chunk);
      },
    });
    // The error of either end arrives at the storage, which reads the result.
    pipeline(sealed, tallied).catch(() => undefined);
    return tallied;
  }

  async #store(putting: Promise<{ bytes: number }>, { record, release }: ArtifactOptions): Promise<void> {
    try {
      const { bytes } = await putting;
      if (bytes !== this.#bytes) throw wrongSize(bytes, this.#bytes);
      this.#abort.signal.throwIfAborted();
      const plain = this.#isSealed ? { plainBytes: this.#taken } : {};
      record({ bytes, sha256: this.#hash.digest('hex'), ...plain });
    } catch (error) {
      // Where even that fails the name stays taken, so that the set cannot be finished with a file nobody names.
      await release().catch(() => undefined);
      throw error;
    }
  }
}

function interrupted(): Failure {
  return new Failure('interrupted', { message: 'the artifact was ended before it was whole' });
}

function wrongSize(found: number, expected: number): Failure {
  return new Failure('storage', { message: `the storage holds ${found} bytes, expected ${expected}` });
}
