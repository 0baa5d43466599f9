import { wordCount } from '../ui/units.ts';
import { EXIT } from '../ui/words.ts';
import { holdLock } from './hold.ts';
import { applyRetention, type RetentionOutcome } from './retention.ts';
import { decisionsForJson, layDecisions } from './retention-words.ts';
import { openWorkbench, type Room } from './workbench.ts';

/** The flags of `holdfast prune`. */
export interface PruneFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** Removes what is past its retention; a dry run prints the reason for every entry and removes nothing. */
export async function prune(flags: PruneFlags, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const { dryRun = false, yes: force = false } = flags;
  const apply = async (beforeRemoval: () => Promise<void>): Promise<RetentionOutcome> =>
    applyRetention(bench, { runFailed: false, dryRun, force, beforeRemoval });
  const outcome = dryRun ? await apply(async () => {}) : await prunedUnderLock(apply);
  if (outcome.refusal) throw outcome.refusal;
  const { screen } = bench;
  screen.settle();
  const leaving = outcome.decisions.filter((decision) => decision.action === 'remove').length;
  screen.print(
    ...layDecisions(outcome.decisions),
    '',
    dryRun ? `${wordCount(leaving, 'set')} would be removed` : `${wordCount(outcome.removed.length, 'set')} removed`,
  );
  screen.printJson({ dryRun, removed: outcome.removed, decisions: decisionsForJson(outcome.decisions) });
  return EXIT.done;

  async function prunedUnderLock(work: typeof apply): Promise<RetentionOutcome> {
    await using hold = await holdLock(bench, 'prune');
    return await work(hold.requireMine);
  }
}
