import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import { release } from '../../common/release.ts';
import type { ArtifactReader, ReadReport, StoredSource } from '../datastore.ts';
import { type ArchiveContent, ArchiveReader } from './archive/reader.ts';
import { fingerprintOf } from './facts.ts';
import { ARCHIVE_END, USERS_END } from './recognize.ts';
import { parseUsers, type UsersFile } from './users.ts';

/**
 * Reads every artifact of a source to its end: the archive through our own reader (every collection of the prelude must
 * reach its end with the right checksum), the users as JSON; counts and index names are compared with what was recorded.
 * Throws Failure "damaged" at the first thing that is not as it must be.
 */
export async function read(source: StoredSource, context: Context): Promise<ReadReport> {
  const place = { source: `mongo/${source.name}`, step: 'read' };
  try {
    const content = await readContent(source, context);
    const { counts } = compareWithFacts(source, content);
    const users = await readUsersFile(source);
    const documents = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const people = users === undefined ? '' : `, ${users.users.length} users, ${users.roles.length} roles`;
    const collections = `${content.collections.length} collections, ${documents} documents`;
    return { counts, summary: `archive read to the end: ${collections}${people}` };
  } catch (error) {
    throw toFailure(error, place);
  }
}

/** The archive among the artifacts of a source. Throws Failure "damaged" when it is not there. */
export function archiveOf(source: StoredSource): ArtifactReader {
  const archive = source.artifacts.find(({ fileName }) => fileName.endsWith(ARCHIVE_END));
  if (archive !== undefined) return archive;
  throw new Failure('damaged', { message: `there is no "*${ARCHIVE_END}" of database "${source.name}"` });
}

/** The users and roles of a source, when it has some. Throws Failure "damaged". */
export async function readUsersFile(source: StoredSource): Promise<UsersFile | undefined> {
  const artifact = source.artifacts.find(({ fileName }) => fileName.endsWith(USERS_END));
  return artifact && parseUsers(await text(await artifact.open()), artifact.fileName);
}

/** Reads the archive of a source to its end. Throws Failure "damaged". */
export async function readContent(source: StoredSource, context: Context): Promise<ArchiveContent> {
  const artifact = archiveOf(source);
  const reader = new ArchiveReader();
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  let fed = 0;
  const count = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      fed += chunk.length;
      yield chunk;
    }
  };
  const take = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      reader.push(chunk);
      release(chunk);
    }
  };
  try {
    await pipeline(await artifact.open(), count, gunzip, take, { signal: context.signal });
  } catch (error) {
    throw gzipFailure(error, artifact.fileName) ?? error;
  }
  // zlib takes zeros after the end for padding and leaves them alone; mongorestore does not.
  if (gunzip.bytesWritten !== fed) throw trailingBytes(artifact.fileName);
  return reader.end();
}

function gzipFailure(error: unknown, fileName: string): Failure | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_STREAM_PREMATURE_CLOSE') return trailingBytes(fileName);
  if (code?.startsWith('Z_') !== true) return undefined;
  return new Failure('damaged', { message: `"${fileName}" is not a whole gzip file`, detail: message, cause: error });
}

function trailingBytes(fileName: string): Failure {
  return new Failure('damaged', { message: `"${fileName}" has bytes after the end of its gzip data` });
}

function compareWithFacts(source: StoredSource, content: ArchiveContent): ReturnType<typeof fingerprintOf> {
  const found = fingerprintOf(content);
  const recorded = source.facts?.fingerprint;
  if (recorded === undefined) return found;
  const foreign = content.collections.find(({ database }) => database !== source.name);
  if (foreign !== undefined) {
    const other = `${foreign.database}.${foreign.collection}`;
    throw new Failure('damaged', { message: `archive of "${source.name}" holds "${other}"` });
  }
  requireSame('documents', recorded.counts, found.counts);
  if (recorded.indexes !== undefined) requireSame('indexes', recorded.indexes, found.indexes);
  return found;
}

function requireSame(what: string, expected: Readonly<Record<string, unknown>>, found: Record<string, unknown>): void {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const [foundHere, expectedHere] = [JSON.stringify(found[name]), JSON.stringify(expected[name])];
    if (foundHere === expectedHere) continue;
    const numbers = `found ${foundHere ?? 'no such collection'}, expected ${expectedHere ?? 'no such collection'}`;
    throw new Failure('damaged', { message: `archive has other ${what} in "${name}" than recorded: ${numbers}` });
  }
}
