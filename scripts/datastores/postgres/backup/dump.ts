import { pipeline } from 'node:stream/promises';
import type { Context } from '../../../common/context.ts';
import { Failure } from '../../../common/failure.ts';
import type { ArtifactSink, DumpFacts } from '../../datastore.ts';
import type { ArchiveHeader } from '../archive/header.ts';
import { HeaderTap } from '../archive/header-tap.ts';
import { commandOf } from '../connection/client.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { withMeaning } from '../connection/failures.ts';
import type { PostgresDetails } from '../details.ts';
import { fileOfSource } from '../names.ts';
import { FIRST_MAJOR_WITH_SUMS, sumRows } from '../sums.ts';
import { compressionOf, type DumpCompression } from './compression.ts';
import { readCatalog, readIndexes, tablesWithRows } from './facts.ts';
import { explainLocks } from './locks.ts';
import { lockTimeout, lockWaitSeconds, openSnapshot, type Snapshot } from './snapshot.ts';
import { dumpWarnings } from './warnings.ts';

const FIRST_MAJOR_WITH_STATISTICS = 18;

/**
 * Dumps one database. pg_dump and our questions look at the same exported snapshot, at the same time; the first of the
 * two that fails ends the other. Rows are not counted on the server: that would read every table a second time, and take
 * as much of its processor as a sixth of the dump. They are counted when the dump is read back.
 */
export async function dumpDatabase(
  client: ConnectedClient,
  database: string,
  sink: ArtifactSink,
  context: Context,
): Promise<DumpFacts> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const snapshot = await openSnapshot(client, database, signal);
  try {
    const [archive, { catalog, indexes, sums }] = await together(stop, [
      streamDump(client, database, snapshot, sink, signal),
      askCatalog(client, snapshot),
    ]);
    const details: PostgresDetails = { ...catalog, archive: archive.described };
    return {
      consistency: 'snapshot',
      fingerprint: { counts: {}, indexes, ...(sums && { sums }) },
      uncounted: tablesWithRows(client, snapshot.tables),
      details: { ...details },
      warnings: dumpWarnings(client, details, archive.words),
    };
  } catch (error) {
    throw await explainLocks(client, database, error, context.signal);
  } finally {
    await snapshot.talk.close();
  }
}

async function askCatalog(client: ConnectedClient, { talk, tables }: Snapshot) {
  const catalog = await readCatalog(talk, tables);
  const indexes = await readIndexes(talk);
  const summed = tables.filter(({ unlogged }) => !unlogged);
  const isAsked = client.address.sums === true && client.serverMajor >= FIRST_MAJOR_WITH_SUMS;
  return { catalog, indexes, sums: isAsked ? await sumRows(talk, summed) : undefined };
}

/** Waits for both; when one fails, aborts the other, waits until it has ended, and throws the first failure. */
async function together<A, B>(stop: AbortController, both: readonly [Promise<A>, Promise<B>]): Promise<[A, B]> {
  try {
    return await Promise.all(both);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(both);
    throw error;
  }
}

interface DumpedArchive {
  readonly described: PostgresDetails['archive'];
  /** What pg_dump wrote to stderr although it succeeded. */
  readonly words: string;
}

async function streamDump(
  client: ConnectedClient,
  database: string,
  snapshot: Snapshot,
  sink: ArtifactSink,
  signal: AbortSignal,
): Promise<DumpedArchive> {
  const compression = compressionOf(client.tools);
  // Opened first: if there is no place for the dump, nothing was started that would have to be ended.
  const place = sink(fileOfSource(database), { compression: compression.recorded });
  const command = dumpCommand(client, database, snapshot, compression);
  const sealed = client.address.engine.read(client.address.service, command, { signal });
  const tap = new HeaderTap();
  try {
    await pipeline(sealed.stream, (chunks) => tap.pass(chunks), place);
    return { described: describe(tap.header()), words: (await sealed.seal).stderr };
  } catch (error) {
    throw error instanceof Failure ? withMeaning(error) : error;
  }
}

/**
 * `--quote-all-identifiers`: a name that becomes a reserved word in a later version still restores there.
 * Never `--enable-row-security`: it would leave rows out without a word; without it pg_dump fails instead.
 */
function dumpCommand(client: ConnectedClient, database: string, snapshot: Snapshot, { option }: DumpCompression) {
  const argv = [
    '--format=custom',
    option,
    `--lock-wait-timeout=${lockWaitSeconds(client) * 1000}`,
    '--quote-all-identifiers',
    `--snapshot=${snapshot.id}`,
    ...statisticsOption(client),
  ];
  return commandOf(client, 'pg_dump', argv, { database, session: lockTimeout(client) });
}

/**
 * Said aloud because the default moved during the making of version 18. What the planner knows comes along from a server
 * that can take it back; a dump of an older one may have to be restored into an older one as well. ANALYZE is then only
 * needed for what has none.
 */
function statisticsOption({ tools, serverMajor }: ConnectedClient): string[] {
  if (tools.major < FIRST_MAJOR_WITH_STATISTICS) return [];
  return [serverMajor >= FIRST_MAJOR_WITH_STATISTICS ? '--statistics' : '--no-statistics'];
}

function describe(header: ArchiveHeader): PostgresDetails['archive'] {
  const version = `${Math.floor(header.version / 1000)}.${header.version % 1000}`;
  return { version, compression: header.compression, entries: header.entries };
}
