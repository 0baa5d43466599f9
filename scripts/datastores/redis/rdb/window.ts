import type { Crc64 } from '../../../common/crc64.ts';

/** The encodings of a length (rdb.h): six bits, fourteen, 32, 64; or a string of another form. */
const LONG = 0x80;
const LONGER = 0x81;
/** Integers of 1, 2 and 4 bytes written as strings, and one that is compressed. */
const INTEGER_BYTES = [1, 2, 4];
const COMPRESSED = 3;

/** The bytes of a file that are at hand, and how far they were taken. */
export class Window {
  /** More bytes are needed. */
  static readonly LACKS = -1;
  /** There cannot be such a length. */
  static readonly WRONG = -2;
  /** Bytes that are passed over as they come. */
  skipping = 0;
  #data: Buffer = Buffer.alloc(0);
  #at = 0;
  #summed = 0;
  #before = 0;

  /** Takes further bytes. They are not kept beyond {@link forget}. */
  add(chunk: Buffer): void {
    this.#data = this.#at < this.#data.length ? Buffer.concat([this.#data.subarray(this.#at), chunk]) : chunk;
    this.#at = 0;
    this.#summed = 0;
  }

  /** Lets go of what was taken; a copy is kept of the few bytes that were not. */
  forget(): void {
    this.#before += this.#at;
    this.#data = Buffer.from(this.#data.subarray(this.#at));
    this.#at = 0;
    this.#summed = 0;
  }

  /** Bytes that were taken since the beginning. */
  get position(): number {
    return this.#before + this.#at;
  }

  get left(): number {
    return this.#data.length - this.#at;
  }

  /** Sums what was taken since the last time. */
  sumTo(crc: Crc64): void {
    crc.update(this.#data, this.#summed, this.#at);
    this.#summed = this.#at;
  }

  /** Passes over what is to be skipped; false when all is used up. */
  skip(): boolean {
    const taken = Math.min(this.skipping, this.left);
    this.#at += taken;
    this.skipping -= taken;
    return taken > 0;
  }

  take(bytes: number): Buffer {
    this.#at += bytes;
    return this.#data.subarray(this.#at - bytes, this.#at);
  }

  text(bytes: number): string {
    return this.take(bytes).toString('latin1');
  }

  /** The next byte, or {@link LACKS}. */
  byte(): number {
    return this.#at < this.#data.length ? (this.#data[this.#at++] as number) : Window.LACKS;
  }

  /** A length, {@link LACKS} or {@link WRONG}. */
  length(): number {
    const data = this.#data;
    const at = this.#at;
    const first = data[at];
    if (first === undefined) return Window.LACKS;
    if (first < 0x40) return this.#taken(1, first);
    if (first < 0x80) return this.left < 2 ? Window.LACKS : this.#taken(2, ((first & 0x3f) << 8) | (data[at + 1] ?? 0));
    if (first === LONG) return this.left < 5 ? Window.LACKS : this.#taken(5, data.readUInt32BE(at + 1));
    if (first !== LONGER) return Window.WRONG;
    if (this.left < 9) return Window.LACKS;
    // Large ids and integers of modules lose their last digits here; nobody counts with those.
    return this.#taken(9, data.readUInt32BE(at + 1) * 2 ** 32 + data.readUInt32BE(at + 5));
  }

  /** The bytes that a string has behind its length, which is taken; {@link LACKS} or {@link WRONG}. */
  stringBytes(): number {
    const first = this.#data[this.#at];
    if (first === undefined) return Window.LACKS;
    if (first < 0xc0) return this.length();
    const integer = INTEGER_BYTES[first & 0x3f];
    if (integer !== undefined) return this.#taken(1, integer);
    if ((first & 0x3f) !== COMPRESSED) return Window.WRONG;
    const start = this.#at++;
    const compressed = this.length();
    const plain = compressed < 0 ? compressed : this.length();
    if (plain >= 0) return compressed;
    this.#at = start;
    return plain;
  }

  #taken(bytes: number, value: number): number {
    this.#at += bytes;
    return value;
  }
}
