/**
 * A part of a value, as the reader passes over it. "text": a string of any encoding; "length": a number in the encoding of
 * lengths; "decimal": a number written out behind a byte of length; "module": the parts of a module, up to its end mark; a
 * number: so many bytes. A list comes after a length, as often as that says.
 */
export type Part = 'text' | 'length' | 'decimal' | 'module' | number | readonly Part[];

/** What a type byte means: the type that people know it by (the answer of TYPE), and its parts. */
export interface ValueForm {
  readonly type: string;
  readonly parts: readonly Part[];
}

/** Pending entries of a group: an id, a time, a count. Those of a consumer: ids alone. */
const GROUP_PENDING: Part = [16, 8, 'length'];
const CONSUMER_PENDING: Part = [16];
const NODES: Part = ['text', 'text'];

/** Streams differ in what stands behind the last id, in a group and in a consumer. */
function stream(more: readonly Part[], inGroup: readonly Part[], inConsumer: readonly Part[]): ValueForm {
  const consumer: Part = ['text', 8, ...inConsumer, CONSUMER_PENDING];
  const group: Part = ['text', 'length', 'length', ...inGroup, GROUP_PENDING, consumer];
  return { type: 'stream', parts: [NODES, 'length', 'length', 'length', ...more, group] };
}

const STREAM_2: readonly Part[] = ['length', 'length', 'length', 'length', 'length'];

const packed = (type: string): ValueForm => ({ type, parts: ['text'] });

/** The type bytes of Redis 1 to 8 and Valkey (rdb.h of both). 8 was never used; 6 cannot be read without its module. */
const FORMS: Readonly<Record<number, ValueForm>> = {
  0: packed('string'),
  1: { type: 'list', parts: [['text']] },
  2: { type: 'set', parts: [['text']] },
  3: { type: 'zset', parts: [['text', 'decimal']] },
  4: { type: 'hash', parts: [['text', 'text']] },
  5: { type: 'zset', parts: [['text', 8]] },
  7: { type: 'module', parts: ['length', 'module'] },
  9: packed('hash'),
  10: packed('list'),
  11: packed('set'),
  12: packed('zset'),
  13: packed('hash'),
  14: { type: 'list', parts: [['text']] },
  15: stream([], [], []),
  16: packed('hash'),
  17: packed('zset'),
  18: { type: 'list', parts: [['length', 'text']] },
  19: stream(STREAM_2, ['length'], []),
  20: packed('set'),
  21: stream(STREAM_2, ['length'], [8]),
  22: { type: 'hash', parts: [['length', 'text', 'text']] },
  23: packed('hash'),
  24: { type: 'hash', parts: [8, ['length', 'text', 'text']] },
  25: { type: 'hash', parts: [8, 'text'] },
};

/** Valkey 9 gave 22 a meaning of its own: fields with a time behind each. */
const VALKEY_FORMS: Readonly<Record<number, ValueForm>> = {
  ...Object.fromEntries(Object.entries(FORMS).filter(([code]) => Number(code) < 22)),
  22: { type: 'hash', parts: [['text', 'text', 8]] },
};

/** The meaning of a type byte; undefined for one of a later version. */
export function formOf(code: number, isValkey: boolean): ValueForm | undefined {
  return (isValkey ? VALKEY_FORMS : FORMS)[code];
}

/** The marks that are no types, with the parts behind them. */
export const MARKS: Readonly<Record<number, readonly Part[]>> = {
  244: ['length', 'length', 'length'],
  245: ['text'],
  247: ['length', 'length', 'length', 'module'],
  248: ['length'],
  249: [1],
  250: ['text', 'text'],
  251: ['length', 'length'],
  252: [8],
  253: [4],
  254: ['length'],
};

/** Marks that the reader acts on. */
export const EXPIRES: ReadonlySet<number> = new Set([252, 253]);
export const FUNCTION = 245;
export const DATABASE = 254;
export const END = 255;

/** Codes of a module's own parts (rdb.h: RDB_MODULE_OPCODE_*), and what stands behind each. */
export const MODULE_PARTS: Readonly<Record<number, Part>> = { 1: 'length', 2: 'length', 3: 4, 4: 8, 5: 'text' };

/** The newest formats that are known: Redis 8's, Valkey 9's. */
export const NEWEST = { redis: 12, valkey: 80 };
