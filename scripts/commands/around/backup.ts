import { type Failure, toFailure } from '../../common/failure.ts';
import type { Workbench } from '../workbench.ts';
import { type HookRun, runHooks } from './hooks.ts';

/** What became of the hooks around a backup. */
export interface BackupHooks {
  readonly before: readonly HookRun[];
  readonly after: readonly HookRun[];
  /** Why `after.backup` ended before all of it ran: the set stands all the same. */
  readonly failure?: Failure;
}

/** Runs `before.backup`. Throws the first failure: nothing is dumped then. `sources`: those that are going to be dumped. */
export async function beforeBackup(bench: Workbench, sources: readonly string[]): Promise<HookRun[]> {
  const { signal } = bench.context;
  const hooks = bench.config.around.beforeBackup;
  try {
    return await runHooks(hooks, 'before.backup', { bench, facts: { command: 'backup', sources }, signal });
  } catch (error) {
    throw toFailure(error).at({ stands: 'nothing was dumped' });
  }
}

/** Runs `after.backup` on a set that is complete: a failure says nothing against it. */
export async function afterBackup(
  bench: Workbench,
  made: { readonly set: string; readonly sources: readonly string[]; readonly before: readonly HookRun[] },
): Promise<BackupHooks> {
  const { set, sources, before } = made;
  const { signal } = bench.context;
  const facts = { command: 'backup', set, sources };
  try {
    const after = await runHooks(bench.config.around.afterBackup, 'after.backup', { bench, facts, signal });
    return { before, after };
  } catch (error) {
    signal.throwIfAborted();
    return { before, after: [], failure: toFailure(error) };
  }
}
