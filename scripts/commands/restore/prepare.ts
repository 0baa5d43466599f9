import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import { runPool } from '../../common/pool.ts';
import type { PreparedRestore, TargetFacts } from '../../datastores/datastore.ts';
import type { Connected, Unreached } from '../servers.ts';
import type { Workbench } from '../workbench.ts';
import type { RestoreItem } from './plan.ts';

/** A source that only waits for the word go. */
export interface PreparedItem {
  readonly item: RestoreItem;
  readonly to: Connected;
  readonly facts: TargetFacts;
  readonly prepared: PreparedRestore;
}

/** Servers to restore to. */
export interface Servers {
  readonly connected: readonly Connected[];
  readonly unreached: readonly Unreached[];
  /** Containers that discovery saw and that do not run, for people. */
  readonly stopped: readonly string[];
}

/** A source and the server that it goes to. */
export type PlacedItem = Pick<PreparedItem, 'item' | 'to'>;

/** Finds the server of every source before anything takes long. Throws the Failure of the first that is not there. */
export function placeAll(items: readonly RestoreItem[], servers: Servers): PlacedItem[] {
  return items.map((item) => {
    try {
      return { item, to: serverFor(item, servers) };
    } catch (error) {
      throw toFailure(error, { source: item.label, step: 'connect' }).at({ stands: 'the databases were not touched' });
    }
  });
}

/**
 * Prepares every source, side by side; what is ready is pushed to `prepared`, so that the caller can discard it after a
 * failure. In the end they stand in the order of `placed`.
 */
export async function prepareAll(
  placed: readonly PlacedItem[],
  prepared: PreparedItem[],
  { context, config }: Workbench,
): Promise<void> {
  const items = placed.map(({ item }) => item);
  await runPool(placed, config.parallel, async (place) => {
    prepared.push(await prepareOne(place, context));
  });
  prepared.sort((one, other) => items.indexOf(one.item) - items.indexOf(other.item));
}

async function prepareOne({ item, to }: PlacedItem, context: Context): Promise<PreparedItem> {
  context.report({ kind: 'step', source: item.label, step: 'prepare', expectedBytes: item.bytes });
  try {
    const facts = await to.server.target(item.target, context);
    const prepared = await to.server.prepare(item.source, item.target, context);
    context.report({ kind: 'done', source: item.label, bytes: item.bytes });
    return { item, to, facts, prepared };
  } catch (error) {
    throw toFailure(error, { source: item.label, step: 'prepare' }).at({ stands: 'the databases were not touched' });
  }
}

/** Removes what was brought to the servers; a server that is gone has nothing left to remove. */
export async function discardAll(prepared: readonly PreparedItem[]): Promise<void> {
  await Promise.allSettled(prepared.map((entry) => entry.prepared.discard()));
}

/** The server with the name that the set recorded; the only one of its kind when that name is not configured here. */
function serverFor({ source, server, label }: RestoreItem, { connected, unreached, stopped }: Servers): Connected {
  const silent = unreached.find(({ kind, name }) => kind === source.kind && name === server);
  if (silent) throw silent.failure;
  const candidates = connected.filter(({ address }) => address.kind === source.kind);
  const named = candidates.find(({ address }) => address.name === server);
  const [only, ...others] = candidates;
  if (named) return named;
  if (only && others.length === 0) return only;
  const [lost] = unreached.filter(({ kind }) => kind === source.kind);
  if (lost) throw lost.failure;
  const names = candidates.map(({ address }) => `"${address.name}"`).join(', ') || 'none';
  throw new Failure(candidates.length > 1 ? 'ambiguous' : 'not-found', {
    message: `no ${source.kind} server "${server}" to restore to; found ${names}`,
    source: label,
    ...(candidates.length === 0 && stopped.length > 0
      ? { detail: stopped.join('\n'), hint: 'start it, then the same command again' }
      : { hint: `name the server "${server}" in holdfast.yaml` }),
  });
}
