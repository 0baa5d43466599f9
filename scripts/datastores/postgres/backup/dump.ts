import { pipeline } from 'node:stream/promises';
import type { Context } from '../../../common/context.ts';
import { Failure } from '../../../common/failure.ts';
import type { ArtifactSink, DumpFacts } from '../../datastore.ts';
import type { ArchiveHeader } from '../archive/header.ts';
import { HeaderTap } from '../archive/header-tap.ts';
import { type Client, commandOf } from '../connection/client.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { withMeaning } from '../connection/failures.ts';
import type { PostgresDetails } from '../details.ts';
import { fileOfSource } from '../names.ts';
import { chooseCompression, type DumpCompression } from './compression.ts';
import { readCatalog, readFingerprint } from './facts.ts';
import { explainLocks } from './locks.ts';
import { lockTimeout, lockWaitSeconds, openSnapshot, type Snapshot } from './snapshot.ts';
import { dumpWarnings } from './warnings.ts';

/**
 * Dumps one database. pg_dump and our counting look at the same exported snapshot, at the same time; the first of the
 * two that fails ends the other.
 */
export async function dumpDatabase(
  client: ConnectedClient,
  database: string,
  sink: ArtifactSink,
  compression: DumpCompression,
  context: Context,
): Promise<DumpFacts> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const snapshot = await openSnapshot(client, database, signal);
  try {
    const catalog = await readCatalog(snapshot.talk, snapshot.tables);
    const [archive, fingerprint] = await together(stop, [
      streamDump(client, database, snapshot, sink, compression, signal),
      readFingerprint(client, snapshot.talk, snapshot.tables),
    ]);
    const details: PostgresDetails = { ...catalog, archive: archive.described };
    const warnings = dumpWarnings(client, details, archive.words);
    return { consistency: 'snapshot', fingerprint, details: { ...details }, warnings };
  } catch (error) {
    throw await explainLocks(client, database, error, context.signal);
  } finally {
    await snapshot.talk.close();
  }
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
  compression: DumpCompression,
  signal: AbortSignal,
): Promise<DumpedArchive> {
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
    // Said aloud because its default moved during the making of version 18; ANALYZE runs after every restore.
    ...(client.tools.major >= 18 ? ['--no-statistics'] : []),
  ];
  return commandOf(client, 'pg_dump', argv, { database, session: lockTimeout(client) });
}

function describe(header: ArchiveHeader): PostgresDetails['archive'] {
  const version = `${Math.floor(header.version / 1000)}.${header.version % 1000}`;
  return { version, compression: header.compression, entries: header.entries };
}

/** The compression for all dumps of a client: pg_dump is asked once. */
export function compressionOf(client: Client): (signal: AbortSignal) => Promise<DumpCompression> {
  let chosen: Promise<DumpCompression> | undefined;
  return (signal) => (chosen ??= chooseCompression(client, signal));
}
