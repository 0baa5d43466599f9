import { refused } from './refused.ts';

/** Bytes of a header, and what every body is filled up to (POSIX.1-2017, pax, "ustar Interchange Format"). */
export const BLOCK = 512;

/** One header as it stands, before what stood in front of it (a long name) is put in. */
export interface TarHeader {
  readonly name: string;
  /** The letter of its type; "0" for a file, also where old programs wrote a zero byte. */
  readonly type: string;
  readonly bytes: number;
  readonly attributes: Attributes;
}

/** Whose an entry was; undefined for what its header does not tell as octal digits. */
export interface Attributes {
  /** Permission bits alone: none for set-user-id and the like. */
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /** Seconds since 1970. */
  readonly mtime: number | undefined;
}

/** Where the fields of a header lie: first byte, byte after the last. */
const FIELDS = {
  name: [0, 100],
  mode: [100, 108],
  uid: [108, 116],
  gid: [116, 124],
  size: [124, 136],
  mtime: [136, 148],
  sum: [148, 156],
  link: [157, 257],
  magic: [257, 265],
  prefix: [345, 500],
} as const;
const TYPE_AT = 156;

/** The two spellings of the format: of POSIX, and of GNU tar, which has no prefix. */
const POSIX = 'ustar\u000000';
const GNU = 'ustar  \u0000';

/**
 * Reads a header, strictly: its sum, its spelling, numbers, and names in UTF-8 without anything hidden behind them.
 * Undefined for a block of zeros. Throws Failure "damaged".
 */
export function parseHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const spot = block.subarray(...FIELDS.name).toString('latin1');
  const end = spot.indexOf('\0');
  const plain = end < 0 ? spot : spot.slice(0, end);
  if (numberOf(block, 'sum', plain) !== sumOf(block)) throw refused(plain, 'has a header with a wrong checksum');
  const magic = block.subarray(...FIELDS.magic).toString('latin1');
  if (magic !== POSIX && magic !== GNU) throw refused(plain, 'has a header that is neither of POSIX nor of GNU tar');
  const prefix = magic === POSIX ? textOf(block, 'prefix', plain) : '';
  const name = textOf(block, 'name', plain);
  const letter = String.fromCharCode(block[TYPE_AT] ?? 0);
  const type = letter === '\0' ? '0' : letter;
  const link = textOf(block, 'link', plain);
  if (link !== '' && type !== '1' && type !== '2') throw refused(plain, 'is no link and names the target of one');
  const bytes = numberOf(block, 'size', plain);
  return { name: prefix === '' ? name : `${prefix}/${name}`, type, bytes, attributes: attributesOf(block) };
}

/** The sum of all bytes of a header, its own field counted as blanks. */
export function sumOf(block: Buffer): number {
  const [from, to] = FIELDS.sum;
  return block.reduce((sum, byte, at) => sum + (at >= from && at < to ? 32 : byte), 0);
}

/** UTF-8, or a refusal: what two programs would read as two names is no name. */
export function textFrom(bytes: Buffer, entry: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw refused(entry, 'has a name that is not UTF-8', cause);
  }
}

function textOf(block: Buffer, field: 'name' | 'prefix' | 'link', entry: string): string {
  const bytes = block.subarray(...FIELDS[field]);
  const end = bytes.indexOf(0);
  if (end < 0) return textFrom(bytes, entry);
  if (bytes.subarray(end).some((byte) => byte !== 0)) throw refused(entry, `has bytes hidden behind its ${field}`);
  return textFrom(bytes.subarray(0, end), entry);
}

function attributesOf(block: Buffer): Attributes {
  const [mode, uid, gid, mtime] = (['mode', 'uid', 'gid', 'mtime'] as const).map((field) => {
    const digits = octalIn(block.subarray(...FIELDS[field]));
    return digits === undefined ? undefined : Number.parseInt(digits, 8);
  });
  return { mode: mode === undefined ? undefined : mode & 0o777, uid, gid, mtime };
}

function octalIn(bytes: Buffer): string | undefined {
  return /^ *([0-7]+)[ \0]*$/.exec(bytes.toString('latin1'))?.[1];
}

/** Octal digits, or the base-256 of GNU tar for what is larger than 8 GiB. */
function numberOf(block: Buffer, field: 'size' | 'sum', entry: string): number {
  const bytes = block.subarray(...FIELDS[field]);
  const first = bytes[0] ?? 0;
  if (first === 0x80) {
    const value = BigInt(`0x${bytes.subarray(1).toString('hex')}`);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw refused(entry, `has a size of ${value} bytes, which nothing has`);
  }
  const digits = octalIn(bytes);
  if (digits === undefined) throw refused(entry, `has a ${field} in its header that is no number`);
  return Number.parseInt(digits, 8);
}
