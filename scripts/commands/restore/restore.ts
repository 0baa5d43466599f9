import { using } from '../../common/using.ts';
import type { StepKind } from '../../datastores/restore.ts';
import { proofRank } from '../../sets/proof.ts';
import { requireIntact, type VerifiedSet } from '../../sets/verify.ts';
import { wordCount } from '../../ui/units.ts';
import { type GivenSet, openGiven } from '../bundle/given.ts';
import { type Choice, isChosen, parseChoice } from '../choose.ts';
import { holdLockIfWritable } from '../hold.ts';
import { openChosen } from '../open.ts';
import { recordVerb } from '../record.ts';
import { closeServers } from '../servers.ts';
import { wordReplaced } from '../words.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { type Book, carryOut } from './carry-out.ts';
import { confirm, requireSomebodyToAsk } from './confirm.ts';
import { parseDestinations } from './destination.ts';
import { fetchSet } from './fetch.ts';
import { requireRestoreRole, requireRightTarget, wordOrigin } from './guard.ts';
import { killedRestores, newStamp, readJournals } from './journal.ts';
import { applyParts, parseParts } from './parts.ts';
import { chooseSources, isCluster, type RestoreItem, readSources } from './plan.ts';
import { printPlan } from './plan-words.ts';
import { discardAll, type PreparedItem, placeAll, prepareAll } from './prepare.ts';
import { findAndConnect } from './reach.ts';
import { type PreparedWork, planRestore, type RestoreFlags, type RestoreWork } from './restore-plan.ts';
import { confirmSecrets, requireSecretsAgreed } from './secrets.ts';
import type { DoneStep } from './step.ts';
import { closeJournal } from './tidy.ts';
import { printResult } from './words.ts';

/**
 * Checks the whole set, prepares everything, shows the plan, asks, and carries it out. Until the person has agreed nothing
 * at the target is changed. Exit code 0, 1 when it failed, 5 when the set is damaged or data differs.
 */
export async function restore(flags: RestoreFlags, room: Room): Promise<number> {
  requireSomebodyToAsk(flags, room.screen);
  const choice = parseChoice([flags.components, flags.only].filter((words) => words !== undefined));
  parseDestinations(flags.to ?? []);
  parseParts(flags);
  const opened = await openWorkbench(room);
  requireRestoreRole(opened);
  return await using(await openGiven(opened, flags.set, flags.from), async (given) => {
    const work = (bench: Workbench): Promise<number> => restoreSet({ ...given, bench }, choice, flags);
    if (flags.dryRun) return await work(given.bench);
    const set = given.entry.name;
    return await recordVerb(given.bench, { command: 'restore', choice: [set], set }, work);
  });
}

async function restoreSet(given: GivenSet, choice: Choice, flags: RestoreFlags): Promise<number> {
  const { bench, entry, notes } = given;
  const hold = flags.dryRun ? undefined : await holdLockIfWritable(bench, 'restore');
  const done: DoneStep[] = [];
  const from = bench.storage.name;
  return await using(hold, async () => {
    const fetched = await timed(done, 'fetch', `find the set ${entry.name} in ${bench.storage.location}`, () =>
      fetchSet(bench, entry),
    );
    return using(fetched, ({ storage }) =>
      restoreFetched({ entry, notes, bench: { ...bench, storage }, flags, choice, hold, from, done }),
    );
  });
}

/** Does a step that a dry run does as well. */
async function timed<Result>(
  done: DoneStep[],
  kind: StepKind,
  text: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const began = Date.now();
  const result = await work();
  done.push({ kind, text, milliseconds: Date.now() - began });
  return result;
}

async function restoreFetched(work: RestoreWork): Promise<number> {
  const { bench, entry, flags, choice, done } = work;
  const opened = await openChosen(bench, entry.name, flags);
  await opened.unlock((source) => isChosen(choice, source));
  requireRightTarget(opened.manifest, flags, bench);
  const items = applyParts(chooseSources(opened, choice, parseDestinations(flags.to ?? [])), flags);
  requireSecretsAgreed(items, flags);
  const reached = await findAndConnect(items, bench);
  const prepared: PreparedItem[] = [];
  try {
    const placed = placeAll(items, reached);
    const set = await timed(done, 'check', 'compare every byte of the set with its manifest', () =>
      requireIntact(opened, bench.context),
    );
    const wasRead = entry.state === 'complete' && proofRank(entry.proof) >= proofRank('readable');
    await timed(done, 'read', wordRead(items), () => readSources(items, wasRead, bench));
    const way = flags.inPlace ? 'in-place' : flags.swap ? 'swap' : undefined;
    // A dry run has every dump read to its end by the store's own tool as well, whatever was proven before.
    const wish = {
      stamp: await newStamp(bench),
      way,
      exact: flags.exact ?? false,
      forceConfig: flags.forceConfig ?? false,
      wasRead: wasRead && !flags.dryRun,
    } as const;
    await timed(done, 'prepare', 'versions, rights, room, roles, extensions; the dumps brought to the servers', () =>
      prepareAll(placed, prepared, wish, bench),
    );
    return await goOn({ ...work, set, prepared, stamp: wish.stamp });
  } finally {
    await discardAll(prepared);
    await closeServers([...reached.connected, ...reached.elsewhere.values()]);
  }
}

function wordRead(items: readonly RestoreItem[]): string {
  return `read ${wordCount(items.length, 'source')} to the end`;
}

/** Shows the plan, and carries it out once the person has agreed. */
async function goOn(work: PreparedWork): Promise<number> {
  const { bench, flags, prepared, set, notes } = work;
  const book: Book = { file: undefined };
  const killed = await killedRestores(await readJournals(bench));
  const { plan, facts } = await planRestore(work, killed, book);
  const head = [`restore of the set ${set.name}: every byte checked, every dump read to its end`];
  const shown = {
    head: [
      ...head,
      ...wordOrigin(set.manifest, bench, Date.now()),
      ...lackingOf(set),
      ...notes.map((note) => `! ${note}`),
    ],
    ...{ prepared, plan, facts: { set: set.name } },
    warnings: facts.warnings,
  };
  printPlan(shown, flags.dryRun ?? false, bench);
  if (flags.dryRun) return 0;
  const existing = prepared.filter(({ item, facts: { exists } }) => exists && !isCluster(item));
  await confirm(flags.yes ?? false, wordReplaced(existing.map(({ item }) => item.source.kind)), bench);
  await confirmSecrets(prepared, flags, bench);
  const result = await carryOut({ plan, facts }, book, bench);
  if (result.failure === undefined) for (const journal of killed) await closeJournal(journal);
  return printResult(result, bench);
}

function lackingOf({ manifest }: VerifiedSet): string[] {
  const failed = manifest?.failed.length ?? 0;
  return failed === 0 ? [] : [`! the set lacks ${wordCount(failed, 'source')} that failed when it was made`];
}
