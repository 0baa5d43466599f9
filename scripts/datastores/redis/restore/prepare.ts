import type { Context } from '../../../common/context.ts';
import { Failure, toFailure } from '../../../common/failure.ts';
import type { StoredSource } from '../../datastore.ts';
import type { ObjectChange, PreparedRestore, RestoreWish } from '../../restore.ts';
import type { Connection } from '../connection/connection.ts';
import { findPlace, type PlaceFacts } from '../files.ts';
import type { RdbContent } from '../rdb/content.ts';
import { dumpOf, readDump } from '../read.ts';
import { keySpaces } from '../target.ts';
import { checkWish, obstacleOf } from './checks.ts';
import { stage } from './stage.ts';
import { stepsOf } from './steps.ts';

/**
 * Does what can be done before the server changes: what it is, versions, room, the dump brought to its side and checked
 * there by its own program. Throws a Failure when the restore could not work.
 */
export async function prepare(
  connection: Connection,
  source: StoredSource,
  wish: RestoreWish,
  context: Context,
): Promise<PreparedRestore> {
  const place = { source: `redis/${source.name}`, step: 'prepare' };
  try {
    context.report({ kind: 'step', source: place.source, step: place.step, expectedBytes: dumpOf(source).bytes });
    return await prepareChecked(connection, source, wish, context);
  } catch (error) {
    throw toFailure(error, place).at({ stands: 'the target was not touched' });
  }
}

async function prepareChecked(
  connection: Connection,
  source: StoredSource,
  wish: RestoreWish,
  { signal }: Context,
): Promise<PreparedRestore> {
  const { address, client } = connection;
  checkWish(connection, wish);
  const reason = await obstacleOf(connection, { signal });
  if (reason !== undefined)
    throw new Failure('refused', { message: `${address.label} cannot be restored to: ${reason}`, hint: ELSEWHERE });
  const files = await findPlace(connection, { signal });
  if (typeof files === 'string') throw refusedPlace(connection, files);
  checkVersion(connection, source);
  const content = await readDump(source, signal);
  const info = await client.info({ signal });
  checkRoom(connection, source, files, info);
  const staged = await stage(connection, dumpOf(source), signal);
  const { target, stamp } = wish;
  const way = wish.way === 'direct' ? 'direct' : 'swap';
  return {
    way,
    reason: undefined,
    changes: changesOf(info, content),
    warnings: warningsOf(info),
    steps: stepsOf({ connection, source, wish, way, files, content, staged }),
    exchange:
      way === 'direct'
        ? undefined
        : { database: target, fresh: { part: 'new', stamp }, kept: { part: 'before', stamp } },
    discard: () => staged.discard(),
  };
}

const ELSEWHERE = 'run Holdfast where the server runs, name its container (REDIS_CONTAINER), or follow RESTORE.md';

function refusedPlace({ address: { label } }: Connection, reason: string): Failure {
  return new Failure('refused', {
    message: `${label} cannot be restored to: ${reason}`,
    hint: ELSEWHERE,
  });
}

/** A later server reads what an earlier one wrote. Between Redis and Valkey the numbers say nothing: the check does. */
function checkVersion({ product, version, address }: Connection, { facts, serverVersion }: StoredSource): void {
  if (serverVersion === undefined || facts?.details.product !== product) return;
  const [wanted = 0, found = 0] = [serverVersion, version].map((text) => {
    const [major = 0, minor = 0] = text.split('.').map(Number);
    return major * 1000 + minor;
  });
  if (found >= wanted) return;
  throw new Failure('version', { message: `${address.label} is version ${version}, the dump is of ${serverVersion}` });
}

/** Two copies more on the disk: the new file, and what the server gets of it. In memory: a second server. */
function checkRoom(
  { address: { label } }: Connection,
  source: StoredSource,
  { dir, freeBytes, freeMemory }: PlaceFacts,
  info: ReadonlyMap<string, string>,
): void {
  const bytes = dumpOf(source).bytes;
  const live = Number(info.get('used_memory_dataset') ?? 0);
  const disk = 2 * bytes + live;
  if (freeBytes !== undefined && freeBytes < disk) {
    throw new Failure('no-space', { message: `"${dir}" of ${label} has ${freeBytes} bytes free, expected ${disk}` });
  }
  const recorded = Number(source.facts?.details.usedMemory ?? 2 * bytes);
  const memory = recorded + Math.max(0, recorded - Number(info.get('used_memory') ?? 0));
  if (freeMemory !== undefined && freeMemory < memory) {
    const message = `${label} has ${freeMemory} bytes of memory free, expected ${memory}`;
    throw new Failure('no-space', { message, hint: 'a second server holds the new data while it is exchanged' });
  }
  const limit = Number(info.get('maxmemory') ?? 0);
  if (limit === 0 || recorded <= limit) return;
  throw new Failure('no-space', { message: `${label} has maxmemory ${limit}, the data took ${recorded}` });
}

/** By database: the server does not count by type. */
function changesOf(info: ReadonlyMap<string, string>, { counts, expiring }: RdbContent): ObjectChange[] {
  const now = keySpaces(info);
  const recorded = new Map<string, number>();
  for (const [name, count] of [...Object.entries(counts), ...Object.entries(expiring)]) {
    const database = name.split(' ', 1)[0] as string;
    recorded.set(database, (recorded.get(database) ?? 0) + count);
  }
  return [...new Set([...now.keys(), ...recorded.keys()])].sort().map((name) => ({
    name,
    change: !recorded.has(name) ? 'removed' : now.has(name) ? 'replaced' : 'added',
    now: now.get(name)?.keys,
    recorded: recorded.get(name),
  }));
}

function warningsOf(info: ReadonlyMap<string, string>): string[] {
  const clients = Number(info.get('connected_clients') ?? 1) - 1;
  const replicas = Number(info.get('connected_slaves') ?? 0);
  return [
    ...(clients > 0
      ? [`${clients} clients are connected: they find other data, and wait or see errors meanwhile`]
      : []),
    ...(replicas > 0 ? [`${replicas} replicas follow it and get the restored data as well`] : []),
  ];
}
