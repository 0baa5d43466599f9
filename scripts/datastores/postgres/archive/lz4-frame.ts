import type { BlockSink } from './blocks.ts';
import { damaged } from './damaged.ts';

/** The first four bytes of a frame, the least significant first (LZ4 Frame Format 1.6.x). */
const MAGIC = 0x184d2204;
/** In the flags: each block has a checksum; the content size is in the header; the content has a checksum. */
const FLAG_BLOCK_CHECKSUM = 0x10;
const FLAG_CONTENT_SIZE = 0x08;
const FLAG_CONTENT_CHECKSUM = 0x04;
const FLAG_DICTIONARY = 0x01;
/** In a block's size: the block is stored as it is. */
const STORED = 0x80000000;
const CHECKSUM_BYTES = 4;

type Part = 'magic' | 'flags' | 'descriptor' | 'size' | 'block' | 'checksum' | 'done';

/** Checks that an LZ4 frame is whole, by its structure alone: node cannot decompress LZ4. */
export class Lz4Frame implements BlockSink {
  readonly #place: string;
  #part: Part = 'magic';
  #wanted = 4;
  #head: number[] = [];
  #flags = 0;

  constructor(place: string) {
    this.#place = place;
  }

  push(bytes: Buffer): undefined {
    for (let at = 0; at < bytes.length; ) {
      if (this.#part === 'done') throw damaged(`bytes follow the compressed stream of ${this.#place}`);
      const piece = bytes.subarray(at, at + this.#wanted);
      at += piece.length;
      this.#wanted -= piece.length;
      if (this.#part !== 'block') this.#head.push(...piece);
      if (this.#wanted === 0) this.#next();
    }
    return undefined;
  }

  async end(): Promise<void> {
    if (this.#part !== 'done') throw damaged(`${this.#place} does not decompress: its frame is not whole`);
  }

  /** The wanted bytes are there: what do they say about what follows? */
  #next(): void {
    const bytes = Buffer.from(this.#head);
    this.#head = [];
    [this.#part, this.#wanted] = this.#following(bytes);
  }

  /** The part after the present one, and its length. */
  #following(bytes: Buffer): readonly [Part, number] {
    if (this.#part === 'magic') return this.#afterMagic(bytes.readUInt32LE());
    if (this.#part === 'flags') return this.#afterFlags(bytes[0] ?? 0);
    if (this.#part === 'size') return this.#afterSize(bytes.readUInt32LE());
    return this.#part === 'checksum' ? ['done', 0] : ['size', 4];
  }

  #afterMagic(magic: number): readonly [Part, number] {
    if (magic !== MAGIC) throw damaged(`${this.#place} does not begin with an LZ4 frame`);
    return ['flags', 1];
  }

  /** The descriptor: a byte of block sizes, the optional fields, a byte of header checksum. */
  #afterFlags(flags: number): readonly [Part, number] {
    this.#flags = flags;
    const optional = (flags & FLAG_CONTENT_SIZE ? 8 : 0) + (flags & FLAG_DICTIONARY ? 4 : 0);
    return ['descriptor', 2 + optional];
  }

  #afterSize(size: number): readonly [Part, number] {
    const hasChecksum = (this.#flags & FLAG_CONTENT_CHECKSUM) !== 0;
    if (size === 0) return hasChecksum ? ['checksum', CHECKSUM_BYTES] : ['done', 0];
    const length = size >= STORED ? size - STORED : size;
    return ['block', length + (this.#flags & FLAG_BLOCK_CHECKSUM ? CHECKSUM_BYTES : 0)];
  }
}
