import type { Readable } from 'node:stream';
import { ByteQueue } from './byte-queue.ts';
import { type ArchiveContents, type ArchiveEntry, readContents } from './contents.ts';
import { damaged } from './damaged.ts';
import { readInt } from './fields.ts';
import type { ArchiveHeader } from './header.ts';

/** Takes the stored bytes of one data stream: of a table, or of one large object. */
export interface BlockSink {
  /** Takes bytes that are only valid during the call. A promise asks to be waited for. */
  push(bytes: Buffer): Promise<void> | undefined;
  /** The stream is complete; resolves when everything in it was checked. */
  end(): Promise<void>;
}

/** Opens the sink of a data stream; `largeObject` is its oid when it is one. */
export type OpenBlock = (entry: ArchiveEntry, largeObject: number | undefined, header: ArchiveHeader) => BlockSink;

/** The byte that opens a block of table data. */
const BLOCK_DATA = 1;
/** The byte that opens a block of large objects. */
const BLOCK_LARGE_OBJECTS = 3;

/**
 * Walks an archive from its first byte to its last. Each entry of the table of contents that has data must have
 * exactly one block, each block must be complete, and nothing may follow the last one. Closes the stream. Throws Failure "damaged".
 */
export async function walkArchive(stream: Readable, open: OpenBlock): Promise<ArchiveContents> {
  try {
    return await walkBlocks(new ByteQueue(stream), open);
  } finally {
    stream.destroy();
  }
}

async function walkBlocks(queue: ByteQueue, open: OpenBlock): Promise<ArchiveContents> {
  const contents = await readContents(queue);
  const missing = new Map(contents.entries.filter((entry) => entry.hasData).map((entry) => [entry.dumpId, entry]));
  while (await queue.fill(1)) await readBlock(queue, contents, missing, open);
  const [lost] = missing.values();
  if (lost !== undefined) throw damaged(`${missing.size} data blocks are missing, the first is ${spell(lost)}`);
  return contents;
}

type Missing = Map<number, ArchiveEntry>;

async function readBlock(queue: ByteQueue, contents: ArchiveContents, missing: Missing, open: OpenBlock) {
  const start = queue.position;
  const type = queue.byte();
  const dumpId = await nextInt(queue, contents, 'the head of a block');
  const entry = missing.get(dumpId);
  if (entry === undefined) throw damaged(`the block at byte ${start} belongs to no entry that still lacks one`);
  if (entry.position !== undefined && entry.position !== start) {
    throw damaged(`the block of ${spell(entry)} begins at byte ${start}, expected ${entry.position}`);
  }
  missing.delete(dumpId);
  if (type === BLOCK_DATA) return readStream(queue, contents, entry, open(entry, undefined, contents.header));
  if (type === BLOCK_LARGE_OBJECTS) return readLargeObjects(queue, contents, entry, open);
  throw damaged(`found block type ${type} at byte ${start}, expected ${BLOCK_DATA} or ${BLOCK_LARGE_OBJECTS}`);
}

async function readLargeObjects(queue: ByteQueue, contents: ArchiveContents, entry: ArchiveEntry, open: OpenBlock) {
  for (;;) {
    const oid = await nextInt(queue, contents, spell(entry));
    if (oid === 0) return;
    await readStream(queue, contents, entry, open(entry, oid, contents.header));
  }
}

/** A stream is a row of chunks, each with its length before it; a length of 0 ends it. */
async function readStream(queue: ByteQueue, contents: ArchiveContents, entry: ArchiveEntry, sink: BlockSink) {
  for (;;) {
    const buffered = queue.available > contents.header.int;
    const length = buffered ? readInt(queue, contents.header) : await nextInt(queue, contents, spell(entry));
    if (length === 0) return sink.end();
    if (length < 0) throw damaged(`found a chunk of ${length} bytes in ${spell(entry)} at byte ${queue.position}`);
    // Old uncompressed archives have a chunk for each row: what is buffered is passed on without a promise.
    const wait = queue.available < length ? readChunk(queue, length, entry, sink) : sink.push(queue.take(length));
    if (wait !== undefined) await wait;
  }
}

async function readChunk(queue: ByteQueue, length: number, entry: ArchiveEntry, sink: BlockSink) {
  for (let left = length; left > 0; ) {
    if (queue.available === 0 && !(await queue.fill(1))) throw damaged(`it ends inside ${spell(entry)}`);
    const part = queue.takeUpTo(left);
    left -= part.length;
    const wait = sink.push(part);
    if (wait !== undefined) await wait;
  }
}

async function nextInt(queue: ByteQueue, { header }: ArchiveContents, place: string): Promise<number> {
  if (queue.available < 1 + header.int && !(await queue.fill(1 + header.int))) throw damaged(`it ends inside ${place}`);
  return readInt(queue, header);
}

function spell(entry: ArchiveEntry): string {
  const name = entry.schema ? `${entry.schema}.${entry.tag}` : entry.tag;
  return `${entry.description.toLowerCase()} "${name}"`;
}
