import type { Readable } from 'node:stream';

/** Thrown by the reading calls when fewer bytes are buffered than they need; the caller fills the queue and repeats. */
export const UNDERFLOW = Symbol('underflow');

const EMPTY = Buffer.alloc(0);
const STEP = 64 * 1024;

/**
 * The bytes of a stream, read without waiting as long as they are buffered. Waiting is a call of its own
 * ({@link ByteQueue.fill}), so that archives with millions of tiny chunks do not cost a promise for each of them.
 */
export class ByteQueue {
  readonly #chunks: AsyncIterator<Buffer>;
  #buffer: Buffer = EMPTY;
  #offset = 0;
  #consumed = 0;
  #ended = false;

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Absolute position in the stream. */
  get position(): number {
    return this.#consumed + this.#offset;
  }

  get available(): number {
    return this.#buffer.length - this.#offset;
  }

  /** Moves back to a position that is still buffered (at or after the last {@link fill}). */
  rewind(position: number): void {
    this.#offset = position - this.#consumed;
  }

  /** Waits until `bytes` are buffered; false when the stream ends before that. */
  async fill(bytes: number): Promise<boolean> {
    if (this.available >= bytes) return true;
    const parts = [this.#buffer.subarray(this.#offset)];
    let size = this.available;
    while (size < bytes && !this.#ended) {
      const next = await this.#chunks.next();
      this.#ended = next.done === true;
      if (next.done) break;
      parts.push(next.value);
      size += next.value.length;
    }
    this.#consumed += this.#offset;
    this.#offset = 0;
    this.#buffer = parts.length === 2 && parts[0]?.length === 0 ? (parts[1] ?? EMPTY) : Buffer.concat(parts);
    return size >= bytes;
  }

  /** Runs `parse` again from the same position with more and more bytes until it has enough; false at the end. */
  async parse<Value>(parse: (queue: ByteQueue) => Value): Promise<Value | typeof UNDERFLOW> {
    for (let bytes = STEP; ; bytes *= 2) {
      const start = this.position;
      try {
        return parse(this);
      } catch (error) {
        // UNDERFLOW asks for more bytes; everything else is the caller's.
        if (error !== UNDERFLOW) throw error;
      }
      this.rewind(start);
      const had = this.available;
      if (!(await this.fill(Math.max(bytes, had + 1))) && this.available === had) return UNDERFLOW;
    }
  }

  /** The next byte. */
  byte(): number {
    const value = this.#buffer[this.#offset];
    if (value === undefined) throw UNDERFLOW;
    this.#offset += 1;
    return value;
  }

  /** Exactly `length` bytes; valid until the queue is filled again. */
  take(length: number): Buffer {
    if (this.available < length) throw UNDERFLOW;
    const part = this.#buffer.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return part;
  }

  /** What is buffered, at most `limit` bytes. */
  takeUpTo(limit: number): Buffer {
    return this.take(Math.min(limit, this.available));
  }
}
