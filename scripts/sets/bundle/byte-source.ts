import { refused } from './refused.ts';

const CUT = 'ends in the middle: the archive was cut off';

/** Hands out the bytes of a stream in the amounts that its reader asks for; keeps one chunk at most. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** At least one byte and at most so many; undefined at the end. */
  async piece(most: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return undefined;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** Exactly so many bytes; for what is small. Throws Failure "damaged" when there are fewer. */
  async exactly(bytes: number, entry?: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pieces(bytes, entry)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** So many bytes, piece by piece. Breaks with Failure "damaged" when there are fewer. */
  async *pieces(bytes: number, entry?: string): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      const piece = await this.piece(left);
      if (piece === undefined) throw refused(entry, entry === undefined ? `it ${CUT}` : CUT);
      left -= piece.length;
      yield piece;
    }
  }
}
