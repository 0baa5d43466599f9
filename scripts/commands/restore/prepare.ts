import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import { runPool } from '../../common/pool.ts';
import type { PreparedRestore, RestoreWish, TargetFacts } from '../../datastores/restore.ts';
import type { Connected, Unreached } from '../servers.ts';
import type { Workbench } from '../workbench.ts';
import { type Elsewhere, elsewhereKey } from './elsewhere.ts';
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
  /** Those that only the command line names. */
  readonly elsewhere: Elsewhere;
}

/** How every source is to be restored; see `RestoreWish`. */
export type CommonWish = Pick<RestoreWish, 'stamp' | 'way' | 'exact' | 'wasRead' | 'forceConfig'>;

/** A source and the server that it goes to. */
export type PlacedItem = Pick<PreparedItem, 'item' | 'to'>;

/** Finds the server of every source before anything takes long. Throws the Failure of the first that is not there. */
export function placeAll(items: readonly RestoreItem[], servers: Servers): PlacedItem[] {
  const taken = new Map<string, string>();
  return items.map((item) => {
    try {
      const to = serverFor(item, servers);
      const place = JSON.stringify([to.address.label, item.target]);
      const other = taken.get(place);
      if (other !== undefined) throw sameTarget(item, other);
      taken.set(place, item.label);
      return { item, to };
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
  wish: CommonWish,
  { context, config }: Workbench,
): Promise<void> {
  const items = placed.map(({ item }) => item);
  await runPool(placed, config.parallel, async (place) => {
    prepared.push(await prepareOne(place, wish, context));
  });
  prepared.sort((one, other) => items.indexOf(one.item) - items.indexOf(other.item));
}

async function prepareOne({ item, to }: PlacedItem, wish: CommonWish, context: Context): Promise<PreparedItem> {
  context.report({ kind: 'step', source: item.label, step: 'prepare', expectedBytes: item.bytes });
  try {
    const facts = await to.server.target(item.target, context);
    if (item.mustBeNew && facts.exists) throw isThere(item, to);
    const { target, parts } = item;
    const prepared = await to.server.prepare(item.source, { ...wish, target, parts }, context);
    context.report({ kind: 'done', source: item.label, bytes: item.bytes });
    return { item, to, facts, prepared };
  } catch (error) {
    throw toFailure(error, { source: item.label, step: 'prepare' }).at({ stands: 'the databases were not touched' });
  }
}

function sameTarget({ label, target }: RestoreItem, other: string): Failure {
  return new Failure('usage', {
    message: `${other} and ${label} would both be restored to the database "${target}"`,
    hint: 'choose one of them with --only, or give each a name of its own with --to',
  });
}

function isThere({ target }: RestoreItem, { address }: Connected): Failure {
  return new Failure('refused', {
    message: `there is a database "${target}" on ${address.label} already; --into makes a new one`,
    hint: 'choose another name, or use --to to restore over it',
  });
}

/** Removes what was brought to the servers; a server that is gone has nothing left to remove. */
export async function discardAll(prepared: readonly PreparedItem[]): Promise<void> {
  await Promise.allSettled(prepared.map((entry) => entry.prepared.discard()));
}

/** The server with the name that the set recorded; the only one of its kind when that name is not configured here. */
function serverFor(item: RestoreItem, { connected, unreached, stopped, elsewhere }: Servers): Connected {
  const { source, server, label, at } = item;
  const asked = at === undefined ? undefined : elsewhere.get(elsewhereKey(source.kind, at));
  if (asked !== undefined) return asked;
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
