import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Failure, toFailure } from '../../common/failure.ts';
import { damaged } from '../archive/entry.ts';
import { withPlain } from '../archive/gunzip.ts';
import { type ParsedEntry, parseArchive } from '../archive/parse.ts';
import type { ArtifactReader, StoredSource } from '../datastore.ts';
import { readIndex } from './index-file.ts';
import type { IndexedObject, IndexLine } from './index-line.ts';
import { compareKeys, readableKey } from './keys.ts';
import { archiveName, indexName } from './recognize.ts';
import { Tally } from './tally.ts';
import { entryName } from './write.ts';

/** Takes an object of an archive; the content must be taken to its end. */
export type Visit = (object: IndexedObject, content: AsyncIterable<Buffer>) => Promise<void>;

/** An artifact of a source. Throws Failure "damaged" when the set has none. */
function artifactOf({ name, artifacts }: StoredSource, fileName: string): ArtifactReader {
  const found = artifacts.find((each) => each.fileName === fileName);
  if (found !== undefined) return found;
  throw new Failure('damaged', { message: `the set has no ${fileName}`, source: `objects/${name}` });
}

/** The index of a source, object by object. Throws Failure "damaged". */
export async function* indexOf(source: StoredSource): AsyncGenerator<IndexedObject, void> {
  const stream = await artifactOf(source, indexName(source.name)).open();
  try {
    for await (const line of inKeyOrder(readIndex(stream, source.name))) if (!('discarded' in line)) yield line;
  } finally {
    stream.destroy();
  }
}

/**
 * Reads the archive of a source against its index, both to their ends. Throws Failure "damaged" at the first thing that
 * is not as a backup writes it; `visit` has then taken what came before.
 */
export async function scanSource(source: StoredSource, visit: Visit = skip): Promise<Tally> {
  const index = await artifactOf(source, indexName(source.name)).open();
  try {
    const archive = await artifactOf(source, archiveName(source.name)).open();
    return await withPlain(archive, (plain) => scan(source.name, index, plain, visit));
  } catch (error) {
    throw toFailure(error, { source: `objects/${source.name}` });
  } finally {
    index.destroy();
  }
}

async function scan(bucket: string, index: Readable, plain: AsyncIterable<Buffer>, visit: Visit): Promise<Tally> {
  const tally = new Tally();
  const lines = inKeyOrder(readIndex(index, bucket));
  let place = 0;
  for await (const entry of parseArchive(plain)) {
    place += 1;
    const { value: line, done } = await lines.next();
    if (done) throw damaged(`the archive has the entry "${entry.path}", and the index ends before it`);
    requireFitting(entry, line, place);
    if ('discarded' in line) await skip(line, entry.content);
    else tally.add(await take(line, entry, visit));
  }
  const rest = await lines.next();
  if (rest.done !== true) throw damaged(`the archive ends before ${nameOf(rest.value)}`);
  return tally;
}

function requireFitting({ path, size, type }: ParsedEntry, line: IndexLine, place: number): void {
  if (type !== 'file' || path !== entryName(place) || line.place !== place) {
    throw damaged(`found the entry "${path}" in the archive, expected "${entryName(line.place)}" for ${nameOf(line)}`);
  }
  if (size !== line.size) throw damaged(`${nameOf(line)} has ${size} bytes in the archive, expected ${line.size}`);
}

async function take(object: IndexedObject, { content }: ParsedEntry, visit: Visit): Promise<IndexedObject> {
  const hash = createHash('sha256');
  await visit(object, hashed(content, hash));
  const found = hash.digest('hex');
  if (found === object.sha256) return object;
  throw damaged(`${nameOf(object)} has the sha256 ${found} in the archive, expected ${object.sha256}`);
}

async function* hashed(content: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for await (const piece of content) {
    hash.update(piece);
    yield piece;
  }
}

async function skip(_: unknown, content: AsyncIterable<Buffer>): Promise<void> {
  const pieces = content[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}

async function* inKeyOrder(lines: AsyncIterable<IndexLine>): AsyncGenerator<IndexLine, void> {
  let last: string | undefined;
  for await (const line of lines) {
    if (!('discarded' in line)) {
      if (last !== undefined && compareKeys(last, line.key) >= 0) throw damaged(`${nameOf(line)} is out of order`);
      last = line.key;
    }
    yield line;
  }
}

function nameOf(line: IndexLine): string {
  return 'discarded' in line ? `the discarded entry ${line.place}` : `"${readableKey(line.key)}"`;
}
