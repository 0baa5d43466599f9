import { pipeline } from 'node:stream/promises';
import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import { encodeFileName } from '../../common/file-name.ts';
import { release } from '../../common/release.ts';
import { using } from '../../common/using.ts';
import type { CallOptions } from '../../engines/engine.ts';
import type { ArtifactSink, DumpFacts, PlannedSource } from '../datastore.ts';
import { parallelGzip } from '../mongodb/gzip.ts';
import { aroundOf } from './around.ts';
import type { Connection } from './connection/connection.ts';
import { policiesOf, type Shard, shardsOf } from './databases.ts';
import { compareCounts, type InfluxDetails } from './facts.ts';
import { makeFarFolder } from './far-folder.ts';
import { type BackupManifest, parseManifest } from './manifest.ts';
import { countPoints, type Points } from './points.ts';
import { ENDING } from './recognize.ts';

/**
 * Dumps one database: `influxd backup -portable` writes its files into a private folder where the programs run, and one
 * archive of them is streamed out. Shards are backed up one after the other, so that the dump is "fuzzy". Throws a
 * Failure when the stream was not sealed, or the backup lacks a shard that the server has.
 */
export async function dump(
  connection: Connection,
  source: PlannedSource,
  sink: ArtifactSink,
  context: Context,
): Promise<DumpFacts> {
  const { signal } = context;
  const before = await surveyOf(connection, source.name, { signal });
  // Of each shard the raw and the compressed file stand side by side for a while.
  const folder = await makeFarFolder(connection, 2 * source.sizeBytes, { signal });
  const resource = { ...folder, [Symbol.asyncDispose]: () => folder.release() };
  const manifest = await using(resource, async ({ path }) => {
    const written = await backUp(connection, source.name, path, { signal });
    await stream(connection, path, sink(`${encodeFileName(source.name)}${ENDING}`, { compression: 'gzip' }), signal);
    return written;
  });
  const after = await surveyOf(connection, source.name, { signal }, before.points);
  const vanishedShards = requireShards(source.name, manifest, before.shards, after.shards);
  return await factsOf(connection, source.name, { before, after, manifest, vanishedShards }, { signal });
}

interface Survey {
  readonly points: Points;
  readonly shards: readonly Shard[];
}

/** The shards are listed first before a backup and last after it: what is in both lists was there all the time. */
async function surveyOf(
  connection: Connection,
  database: string,
  options: CallOptions,
  earlier?: Points,
): Promise<Survey> {
  const fields = earlier && Object.fromEntries(earlier.measurements.map(({ name, field }) => [name, field]));
  const first = await shardsOf(connection, database, options);
  const points = await countPoints(connection, database, options, fields);
  return { points, shards: earlier === undefined ? first : await shardsOf(connection, database, options) };
}

/** Backs up into a folder below the private one, and gives the manifest. */
const BACK_UP = `umask 077
influxd backup -portable -host "$2" -db "$3" "$1/backup" >&2 || exit
cat "$1"/backup/*.manifest`;

async function backUp(
  { address, rpc }: Connection,
  database: string,
  folder: string,
  options: CallOptions,
): Promise<BackupManifest> {
  const { engine, service, label } = address;
  const argv = ['sh', '-c', BACK_UP, 'sh', folder, rpc, database] as const;
  const { code, stdout, stderr } = await engine.run(service, { argv }, options);
  if (code === 0) return parseManifest(stdout);
  throw rpcFailure(`influxd could not back up database "${database}" of ${label}`, rpc, stderr);
}

/** The failure of a backup or a restore; one that found nobody at the other port says where that is set. */
export function rpcFailure(message: string, rpc: string, stderr: string): Failure {
  const detail = stderr.trim();
  if (!/connection refused|dial tcp|i\/o timeout/i.test(detail)) return new Failure('tool-failed', { message, detail });
  const hint = 'set bind-address of the server to an address that is reached, or add ?rpc=host:port to INFLUXDB_URL';
  return new Failure('unreachable', { message: `${message}: nobody answers at ${rpc}`, detail, hint });
}

async function stream(
  { address }: Connection,
  folder: string,
  target: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  const argv = ['tar', '-C', `${folder}/backup`, '-cf', '-', '.'] as const;
  const sealed = address.engine.read(address.service, { argv }, { signal });
  // Nobody else has the chunks of an engine's stream.
  const gzip = (chunks: AsyncIterable<Buffer>) => parallelGzip(chunks, { used: release });
  await pipeline(sealed.stream, gzip, target, { signal });
  await sealed.seal;
}

/** Every shard that was there before and after must be in the backup. Gives those that went meanwhile. */
function requireShards(
  database: string,
  { files }: BackupManifest,
  before: readonly Shard[],
  after: readonly Shard[],
): number[] {
  const taken = new Set(files.filter((file) => file.database === database).map(({ shardID }) => shardID));
  const lacking = before.filter(({ id }) => !taken.has(id));
  const lost = lacking.filter(({ id }) => after.some((shard) => shard.id === id));
  if (lost.length === 0) return lacking.map(({ id }) => id);
  const names = lost.map(({ id, policy }) => `${id} (${policy})`).join(', ');
  throw new Failure('tool-failed', {
    message: `the backup of database "${database}" has ${taken.size} shards, and lacks ${names} of the server`,
  });
}

async function factsOf(
  connection: Connection,
  database: string,
  found: { before: Survey; after: Survey; manifest: BackupManifest; vanishedShards: readonly number[] },
  options: CallOptions,
): Promise<DumpFacts> {
  const { counts, ...compared } = compareCounts(found.before.points, found.after.points);
  const details: InfluxDetails = {
    retentionPolicies: await policiesOf(connection, database, options),
    ...(await aroundOf(connection, database, options)),
    shards: found.manifest.files.length,
    ...compared,
    vanishedShards: found.vanishedShards,
  };
  return { consistency: 'fuzzy', fingerprint: { counts }, details: { ...details }, warnings: [] };
}
