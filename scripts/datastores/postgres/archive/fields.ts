import type { ByteQueue } from './byte-queue.ts';
import { damaged } from './damaged.ts';
import { type Decode, decodeUtf8 } from './encoding.ts';

/** Sizes that the header announces. */
export interface Sizes {
  /** Bytes of an integer, beside its sign byte. */
  readonly int: number;
  /** Bytes of a file offset, beside its state byte. */
  readonly offset: number;
}

/** No string of an archive is longer: PostgreSQL itself cannot hold a value above 1 GiB. */
const LONGEST_STRING = 1024 ** 3;

/** An integer: a sign byte, then `size` bytes, the least significant first (pg_backup_archiver.c, ReadInt). */
export function readInt(queue: ByteQueue, sizes: Sizes): number {
  const sign = queue.byte();
  let value = 0;
  for (let index = 0; index < sizes.int; index += 1) value += queue.byte() * 2 ** (8 * index);
  if (sign > 1) throw damaged(`found sign byte ${sign} of an integer at byte ${queue.position - sizes.int - 1}`);
  return sign === 1 ? -value : value;
}

/** A string: its length, then its bytes; a negative length stands for "none" (ReadStr). */
export function readString(queue: ByteQueue, sizes: Sizes, decode: Decode = decodeUtf8): string | undefined {
  const length = readInt(queue, sizes);
  if (length < 0) return undefined;
  if (length > LONGEST_STRING) throw damaged(`found a string of ${length} bytes at byte ${queue.position}`);
  return decode(queue.take(length));
}

/** Whether a TOC entry has data, and where its block begins if the writer could seek (ReadOffset). */
export function readOffset(queue: ByteQueue, sizes: Sizes): { state: number; position: number } {
  const state = queue.byte();
  let position = 0;
  for (let index = 0; index < sizes.offset; index += 1) position += queue.byte() * 2 ** (8 * index);
  if (state < 1 || state > 3) throw damaged(`found data state ${state} at byte ${queue.position - sizes.offset - 1}`);
  return { state, position };
}
