/**
 * The CRC-64 that ends an RDB file: the polynomial that Redis calls Jones, reflected, nothing inverted ("123456789" gives
 * e9c6d914c4b8d9ca). JavaScript's bitwise operators know 32 bits, so a value is kept in two halves; eight tables let it
 * take eight bytes a step.
 */
export class Crc64 {
  #low = 0;
  #high = 0;

  /** Takes the bytes of `data` from `start` up to, not including, `end`. */
  update(data: Uint8Array, start: number, end: number): void {
    const stepped = start + ((end - start) & ~7);
    this.#eightAtATime(data, start, stepped);
    let low = this.#low;
    let high = this.#high;
    for (let at = stepped; at < end; at++) {
      const entry = (low ^ at8(data, at)) & 0xff;
      low = (low >>> 8) ^ (high << 24) ^ at32(LOW, entry);
      high = (high >>> 8) ^ at32(HIGH, entry);
    }
    this.#low = low;
    this.#high = high;
  }

  /** The value so far: 16 hex digits. */
  get hex(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }

  #eightAtATime(data: Uint8Array, start: number, end: number): void {
    let low = this.#low;
    let high = this.#high;
    for (let at = start; at < end; at += 8) {
      const a = 0x700 | ((low ^ at8(data, at)) & 0xff);
      const b = 0x600 | (((low >>> 8) ^ at8(data, at + 1)) & 0xff);
      const c = 0x500 | (((low >>> 16) ^ at8(data, at + 2)) & 0xff);
      const d = 0x400 | ((low >>> 24) ^ at8(data, at + 3));
      const e = 0x300 | ((high ^ at8(data, at + 4)) & 0xff);
      const f = 0x200 | (((high >>> 8) ^ at8(data, at + 5)) & 0xff);
      const g = 0x100 | (((high >>> 16) ^ at8(data, at + 6)) & 0xff);
      const h = (high >>> 24) ^ at8(data, at + 7);
      low = at32(LOW, a) ^ at32(LOW, b) ^ at32(LOW, c) ^ at32(LOW, d);
      low ^= at32(LOW, e) ^ at32(LOW, f) ^ at32(LOW, g) ^ at32(LOW, h);
      high = at32(HIGH, a) ^ at32(HIGH, b) ^ at32(HIGH, c) ^ at32(HIGH, d);
      high ^= at32(HIGH, e) ^ at32(HIGH, f) ^ at32(HIGH, g) ^ at32(HIGH, h);
    }
    this.#low = low;
    this.#high = high;
  }
}

/** The halves of the reflected polynomial 95ac9329ac4bc9b5. */
const POLYNOMIAL_HIGH = 0x95ac9329 | 0;
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;

/** Entry `256 * k + byte`: what `byte` becomes after passing through the register and `k` zero bytes more. */
const LOW = new Int32Array(8 * 256);
const HIGH = new Int32Array(8 * 256);
fillTables();

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) fillFirst(byte);
  for (let entry = 256; entry < LOW.length; entry++) {
    const low = at32(LOW, entry - 256);
    const high = at32(HIGH, entry - 256);
    LOW[entry] = (low >>> 8) ^ (high << 24) ^ at32(LOW, low & 0xff);
    HIGH[entry] = (high >>> 8) ^ at32(HIGH, low & 0xff);
  }
}

function fillFirst(byte: number): void {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const odd = -(low & 1);
    low = ((low >>> 1) | (high << 31)) ^ (POLYNOMIAL_LOW & odd);
    high = (high >>> 1) ^ (POLYNOMIAL_HIGH & odd);
  }
  LOW[byte] = low;
  HIGH[byte] = high;
}

/** Reads within the bounds; the compiler cannot know that and a check would cost a third of the speed. */
function at8(data: Uint8Array, index: number): number {
  return data[index] as number;
}

function at32(table: Int32Array, index: number): number {
  return table[index] as number;
}
