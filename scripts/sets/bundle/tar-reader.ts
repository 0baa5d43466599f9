import { ByteSource } from './byte-source.ts';
import { type Extended, LARGEST_EXTENDED, parseLongName, parsePax } from './extended-header.ts';
import { refused } from './refused.ts';
import { type Attributes, BLOCK, parseHeader, type TarHeader } from './tar-header.ts';

/** One entry of an archive. Its name was not judged yet. */
export interface TarEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly bytes: number;
  readonly attributes: Attributes;
}

/** Is given every entry in turn; what it leaves of the body is passed over. */
export type TakeEntry = (entry: TarEntry, body: AsyncIterable<Buffer>) => Promise<void>;

/** Why an entry of such a type is never taken. */
const REFUSED_TYPES: Readonly<Record<string, string>> = {
  '1': 'is a hard link',
  '2': 'is a symbolic link',
  '3': 'is a character device',
  '4': 'is a block device',
  '6': 'is a fifo',
  '7': 'is a file of a kind that no backup has (contiguous)',
  K: 'is the long name of a link',
  S: 'is a sparse file',
  M: 'is the rest of a file of another volume',
  V: 'is the label of a volume',
  g: 'is a pax header for all entries',
};

/** What tar fills an archive up to, generously; more zeros than this only take time. */
const MOST_ZEROS = 1024 * 1024;

/**
 * Reads a tar stream to its end, strictly: regular files and folders only, whole headers, the two blocks of zeros at the
 * end and nothing behind them. Throws Failure "damaged" that names the entry. Never holds more than a chunk.
 */
export async function readTar(source: AsyncIterable<Buffer>, take: TakeEntry): Promise<void> {
  const bytes = new ByteSource(source);
  let before: Extended | undefined;
  for (;;) {
    const header = parseHeader(await bytes.exactly(BLOCK));
    if (header === undefined) break;
    const extended = await readExtended(bytes, header);
    if (extended !== undefined) {
      if (before !== undefined) throw refused(header.name, 'has two headers in front of it');
      before = extended;
      continue;
    }
    await readEntry(bytes, entryOf(header, before), take);
    before = undefined;
  }
  if (before !== undefined) throw refused(before.path, 'is announced and is not there');
  await requireEnd(bytes);
}

/** What stands in front of an entry: a pax header, or a long name of GNU tar. Undefined for an entry. */
async function readExtended(bytes: ByteSource, header: TarHeader): Promise<Extended | undefined> {
  if (header.type !== 'x' && header.type !== 'L') return undefined;
  if (header.bytes > LARGEST_EXTENDED) throw refused(header.name, `is a header of ${header.bytes} bytes`);
  const body = await bytes.exactly(header.bytes, header.name);
  await bytes.exactly(padding(header.bytes), header.name);
  return header.type === 'x' ? parsePax(body) : parseLongName(body);
}

function entryOf(header: TarHeader, before: Extended | undefined): TarEntry {
  const name = before?.path ?? header.name;
  const { type } = header;
  if (type !== '0' && type !== '5') throw refused(name, REFUSED_TYPES[type] ?? `has the unknown type "${type}"`);
  const bytes = before?.size ?? header.bytes;
  if (before?.size !== undefined && header.bytes !== 0 && header.bytes !== bytes) {
    throw refused(name, `has two sizes: ${header.bytes} and ${bytes}`);
  }
  // Old programs mark a folder by the slash alone.
  const isFolder = type === '5' || name.endsWith('/');
  if (isFolder && bytes > 0) throw refused(name, 'is a folder with a content of its own');
  return { name, isFolder, bytes, attributes: header.attributes };
}

async function readEntry(bytes: ByteSource, entry: TarEntry, take: TakeEntry): Promise<void> {
  const body = bytes.pieces(entry.bytes, entry.name);
  // A generator of its own: who stops in the middle of the body would end the inner one, and it is read to its end below.
  await take(entry, passOn(body));
  for await (const _ of body);
  await bytes.exactly(padding(entry.bytes), entry.name);
}

async function* passOn(body: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  for (let next = await body.next(); !next.done; next = await body.next()) yield next.value;
}

/** Bytes between the end of a body and the next header. */
export function padding(bytes: number): number {
  return (BLOCK - (bytes % BLOCK)) % BLOCK;
}

async function requireEnd(bytes: ByteSource): Promise<void> {
  const second = await bytes.exactly(BLOCK);
  if (second.some((byte) => byte !== 0)) throw refused(undefined, 'it goes on after its end');
  let zeros = 0;
  for (let piece = await bytes.piece(MOST_ZEROS); piece !== undefined; piece = await bytes.piece(MOST_ZEROS)) {
    zeros += piece.length;
    if (zeros > MOST_ZEROS || piece.some((byte) => byte !== 0)) throw refused(undefined, 'it goes on after its end');
  }
}
