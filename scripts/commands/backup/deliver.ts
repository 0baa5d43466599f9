import type { Failure } from '../../common/failure.ts';
import { toFailure } from '../../common/failure.ts';
import type { CatalogEntry, CompleteEntry } from '../../sets/catalog.ts';
import { copySet } from '../../sets/copy.ts';
import { type OnBytes, withProgress } from '../../storage/wrappers/progress.ts';
import { type Destination, isRemote } from '../destinations.ts';
import type { Hold } from '../hold.ts';
import { hasPlainSecrets, requireSecretsMayLeave } from '../secrets-in-clear.ts';
import { applyRetention, type RetentionOutcome } from '../sets/retention.ts';
import { at, catalogOf, type Workbench } from '../workbench.ts';

const DAY = 24 * 60 * 60 * 1000;

/** What became of the sets of one destination. */
export interface Delivery {
  readonly name: string;
  readonly location: string;
  /** Sets that were brought there, oldest first. */
  readonly copied: readonly { readonly set: string; readonly bytes: number; readonly milliseconds: number }[];
  readonly retention?: RetentionOutcome;
  /** Why not all that was wanted is there. */
  readonly failure?: Failure;
}

/** How sets are brought to the other destinations. */
export interface DeliveryRequest {
  readonly from: Destination;
  readonly to: readonly Destination[];
  /** These, whatever is there; undefined: all that {@link missingSets} finds. */
  readonly sets?: readonly string[];
  /** A run that failed in part prunes nothing. */
  readonly runFailed: boolean;
  readonly hold: Hold;
}

/** Brings what they lack to other destinations, side by side. One that fails never holds up or spoils another. */
export async function deliver(bench: Workbench, request: DeliveryRequest): Promise<Delivery[]> {
  if (request.to.length === 0) return [];
  const entries = await catalogOf({ ...bench, ...at(request.from) });
  return await Promise.all(request.to.map((destination) => deliverTo(destination, entries, request, bench)));
}

function sizeOf(entries: readonly CatalogEntry[], set: string): number | undefined {
  const entry = entries.find(({ name }) => name === set);
  return entry?.state === 'complete' ? entry.bytes : undefined;
}

/** Several files of a set travel side by side: what is told is their sum. */
function totalled(source: string, { report }: Workbench['context']): OnBytes {
  const files = new Map<string, number>();
  let total = 0;
  return (_set, path, bytes) => {
    total += bytes - (files.get(path) ?? 0);
    files.set(path, bytes);
    report({ kind: 'progress', source, bytes: total });
  };
}

async function deliverTo(
  destination: Destination,
  entries: readonly CatalogEntry[],
  { from, sets, runFailed, hold }: DeliveryRequest,
  bench: Workbench,
): Promise<Delivery> {
  const { name, storage } = destination;
  const { context } = bench;
  const there = { ...bench, ...at(destination) };
  const copied: { set: string; bytes: number; milliseconds: number }[] = [];
  const told = { name, location: storage.location, copied };
  try {
    for (const set of sets ?? mayGo(missingSets(entries, await catalogOf(there), destination, bench), entries, there)) {
      const began = Date.now();
      context.report({ kind: 'step', source: name, step: 'copy', expectedBytes: sizeOf(entries, set) });
      const watched = withProgress(storage, totalled(name, context));
      const { bytes } = await copySet(from.storage, watched, set, context, (manifest) => {
        if (hasPlainSecrets(manifest) && isRemote(storage)) requireSecretsMayLeave(`the storage "${name}"`, bench);
      });
      copied.push({ set, bytes, milliseconds: Date.now() - began });
      context.report({ kind: 'done', source: name, bytes });
    }
    const retention = await applyRetention(there, { runFailed, beforeRemoval: hold.requireMine });
    return { ...told, retention };
  } catch (error) {
    context.signal.throwIfAborted();
    const failure = toFailure(error, { source: name, step: 'copy' });
    context.report({ kind: 'failed', source: name, message: failure.message });
    return { ...told, failure };
  }
}

/** Sets that nobody named and that hold secrets in the clear stay where they are, and do not keep others from going. */
function mayGo(sets: readonly string[], entries: readonly CatalogEntry[], { storage, config, context }: Workbench) {
  if (!isRemote(storage) || config.secretsPlain) return sets;
  return sets.filter((set) => {
    const entry = entries.find(({ name }) => name === set);
    if (entry?.state !== 'complete' || !hasPlainSecrets(entry.manifest)) return true;
    context.report({
      kind: 'warning',
      message: `${set} holds secrets in the clear, and is not copied to ${storage.location}`,
    });
    return false;
  });
}

/** What a copy would bring to one destination. */
export interface DeliveryPlan {
  readonly name: string;
  readonly location: string;
  readonly missing: readonly { readonly set: string; readonly bytes: number }[];
  /** Why it is not known what it lacks. */
  readonly failure?: Failure;
}

/** What a destination lacks of the named sets, or of all that {@link missingSets} finds. Writes nothing. */
export async function planDelivery(
  destination: Destination,
  { entries, named, bench }: { entries: readonly CatalogEntry[]; named: readonly string[]; bench: Workbench },
): Promise<DeliveryPlan> {
  const { name, storage } = destination;
  const plan = { name, location: storage.location };
  try {
    const there = await catalogOf({ ...bench, ...at(destination) });
    const held = new Set(there.filter(({ state }) => state === 'complete').map((entry) => entry.name));
    const wanted =
      named.length > 0 ? named.filter((set) => !held.has(set)) : missingSets(entries, there, destination, bench);
    return { ...plan, missing: wanted.map((set) => ({ set, bytes: sizeOf(entries, set) ?? 0 })) };
  } catch (error) {
    bench.context.signal.throwIfAborted();
    return { ...plan, missing: [], failure: toFailure(error, { source: name }) };
  }
}

/**
 * The complete sets of this environment that a destination lacks and would keep, oldest first: those within its days,
 * or, where it counts otherwise, those that are newer than its newest. Sets that were pruned there do not come back.
 */
export function missingSets(
  here: readonly CatalogEntry[],
  there: readonly CatalogEntry[],
  { retention }: Destination,
  { config }: Pick<Workbench, 'config'>,
  now = Date.now(),
): string[] {
  const names = new Set(there.filter(({ state }) => state === 'complete').map(({ name }) => name));
  const newest = Math.max(0, ...there.filter(({ state }) => state === 'complete').map(({ time }) => time.getTime()));
  const isWanted = ({ time }: CatalogEntry): boolean =>
    (retention.days !== undefined && now - time.getTime() <= retention.days * DAY) || time.getTime() > newest;
  return here
    .filter((entry): entry is CompleteEntry => entry.state === 'complete')
    .filter((entry) => entry.manifest.environment === config.environment && !names.has(entry.name) && isWanted(entry))
    .sort((one, other) => one.time.getTime() - other.time.getTime())
    .map(({ name }) => name);
}
