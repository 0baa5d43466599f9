import type { Failure } from '../../../common/failure.ts';
import type { CallOptions, Command } from '../../../engines/engine.ts';
import type { StoredSource } from '../../datastore.ts';
import type { RestoreWish } from '../../restore.ts';
import type { Connection } from '../connection/connection.ts';
import { rpcFailure } from '../dump.ts';
import type { FarFolder } from '../far-folder.ts';
import { besideName } from '../generations.ts';
import { quoteName } from '../influxql.ts';
import { copyPoints } from './copy-points.ts';

/** All that a restore needs. */
export interface RestorePlan {
  readonly connection: Connection;
  readonly source: StoredSource;
  readonly wish: RestoreWish;
  /** There is a database of this name, which is lost when it is restored over. */
  readonly exists: boolean;
  readonly folder: FarFolder;
}

/** How often a client may be quicker than the restore. What it wrote until then is dropped each time. */
const TRIES = 3;

/** Restores into a database that is not there. Throws Failure "tool-failed" or "unreachable". */
export async function load(plan: RestorePlan, target: string, options: CallOptions): Promise<void> {
  const failure = await loadBy(plan, { argv: restoreWords(plan, target) }, target, options);
  if (failure !== undefined) throw failure;
}

/**
 * Drops the live database and restores it in one call. Clients such as Telegraf make a database as soon as they miss it,
 * and `influxd restore` goes into none that is there: then it is dropped once more, and at last filled out of the copy
 * beside. Gives notes for people.
 */
export async function replace(plan: RestorePlan, options: CallOptions): Promise<string[]> {
  const { connection, wish } = plan;
  const { target } = wish;
  const drop = `DROP DATABASE ${quoteName(target)}`;
  for (let left = TRIES; left > 0; left--) {
    const command = connection.client.before(drop, restoreWords(plan, target));
    const failure = await loadBy(plan, command, target, options);
    if (failure === undefined) return [];
    if (!/may already exist/.test(failure.detail ?? '')) throw failure;
  }
  const beside = besideName(target, wish.stamp);
  await copyPoints(connection, beside, target, options);
  return [`a client made database "${target}" anew each time: the points were copied into it out of "${beside}"`];
}

function restoreWords({ connection, source, folder }: RestorePlan, target: string): [string, ...string[]] {
  const renamed = target === source.name ? [] : ['-newdb', target];
  const words = ['-portable', '-host', connection.rpc, '-db', source.name, ...renamed];
  return ['influxd', 'restore', ...words, `${folder.path}/backup`];
}

async function loadBy(
  { connection }: RestorePlan,
  command: Command,
  target: string,
  options: CallOptions,
): Promise<Failure | undefined> {
  const { engine, service, label } = connection.address;
  const { code, stdout, stderr } = await engine.run(service, command, options);
  if (code === 0) return undefined;
  return rpcFailure(`influxd could not restore database "${target}" of ${label}`, connection.rpc, stderr || stdout);
}
