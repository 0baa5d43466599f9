import { damaged } from './entry.ts';

/** Takes bytes off a stream in the portions that a format asks for. Holds one chunk of the stream at a time. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** So many bytes, at most a few; undefined at the end. Throws Failure "damaged" when the stream ends within them. */
  async take(count: number): Promise<Buffer | undefined> {
    while (this.#held.length < count) {
      const next = await this.#source.next();
      if (next.done) {
        if (this.#held.length === 0) return undefined;
        throw damaged('the archive ends in the middle of a block');
      }
      this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
    }
    const taken = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    return taken;
  }

  /** So many bytes in pieces as they come. Throws Failure "damaged" when the stream ends before. */
  async *pieces(count: number): AsyncGenerator<Buffer, void> {
    let left = count;
    while (left > 0) {
      if (this.#held.length === 0) {
        const next = await this.#source.next();
        if (next.done) throw damaged('the archive ends in the middle of a file');
        this.#held = next.value;
      }
      const piece = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
}
