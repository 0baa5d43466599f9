import type { Entry } from './entry.ts';

/** Bytes of a block of an archive (POSIX.1-2017, pax, "ustar Interchange Format"). */
export const BLOCK = 512;

/** The letter of a type in a header. */
export const LETTERS = { file: '0', hard: '1', link: '2', folder: '5' } as const;

/** What the fields of a header hold at most; more goes into a record of the extended header before it. */
const MOST_NAME = 100;
const MOST_ID = 0o7777777;
const MOST_NUMBER = 0o77777777777;

/** The header of an entry: one block, or three and more where a name or a number does not fit into it. */
export function encodeHeader(entry: Entry, name: string, target: string): Buffer {
  const { size, mtime, uid, gid } = entry;
  const records = [
    ...(name.length > MOST_NAME ? [['path', name]] : []),
    ...(target.length > MOST_NAME ? [['linkpath', target]] : []),
    ...(size > MOST_NUMBER ? [['size', String(size)]] : []),
    ...(mtime < 0 || mtime > MOST_NUMBER ? [['mtime', String(mtime)]] : []),
    ...(uid > MOST_ID ? [['uid', String(uid)]] : []),
    ...(gid > MOST_ID ? [['gid', String(gid)]] : []),
  ] as [string, string][];
  const header = block({ ...entry, name, target, letter: LETTERS[entry.type] });
  return records.length === 0 ? header : Buffer.concat([...extended(records), header]);
}

/** Zeros that fill up the last block of some bytes. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function extended(records: readonly [string, string][]): Buffer[] {
  const data = Buffer.from(records.map(record).join(''), 'latin1');
  const facts = { mode: 0o600, uid: 0, gid: 0, mtime: 0, size: data.length };
  const header = block({ ...facts, name: './PaxHeaders', target: '', letter: 'x' });
  return [header, data, Buffer.alloc(padding(data.length))];
}

/** "27 path=some/long/name\n": the length counts its own digits. */
function record([key, value]: [string, string]): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

interface Fields extends Pick<Entry, 'mode' | 'uid' | 'gid' | 'size' | 'mtime'> {
  readonly name: string;
  readonly target: string;
  readonly letter: string;
}

function block({ name, target, letter, mode, uid, gid, size, mtime }: Fields): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name.slice(0, MOST_NAME), 0, 'latin1');
  header.write(octal(mode, 7), 100, 'latin1');
  header.write(octal(Math.min(uid, MOST_ID), 7), 108, 'latin1');
  header.write(octal(Math.min(gid, MOST_ID), 7), 116, 'latin1');
  header.write(octal(Math.min(size, MOST_NUMBER), 11), 124, 'latin1');
  header.write(octal(Math.min(Math.max(mtime, 0), MOST_NUMBER), 11), 136, 'latin1');
  header.write(letter, 156, 'latin1');
  header.write(target.slice(0, MOST_NAME), 157, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  header.write(`${octal(checksum(header), 6)}\0 `, 148, 'latin1');
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** The sum of all bytes of a header, its own field taken as blanks. */
export function checksum(header: Buffer): number {
  let sum = 8 * 32;
  for (let at = 0; at < BLOCK; at += 1) if (at < 148 || at >= 156) sum += header[at] as number;
  return sum;
}
