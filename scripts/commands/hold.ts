import { toFailure } from '../common/failure.ts';
import { acquireLock } from '../sets/lock.ts';
import { sweepLeftovers } from '../sets/prune.ts';
import { catalogOf, type Workbench } from './workbench.ts';

/** The lock of the backup folder while a command works; given back at the end of the block that holds it. */
export interface Hold extends AsyncDisposable {
  /** Throws Failure "lock-lost" when another run took the lock; called before every step that publishes or removes. */
  readonly requireMine: () => Promise<void>;
}

/**
 * Takes the lock, then removes what runs left that did not end: with the lock in hand their owners are known to be gone.
 * Throws Failure "locked".
 */
export async function holdLock(bench: Workbench, command: string): Promise<Hold> {
  const { storage, context, config } = bench;
  const folder = config.storages[0]?.folder ?? config.folder;
  const lock = await acquireLock(folder, { command, report: context.report });
  try {
    const entries = await catalogOf(bench);
    await sweepLeftovers(storage, entries, context, { beforeRemoval: lock.stillMine, now: new Date(), rest: 0 });
  } catch (error) {
    await lock.release();
    throw error;
  }
  return { requireMine: lock.stillMine, [Symbol.asyncDispose]: lock.release };
}

/** As {@link holdLock}, for a command that only reads the folder: one that cannot be written holds no other writer. */
export async function holdLockIfWritable(bench: Workbench, command: string): Promise<Hold> {
  try {
    return await holdLock(bench, command);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code !== 'denied') throw failure;
    bench.context.report({ kind: 'warning', message: `no lock was taken: ${failure.message}` });
    return { requireMine: async () => {}, [Symbol.asyncDispose]: async () => {} };
  }
}
