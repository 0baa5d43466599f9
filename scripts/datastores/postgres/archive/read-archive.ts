import type { Readable } from 'node:stream';
import { walkArchive } from './blocks.ts';
import type { ArchiveContents, ArchiveEntry } from './contents.ts';
import { type Decoder, decoderOf } from './decoder.ts';
import type { ArchiveCompression } from './header.ts';
import { RowCounter } from './row-counter.ts';

/** What reading an archive to its end told. */
export interface ArchiveReport extends ArchiveContents {
  /** Rows per table ("schema.table"), where the format tells: COPY text that could be decompressed. */
  readonly rows: ReadonlyMap<string, number>;
  readonly largeObjects: number;
}

/**
 * Reads an archive to its end: header, table of contents, each block decompressed whole, rows counted, nothing missing
 * and nothing behind. Memory does not grow with the archive. Throws Failure "damaged".
 */
export async function readArchive(stream: Readable): Promise<ArchiveReport> {
  const counters = new Map<ArchiveEntry, RowCounter>();
  let largeObjects = 0;
  let decode: Decoder | undefined;
  const contents = await walkArchive(stream, (entry, largeObject, header) => {
    if (largeObject !== undefined) largeObjects += 1;
    const counter = countable(entry, header.compression) ? new RowCounter() : undefined;
    if (counter !== undefined) counters.set(entry, counter);
    decode ??= decoderOf(header.compression);
    return decode(placeOf(entry, largeObject), (bytes) => counter?.add(bytes));
  });
  return { ...contents, rows: rowsOf(counters), largeObjects };
}

/** "schema.table", as fingerprints spell a table. */
export function tableName(entry: ArchiveEntry): string {
  return `${entry.schema ?? ''}.${entry.tag}`;
}

function countable(entry: ArchiveEntry, compression: ArchiveCompression): boolean {
  return compression !== 'lz4' && entry.copyStatement !== '';
}

function placeOf(entry: ArchiveEntry, largeObject: number | undefined): string {
  return largeObject === undefined ? `the data of "${tableName(entry)}"` : `large object ${largeObject}`;
}

function rowsOf(counters: ReadonlyMap<ArchiveEntry, RowCounter>): Map<string, number> {
  const rows = new Map<string, number>();
  for (const [entry, counter] of counters)
    rows.set(tableName(entry), (rows.get(tableName(entry)) ?? 0) + counter.rows());
  return rows;
}
