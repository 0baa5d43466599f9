import { toFailure } from '../common/failure.ts';
import { acquireLock } from '../sets/lock.ts';
import { PARTIAL_REST, sweepLeftovers } from '../sets/prune.ts';
import { isRemote } from './destinations.ts';
import { lockFolderOf } from './state.ts';
import { catalogOf, type Workbench } from './workbench.ts';

/** The lock of the backup folder while a command works; given back at the end of the block that holds it. */
export interface Hold extends AsyncDisposable {
  /** Throws Failure "lock-lost" when another run took the lock; called before every step that publishes or removes. */
  readonly requireMine: () => Promise<void>;
}

/**
 * Takes the lock, then removes what runs left that did not end: with the lock of a folder in hand their owners are known
 * to be gone. In a storage that other machines write to as well, only what has rested for a day is. Throws Failure
 * "locked".
 */
export async function holdLock(bench: Workbench, command: string): Promise<Hold> {
  const { storage, context } = bench;
  const lock = await acquireLock(lockFolderOf(bench), { command, report: context.report });
  try {
    const rest = isRemote(storage) ? PARTIAL_REST : 0;
    const entries = await catalogOf(bench);
    await sweepLeftovers(storage, entries, context, { beforeRemoval: lock.stillMine, now: new Date(), rest });
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
