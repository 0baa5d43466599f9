import { using } from '../../common/using.ts';
import { wordCount } from '../../ui/units.ts';
import { EXIT } from '../../ui/words.ts';
import { holdLock } from '../hold.ts';
import { recordVerb } from '../record.ts';
import { forgetExpired } from '../restore/forget.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { applyRetention, type RetentionOutcome } from './retention.ts';
import { decisionsForJson, layDecisions, wordPolicy } from './retention-words.ts';

/** The flags of `holdfast prune`. */
export interface PruneFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  /** The storage to work with. */
  readonly from?: string;
}

/** Removes what is past its retention; a dry run prints the reason for every entry and removes nothing. */
export async function prune(flags: PruneFlags, room: Room): Promise<number> {
  const opened = await openWorkbench(room, flags.from);
  if (flags.dryRun) return await pruneSets(opened, flags);
  return await recordVerb(opened, { command: 'prune', choice: [] }, (bench) => pruneSets(bench, flags));
}

async function pruneSets(bench: Workbench, { dryRun = false, yes: force = false }: PruneFlags): Promise<number> {
  const outcome = dryRun ? await planOnly(bench, force) : await pruneUnderLock(bench, force);
  // Only a dry run has decisions beside a refusal: whoever is to judge it must see them.
  if (outcome.refusal && outcome.decisions.length === 0) throw outcome.refusal;
  const { screen } = bench;
  screen.settle();
  const leaving = outcome.decisions.filter((decision) => decision.action === 'remove').length;
  screen.print(
    ...layDecisions(outcome.decisions),
    '',
    `retention: ${wordPolicy(outcome.policy)}`,
    ...(outcome.refusal ? [`! it would be refused without --yes: ${outcome.refusal.message}`] : []),
    dryRun ? `${wordCount(leaving, 'set')} would be removed` : `${wordCount(outcome.removed.length, 'set')} removed`,
  );
  const forgotten = dryRun ? [] : await forgetExpired(bench, new Date());
  screen.print(...forgotten.map((line) => `removed ${line}`));
  const refused = outcome.refusal?.message;
  const { policy, removed } = outcome;
  screen.printJson({ dryRun, policy, removed, forgotten, refused, decisions: decisionsForJson(outcome.decisions) });
  return EXIT.done;
}

async function pruneUnderLock(bench: Workbench, force: boolean): Promise<RetentionOutcome> {
  return await using(await holdLock(bench, 'prune'), (hold) =>
    applyRetention(bench, { runFailed: false, force, beforeRemoval: hold.requireMine }),
  );
}

/** What a real run would do; when it would refuse for the number of removals, that and the removals. */
async function planOnly(bench: Workbench, force: boolean): Promise<RetentionOutcome> {
  const request = { runFailed: false, dryRun: true, beforeRemoval: async () => {} };
  const outcome = await applyRetention(bench, { ...request, force });
  if (!outcome.refusal) return outcome;
  const { decisions } = await applyRetention(bench, { ...request, force: true });
  return { ...outcome, decisions };
}
