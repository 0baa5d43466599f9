import type { Context } from '../common/context.ts';
import type { Storage } from '../storage/storage.ts';
import type { CatalogEntry } from './catalog.ts';
import type { RetentionDecision } from './retention.ts';

/**
 * How long a partial set rests untouched before a run that cannot ask its owner takes it for abandoned, in
 * milliseconds: longer than any dump goes without writing a byte.
 */
export const PARTIAL_REST = 24 * 60 * 60 * 1000;

/** Options of the calls here. */
export interface PruneOptions {
  /** Called before every single removal; throws when we may not remove (the lock was lost; pitfalls i6). */
  readonly beforeRemoval: () => Promise<void>;
}

/** Removes what {@link planRetention} decided to remove, oldest first; gives the names. Stops at the first Failure. */
export async function pruneSets(
  storage: Storage,
  decisions: readonly RetentionDecision[],
  context: Context,
  { beforeRemoval }: PruneOptions,
): Promise<string[]> {
  const removed: string[] = [];
  for (const { entry, action } of decisions) {
    if (action !== 'remove' || entry.state !== 'complete') continue;
    context.signal.throwIfAborted();
    await beforeRemoval();
    await storage.remove(entry.name, { signal: context.signal });
    removed.push(entry.name);
  }
  return removed;
}

/** Options of {@link sweepLeftovers}. */
export interface SweepOptions extends PruneOptions {
  readonly now: Date;
  /**
   * Milliseconds that a partial set must have rested. 0 is right for who holds the lock of the only folder that writers
   * of this storage use: their owners are then known to be gone. Else {@link PARTIAL_REST}.
   */
  readonly rest: number;
}

/**
 * Removes partial sets whose run is gone, and what broken removals left; tells each with a note and gives the names.
 */
export async function sweepLeftovers(
  storage: Storage,
  entries: readonly CatalogEntry[],
  context: Context,
  { beforeRemoval, now, rest }: SweepOptions,
): Promise<string[]> {
  const swept: string[] = [];
  for (const entry of entries) {
    if (entry.state !== 'partial' || now.getTime() - entry.changed.getTime() < rest) continue;
    await beforeRemoval();
    await storage.remove(entry.name, { unfinished: true, signal: context.signal });
    context.report({ kind: 'note', message: `removed the unfinished set "${entry.name}" of a run that did not end` });
    swept.push(entry.name);
  }
  await beforeRemoval();
  for (const name of await storage.sweep({ signal: context.signal })) {
    context.report({ kind: 'note', message: `finished the removal of "${name}"` });
    swept.push(name);
  }
  return swept;
}
