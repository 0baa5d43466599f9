/** A CRC-64 of the reflected kind: its polynomial, in two halves, and whether all is inverted before and after. */
export interface CrcForm {
  readonly polynomialHigh: number;
  readonly polynomialLow: number;
  readonly inverted: boolean;
}

/** ECMA-182, known as CRC-64/XZ: "123456789" gives 995dc9bbdf1939fa. The mongo tools end every namespace with it. */
export const CRC64_XZ: CrcForm = { polynomialHigh: 0xc96c5795, polynomialLow: 0xd7870f42, inverted: true };

/** The polynomial that Redis calls Jones: "123456789" gives e9c6d914c4b8d9ca. It ends an RDB file. */
export const CRC64_JONES: CrcForm = { polynomialHigh: 0x95ac9329, polynomialLow: 0xac4bc9b5, inverted: false };

/**
 * A CRC-64 of bytes as they come. JavaScript's bitwise operators know 32 bits, so a value is kept in two halves; eight
 * tables let it take eight bytes a step.
 */
export class Crc64 {
  readonly #tables: Tables;
  readonly #start: number;
  #low: number;
  #high: number;

  constructor(form: CrcForm) {
    this.#tables = tablesOf(form);
    this.#start = form.inverted ? -1 : 0;
    this.#low = this.#start;
    this.#high = this.#start;
  }

  /** Takes the bytes of `data` from `start` up to, not including, `end`. */
  update(data: Uint8Array, start = 0, end = data.length): void {
    const stepped = start + ((end - start) & ~7);
    this.#eightAtATime(data, start, stepped);
    const { low: lows, high: highs } = this.#tables;
    let low = this.#low;
    let high = this.#high;
    for (let at = stepped; at < end; at++) {
      const entry = (low ^ at8(data, at)) & 0xff;
      low = (low >>> 8) ^ (high << 24) ^ at32(lows, entry);
      high = (high >>> 8) ^ at32(highs, entry);
    }
    this.#low = low;
    this.#high = high;
  }

  /** The value so far: 64 bits, without a sign. */
  get value(): bigint {
    return (BigInt((this.#high ^ this.#start) >>> 0) << 32n) | BigInt((this.#low ^ this.#start) >>> 0);
  }

  #eightAtATime(data: Uint8Array, start: number, end: number): void {
    const { low: lows, high: highs } = this.#tables;
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
      low = at32(lows, a) ^ at32(lows, b) ^ at32(lows, c) ^ at32(lows, d);
      low ^= at32(lows, e) ^ at32(lows, f) ^ at32(lows, g) ^ at32(lows, h);
      high = at32(highs, a) ^ at32(highs, b) ^ at32(highs, c) ^ at32(highs, d);
      high ^= at32(highs, e) ^ at32(highs, f) ^ at32(highs, g) ^ at32(highs, h);
    }
    this.#low = low;
    this.#high = high;
  }
}

/** Entry `256 * k + byte`: what `byte` becomes after passing through the register and `k` zero bytes more. */
interface Tables {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

const made = new Map<CrcForm, Tables>();

function tablesOf(form: CrcForm): Tables {
  const tables = made.get(form) ?? makeTables(form);
  made.set(form, tables);
  return tables;
}

function makeTables(form: CrcForm): Tables {
  const tables = { low: new Int32Array(8 * 256), high: new Int32Array(8 * 256) };
  for (let byte = 0; byte < 256; byte++) fillFirst(tables, byte, form);
  for (let entry = 256; entry < tables.low.length; entry++) {
    const low = at32(tables.low, entry - 256);
    const high = at32(tables.high, entry - 256);
    tables.low[entry] = (low >>> 8) ^ (high << 24) ^ at32(tables.low, low & 0xff);
    tables.high[entry] = (high >>> 8) ^ at32(tables.high, low & 0xff);
  }
  return tables;
}

function fillFirst(tables: Tables, byte: number, { polynomialHigh, polynomialLow }: CrcForm): void {
  let low = byte;
  let high = 0;
  for (let bit = 0; bit < 8; bit++) {
    const odd = -(low & 1);
    low = ((low >>> 1) | (high << 31)) ^ (polynomialLow & odd);
    high = (high >>> 1) ^ (polynomialHigh & odd);
  }
  tables.low[byte] = low;
  tables.high[byte] = high;
}

/** Reads within the bounds; the compiler cannot know that and a check would cost a third of the speed. */
function at8(data: Uint8Array, index: number): number {
  return data[index] as number;
}

function at32(table: Int32Array, index: number): number {
  return table[index] as number;
}
