import type { ByteQueue } from './byte-queue.ts';
import { damaged } from './damaged.ts';
import { readInt, readString, type Sizes } from './fields.ts';

/** How the data blocks are compressed. */
export type ArchiveCompression = 'none' | 'gzip' | 'lz4' | 'zstd';

/** What stands before the table of contents. */
export interface ArchiveHeader extends Sizes {
  /** Version of the format as one number: 1.16 is 1016. */
  readonly version: number;
  readonly compression: ArchiveCompression;
  readonly database: string;
  /** Version of the server that was dumped, in its own words: "18.1 (Debian 18.1-1)". */
  readonly serverVersion: string;
  /** Version of the pg_dump that wrote it. */
  readonly dumpVersion: string;
  /** Number of entries in the table of contents. */
  readonly entries: number;
}

/** Every custom-format archive begins with these bytes. */
export const ARCHIVE_MAGIC = 'PGDMP';
/** Version in which the compression level became the number of an algorithm (PostgreSQL 16). */
const VERSION_ALGORITHM = 1015;
/** The formats of PostgreSQL 10 (1.13) to 18 (1.16), and 1.12 of unpatched older ones. */
const OLDEST = 1012;
const NEWEST = 1016;
/** The number of the custom format in the header. */
const FORMAT_CUSTOM = 1;
/** Position of an algorithm in PostgreSQL's list (compression.h). */
const ALGORITHMS: readonly ArchiveCompression[] = ['none', 'gzip', 'lz4', 'zstd'];
/** tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_isdst. */
const DATE_FIELDS = 7;

/** Reads the header and the number of entries. Throws Failure "damaged", or UNDERFLOW when bytes are missing. */
export function readHeader(queue: ByteQueue): ArchiveHeader {
  const magic = queue.take(ARCHIVE_MAGIC.length).toString('latin1');
  if (magic !== ARCHIVE_MAGIC)
    throw damaged(`found ${JSON.stringify(magic)}, expected "${ARCHIVE_MAGIC}" at its start`);
  const version = readVersion(queue);
  const sizes = readSizes(queue);
  const compression = readCompression(queue, version, sizes);
  for (let index = 0; index < DATE_FIELDS; index += 1) readInt(queue, sizes);
  const database = readString(queue, sizes) ?? '';
  const serverVersion = readString(queue, sizes) ?? '';
  const dumpVersion = readString(queue, sizes) ?? '';
  return { ...sizes, version, compression, database, serverVersion, dumpVersion, entries: readInt(queue, sizes) };
}

function readVersion(queue: ByteQueue): number {
  const version = queue.byte() * 1000 + queue.byte();
  queue.byte();
  if (version >= OLDEST && version <= NEWEST) return version;
  throw damaged(`found archive version ${spell(version)}, expected ${spell(OLDEST)} to ${spell(NEWEST)}`);
}

function readSizes(queue: ByteQueue): Sizes {
  const sizes = { int: queue.byte(), offset: queue.byte() };
  const format = queue.byte();
  if (sizes.int !== 4 || sizes.offset !== 8) {
    throw damaged(`found integers of ${sizes.int} and offsets of ${sizes.offset} bytes, expected 4 and 8`);
  }
  if (format !== FORMAT_CUSTOM) throw damaged(`found archive format ${format}, expected ${FORMAT_CUSTOM} (custom)`);
  return sizes;
}

function readCompression(queue: ByteQueue, version: number, sizes: Sizes): ArchiveCompression {
  if (version < VERSION_ALGORITHM) return readInt(queue, sizes) === 0 ? 'none' : 'gzip';
  const number = queue.byte();
  const algorithm = ALGORITHMS[number];
  if (algorithm === undefined) throw damaged(`found compression ${number}, which is unknown`);
  return algorithm;
}

function spell(version: number): string {
  return `${Math.floor(version / 1000)}.${version % 1000}`;
}
