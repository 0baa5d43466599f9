import { ByteReader } from './byte-reader.ts';
import { damaged, type Entry, readable } from './entry.ts';
import { BLOCK, checksum, LETTERS, padding } from './header.ts';
import { safeName } from './safe-name.ts';

/** An entry with its content, which must be taken to its end before the next entry is asked for. */
export interface ParsedEntry extends Entry {
  /** True when its name in the archive is that of the folder itself: "./". */
  readonly isTop: boolean;
  readonly content: AsyncIterable<Buffer>;
}

/** Names are limited by the systems that keep them; an extended header that is longer is none of ours. */
const MOST_EXTENDED = 64 * 1024;

/**
 * Reads an archive, entry after entry, to its very end. Only what backups write is known, and what stock tar makes of
 * plain files: everything else (devices, other formats, names that lead out) is Failure "damaged".
 */
export async function* parseArchive(source: AsyncIterable<Buffer>): AsyncGenerator<ParsedEntry, void> {
  const bytes = new ByteReader(source);
  let extra = new Map<string, string>();
  for (;;) {
    const header = await bytes.take(BLOCK);
    if (header === undefined) throw damaged('the archive ends without its end mark');
    if (isZero(header)) return await requireEnd(bytes);
    requireHeader(header);
    const letter = String.fromCharCode(header[156] as number);
    if (letter === 'x') {
      extra = await readExtended(bytes, number(header, 124, 12));
      continue;
    }
    const { name, entry } = entryOf(header, letter, extra);
    extra = new Map();
    yield { ...entry, isTop: name === './', content: bytes.pieces(entry.size) };
    await requireZeros(bytes, padding(entry.size));
  }
}

function entryOf(header: Buffer, letter: string, extra: ReadonlyMap<string, string>): { name: string; entry: Entry } {
  const type = (Object.keys(LETTERS) as Entry['type'][]).find((each) => LETTERS[each] === letter);
  const name = extra.get('path') ?? text(header, 0, 100);
  if (type === undefined) throw damaged(`"${readable(name)}" is of the type "${letter}", which no backup writes`);
  const target = extra.get('linkpath') ?? text(header, 157, 100);
  const size = decimal(extra, 'size') ?? number(header, 124, 12);
  if (type !== 'file' && size !== 0) throw damaged(`"${readable(name)}" is no file and has ${size} bytes`);
  const entry: Entry = {
    path: safeName(name, type === 'folder'),
    type,
    mode: number(header, 100, 8) & 0o7777,
    uid: decimal(extra, 'uid') ?? number(header, 108, 8),
    gid: decimal(extra, 'gid') ?? number(header, 116, 8),
    mtime: decimal(extra, 'mtime') ?? number(header, 136, 12),
    size,
    target: type === 'hard' ? safeName(target, false) : target,
  };
  if (type === 'link' && (target === '' || target.includes('\0')))
    throw damaged(`"${readable(name)}" links to nothing`);
  return { name, entry };
}

function requireHeader(header: Buffer): void {
  // Stock tar without options (GNU, busybox) writes "ustar" and a blank.
  if (text(header, 257, 6).trimEnd() !== 'ustar') throw damaged('found bytes that are no header of an archive');
  if (number(header, 148, 8) !== checksum(header)) throw damaged('the checksum of a header is wrong');
}

const KEYS = ['path', 'linkpath', 'size', 'mtime', 'uid', 'gid'];

async function readExtended(bytes: ByteReader, size: number): Promise<Map<string, string>> {
  if (size > MOST_EXTENDED) throw damaged(`an extended header has ${size} bytes`);
  const data = (await bytes.take(size + padding(size)))?.subarray(0, size).toString('latin1');
  if (data === undefined) throw damaged('the archive ends in the middle of a header');
  const records = new Map<string, string>();
  for (let at = 0; at < data.length; ) {
    const [start = '', length = '', key = ''] = /^(\d{1,6}) ([A-Za-z.]+)=/.exec(data.slice(at, at + 64)) ?? [];
    const end = at + Number(length);
    const isWhole = start.length > 0 && end > at + start.length && end <= data.length && data[end - 1] === '\n';
    if (!isWhole || !KEYS.includes(key) || records.has(key)) throw damaged('an extended header cannot be understood');
    records.set(key, data.slice(at + start.length, end - 1));
    at = end;
  }
  return records;
}

function decimal(extra: ReadonlyMap<string, string>, key: string): number | undefined {
  const written = extra.get(key);
  if (written === undefined) return undefined;
  const found = Number(written);
  if (!/^-?\d+$/.test(written) || !Number.isSafeInteger(found) || (found < 0 && key !== 'mtime')) {
    throw damaged(`an extended header has the ${key} "${readable(written)}"`);
  }
  return found;
}

function text(header: Buffer, at: number, length: number): string {
  const field = header.toString('latin1', at, at + length);
  const end = field.indexOf('\0');
  return end < 0 ? field : field.slice(0, end);
}

/** Octal digits; GNU's form, marked by the highest bit, holds what has too many of them, most significant byte first. */
function number(header: Buffer, at: number, length: number): number {
  if (header[at] === 0x80) return bigNumber(header.subarray(at + 1, at + length));
  const written = text(header, at, length).trim();
  if (!/^[0-7]+$/.test(written)) throw damaged('a header has a number that cannot be read');
  return Number.parseInt(written, 8);
}

function bigNumber(bytes: Buffer): number {
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  if (Number.isSafeInteger(value)) return value;
  throw damaged('a header has a number that cannot be read');
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

async function requireZeros(bytes: ByteReader, count: number): Promise<void> {
  for await (const piece of bytes.pieces(count)) if (!isZero(piece)) throw damaged('found bytes between two entries');
}

/** Two empty blocks, and nothing after them but further ones. */
async function requireEnd(bytes: ByteReader): Promise<void> {
  let blocks = 1;
  for (let next = await bytes.take(BLOCK); next !== undefined; next = await bytes.take(BLOCK)) {
    if (!isZero(next)) throw damaged('found bytes after the end of the archive');
    blocks += 1;
  }
  if (blocks < 2) throw damaged('the archive ends without its end mark');
}
