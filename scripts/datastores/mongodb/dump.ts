import { pipeline } from 'node:stream/promises';
import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import { encodeFileName } from '../../common/file-name.ts';
import { release } from '../../common/release.ts';
import { SECRET_FILE } from '../../engines/engine.ts';
import type { ArtifactSink, DumpFacts, PlannedSource } from '../datastore.ts';
import { inspectArchive } from './archive/inspect.ts';
import type { ArchiveContent } from './archive/reader.ts';
import type { Connection } from './connection/connection.ts';
import { asked } from './connection/errors.ts';
import { dumpDetails, dumpWarnings, fingerprintOf } from './facts.ts';
import { contentsOf } from './generations/contents.ts';
import { prefixOf } from './generations/names.ts';
import { parallelGzip } from './gzip.ts';
import { ARCHIVE_END, USERS_END } from './recognize.ts';
import { formatUsers, readUsers, type UsersFound } from './users.ts';

/**
 * Dumps one database: mongodump writes an uncompressed archive (its own gzip uses one core), which is proven in passing,
 * compressed here on all cores and stored. Counts and indexes in the facts are those of the archive itself. Throws a
 * Failure when mongodump failed, the stream was not sealed, or the archive lacks the end of a collection.
 */
export async function dump(
  connection: Connection,
  source: PlannedSource,
  sink: ArtifactSink,
  context: Context,
): Promise<DumpFacts> {
  const content = await dumpArchive(connection, source.name, sink, context.signal);
  const users = await asked(connection.address.label, () => readUsers(connection, source.name));
  await storeUsers(users, source.name, sink, context.signal);
  return {
    consistency: 'fuzzy',
    fingerprint: fingerprintOf(content),
    details: dumpDetails(connection, content, users.file),
    warnings: [...dumpWarnings(connection), ...users.warnings],
  };
}

/** Collections that mongodump reads at a time; more than its default of 4 brought nothing on 2 cores. */
const COLLECTIONS_AT_A_TIME = 4;

async function dumpArchive(
  connection: Connection,
  name: string,
  sink: ArtifactSink,
  signal: AbortSignal,
): Promise<ArchiveContent> {
  const { address, toolConfig } = connection;
  const argv = ['mongodump', `--config=${SECRET_FILE}`, '--archive', `--db=${name}`] as const;
  const { generations } = await asked(address.label, () => contentsOf(connection.client.db(name)));
  // A prefix is taken literally, and only together with --db (mongo-tools mongodump/options.go).
  const excluded = generations.map(({ generation }) => `--excludeCollectionsWithPrefix=${prefixOf(generation)}`);
  const parallel = `--numParallelCollections=${COLLECTIONS_AT_A_TIME}`;
  const sealed = address.engine.read(
    address.service,
    { argv: [...argv, parallel, ...excluded], secretFile: toolConfig },
    { signal },
  );
  const target = sink(`${encodeFileName(name)}${ARCHIVE_END}`, { compression: 'gzip' });
  let content: ArchiveContent | undefined;
  const inspect = inspectArchive((proven) => {
    content = proven;
  });
  // Nobody else has the chunks of an engine's stream.
  const gzip = (chunks: AsyncIterable<Buffer>) => parallelGzip(chunks, { used: release });
  await pipeline(sealed.stream, inspect, gzip, target, { signal });
  await sealed.seal;
  // A database without collections does not exist, and mongodump says nothing of it: it was dropped meanwhile.
  if (content !== undefined && content.collections.length > 0) return content;
  throw new Failure('not-found', { message: `there is nothing in database "${name}" of ${address.label}` });
}

/** Nothing is written for a database that has neither users nor roles of its own. */
async function storeUsers(users: UsersFound, name: string, sink: ArtifactSink, signal: AbortSignal): Promise<void> {
  if (users.file.users.length + users.file.roles.length === 0) return;
  const target = sink(`${encodeFileName(name)}${USERS_END}`, { compression: 'none' });
  await pipeline([Buffer.from(await formatUsers(users.file))], target, { signal });
}
