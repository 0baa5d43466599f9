import type { Readable } from 'node:stream';
import { ByteQueue, UNDERFLOW } from './byte-queue.ts';
import { damaged } from './damaged.ts';
import { type Decode, decoderFor, decodeUtf8 } from './encoding.ts';
import { readInt, readOffset, readString } from './fields.ts';
import { type ArchiveHeader, readHeader } from './header.ts';

/** One line of the table of contents. */
export interface ArchiveEntry {
  readonly dumpId: number;
  /** True when a data block with this dumpId must follow. */
  readonly hasData: boolean;
  /** First byte of the block when the writer could seek. */
  readonly position: number | undefined;
  /** The object's name. */
  readonly tag: string;
  /** "TABLE", "TABLE DATA", "BLOBS", "EXTENSION", ... */
  readonly description: string;
  /** When it is restored: 2 before the data, 3 with them, 4 after them, 1 along with the entry before it. */
  readonly section: number;
  /** The statement that makes it. */
  readonly definition: string;
  /** The statement that drops it; empty for what goes along with something else. */
  readonly dropStatement: string;
  /** The COPY statement of table data; empty for INSERTs. */
  readonly copyStatement: string;
  readonly schema: string | undefined;
  readonly owner: string;
  /** What it needs, by dumpId; some of them may not be in the archive. */
  readonly dependencies: readonly number[];
}

/** The section of what is made after the data: keys, indexes, triggers, rules (SECTION_POST_DATA). */
export const AFTER_DATA = 4;

/** Header and table of contents of an archive. */
export interface ArchiveContents {
  readonly header: ArchiveHeader;
  readonly entries: readonly ArchiveEntry[];
}

/** Version in which entries got a table access method. */
const VERSION_ACCESS_METHOD = 1014;
/** Version in which entries got the kind of their relation. */
const VERSION_RELATION_KIND = 1016;
/** The state of an entry whose block's position is known (K_OFFSET_POS_SET). */
const POSITION_SET = 2;
/** The state of an entry without data (K_OFFSET_NO_DATA). */
const NO_DATA = 3;

/** Reads header and table of contents from the beginning of an archive; leaves the queue at the first data block. */
export async function readContents(queue: ByteQueue): Promise<ArchiveContents> {
  const header = await queue.parse(readHeader);
  if (header === UNDERFLOW) throw damaged('it ends inside its header');
  const entries: ArchiveEntry[] = [];
  let decode = decodeUtf8;
  while (entries.length < header.entries) {
    const entry = await queue.parse(() => readEntry(queue, header, decode));
    if (entry === UNDERFLOW) throw cutContents(header, entries.length);
    entries.push(entry);
    if (entry.description === 'ENCODING') decode = decoderFor(entry.definition);
  }
  return { header, entries };
}

/** Reads only header and table of contents of a stream, then closes it. */
export async function contentsOf(stream: Readable): Promise<ArchiveContents> {
  try {
    return await readContents(new ByteQueue(stream));
  } finally {
    stream.destroy();
  }
}

function cutContents(header: ArchiveHeader, found: number): Error {
  return damaged(`it ends inside its table of contents, at entry ${found + 1} of ${header.entries}`);
}

/** The fields in the order of pg_backup_archiver.c, ReadToc. */
function readEntry(queue: ByteQueue, header: ArchiveHeader, decode: Decode): ArchiveEntry {
  const text = (): string => readString(queue, header, decode) ?? '';
  const dumpId = readInt(queue, header);
  const hasDumper = readInt(queue, header) !== 0;
  skipStrings(queue, header, 2); // oids of the catalog and the object
  const tag = text();
  const description = text();
  const section = readInt(queue, header);
  const definition = text();
  const dropStatement = text();
  const copyStatement = text();
  const schema = readString(queue, header, decode);
  skipStrings(queue, header, header.version >= VERSION_ACCESS_METHOD ? 2 : 1); // tablespace, access method
  if (header.version >= VERSION_RELATION_KIND) readInt(queue, header);
  const owner = text();
  skipStrings(queue, header, 1); // WITH OIDS
  const dependencies = readDependencies(queue, header);
  const { state, position } = readOffset(queue, header);
  if (hasDumper === (state === NO_DATA)) throw damaged(`entry ${dumpId} "${tag}" contradicts itself about its data`);
  const known = state === POSITION_SET ? position : undefined;
  const statements = { section, definition, dropStatement, copyStatement };
  return { dumpId, hasData: hasDumper, position: known, tag, description, ...statements, schema, owner, dependencies };
}

function skipStrings(queue: ByteQueue, header: ArchiveHeader, count: number): void {
  for (let index = 0; index < count; index += 1) readString(queue, header);
}

/** Dependencies are numbers written as strings, up to one that is missing. */
function readDependencies(queue: ByteQueue, header: ArchiveHeader): number[] {
  const dependencies: number[] = [];
  for (;;) {
    const dependency = readString(queue, header);
    if (dependency === undefined) return dependencies;
    dependencies.push(Number(dependency));
  }
}
