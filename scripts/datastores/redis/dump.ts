import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import { encodeFileName } from '../../common/file-name.ts';
import type { Command } from '../../engines/engine.ts';
import type { ArtifactSink, DumpFacts } from '../datastore.ts';
import { logOf, takeLog } from './append-log.ts';
import type { Connection } from './connection/connection.ts';
import { detailsOf } from './facts.ts';
import { findPlace } from './files.ts';
import { type Layout, readLayout } from './layout.ts';
import type { RdbContent } from './rdb/content.ts';
import { inspectRdb } from './rdb/inspect.ts';
import { DUMP_FILE, LAYOUT_FILE, LOG_FILE } from './recognize.ts';
import { SaveRefused, saveBlocking, saveInBackground } from './save.ts';

/**
 * Dumps one server. In a container it saves in the background and the file is streamed out; an open file stays whole when
 * a later save puts another in its place. By address, or where it may not save, its client asks for the file as a replica
 * would. Both are of one moment. Throws a Failure when the stream was not sealed or is not a whole RDB file.
 */
export async function dump(connection: Connection, sink: ArtifactSink, context: Context): Promise<DumpFacts> {
  const { signal } = context;
  const layout = await readLayout(connection, { signal });
  const { command, warnings } = await chooseCommand(connection, layout, context);
  const content = await stream(connection, command, sink(artifact(connection, DUMP_FILE), NOT_COMPRESSED), signal);
  const text = `${JSON.stringify(layout, undefined, 2)}\n`;
  await pipeline([Buffer.from(text)], sink(artifact(connection, LAYOUT_FILE), NOT_COMPRESSED), { signal });
  const logWarnings = await dumpLog(connection, layout, sink, signal);
  const memory = (await connection.client.info({ signal })).get('used_memory');
  return {
    consistency: 'snapshot',
    fingerprint: { counts: content.counts },
    details: detailsOf(content, layout, Number(memory ?? 0)),
    warnings: [...warnings, ...logWarnings, ...(content.hasChecksum ? [] : [NO_CHECKSUM])],
  };
}

const NOT_COMPRESSED = { compression: 'none' } as const;
const NO_CHECKSUM = 'the server writes no checksums (rdbchecksum no): damage inside a value would not be noticed';

/**
 * The append-only log, where there is one that can be reached. It holds what the RDB file holds, so that a log that cannot
 * be had is no more than a warning.
 */
async function dumpLog(
  connection: Connection,
  layout: Layout,
  sink: ArtifactSink,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const log = logOf(layout);
  if (log === undefined || connection.address.own?.append_log === false) return [];
  const place = await findPlace(connection, { signal });
  if (typeof place === 'string') return [`the append-only log is not in the set: ${place}`];
  try {
    await takeLog(connection, log, sink(artifact(connection, LOG_FILE), { compression: 'gzip' }), signal);
    return [];
  } catch (error) {
    signal.throwIfAborted();
    const { code, message, detail } = toFailure(error);
    if (code !== 'tool-failed') throw error;
    return [`the append-only log is not in the set: ${detail ?? message}`];
  }
}

/** The folder of the default server is that of the kind; others have one of their own already. */
function artifact({ address: { name } }: Connection, file: string): string {
  return name === 'default' ? `${encodeFileName(name)}/${file}` : file;
}

/** What prints the RDB file. */
async function chooseCommand(
  connection: Connection,
  { dir, dbfilename }: Layout,
  { signal }: Context,
): Promise<{ command: Command; warnings: readonly string[] }> {
  const { address } = connection;
  if (address.service === '') return { command: asReplica(connection), warnings: [] };
  try {
    if (dir === undefined || dbfilename === undefined) throw new SaveRefused('CONFIG GET dir is not allowed');
    const save = address.own?.save === 'blocking' ? saveBlocking : saveInBackground;
    await save(connection, { signal });
    return { command: { argv: ['cat', posix.join(dir, dbfilename)] }, warnings: [] };
  } catch (error) {
    if (!(error instanceof SaveRefused)) throw error;
    const warning = `${address.label} could not save its file, which was taken as a replica: ${error.message}`;
    return { command: asReplica(connection), warnings: [warning] };
  }
}

/** Older clients write a file called "-" instead. */
function asReplica({ client, farSide, address }: Connection): Command {
  const [major = 0, minor = 0] = farSide.cliVersion.split('.').map(Number);
  if (major > 6 || (major === 6 && minor >= 2)) return client.command('--rdb', '-');
  throw new Failure('version', {
    message: `redis-cli of ${address.label} is version ${farSide.cliVersion}, expected 6.2 or later`,
  });
}

/** Streams an RDB file out of a server, proven in passing, to where it goes. */
async function stream(
  { address }: Connection,
  command: Command,
  target: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<RdbContent> {
  const sealed = address.engine.read(address.service, command, { signal });
  let content: RdbContent | undefined;
  const inspect = inspectRdb({ marked: command.argv[0] !== 'cat' }, (proven) => {
    content = proven;
  });
  await pipeline(sealed.stream, inspect, target, { signal });
  await sealed.seal;
  if (content !== undefined) return content;
  throw new Failure('internal', { message: 'an RDB file ended without a word' });
}
