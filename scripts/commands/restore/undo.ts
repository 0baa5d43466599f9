import { Failure } from '../../common/failure.ts';
import { using } from '../../common/using.ts';
import { wordAgo } from '../../ui/units.ts';
import { holdLockIfWritable } from '../hold.ts';
import { recordVerb } from '../record.ts';
import { closeServers } from '../servers.ts';
import { wordReplaced } from '../words.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { type Book, carryOut } from './carry-out.ts';
import { confirm, requireSomebodyToAsk } from './confirm.ts';
import { requireRestoreRole, requireRightTarget } from './guard.ts';
import { type Journal, killedRestores, newStamp, readJournals, reopenJournal } from './journal.ts';
import { printPlan } from './plan-words.ts';
import { discardAll, type PreparedItem } from './prepare.ts';
import { findAndConnect } from './reach.ts';
import { sourceOf } from './restore-plan.ts';
import { prepareSafety } from './safety.ts';
import { closeJournal } from './tidy.ts';
import { itemOf, safeSource, safetySetOf, serverOf } from './undo-places.ts';
import {
  planUndo,
  requireKept,
  sourceBack,
  type UndoFlags,
  type UndoFound,
  type UndoWork,
  wordBack,
} from './undo-plan.ts';
import { printResult } from './words.ts';

/**
 * Brings back what was live before a restore, also before one that was killed: databases that were kept beside change
 * places once more, others are restored from their safety backup. What is live now is kept, so that this can be undone.
 */
export async function undo(flags: UndoFlags, room: Room): Promise<number> {
  requireSomebodyToAsk(flags, room.screen);
  const opened = await openWorkbench(room);
  requireRestoreRole(opened);
  requireRightTarget(undefined, flags, opened);
  const journals = await readJournals(opened);
  const killed = await killedRestores(journals);
  const journal = pick(journals, killed, flags.restore);
  const hold = flags.dryRun ? undefined : await holdLockIfWritable(opened, 'undo');
  const work = (bench: Workbench): Promise<number> => undoRestore({ journal, killed, flags, hold, bench });
  return await using(hold, async () => {
    if (flags.dryRun) return await work(opened);
    return await recordVerb(opened, { command: 'undo', choice: [journal.stamp], set: journal.set }, work);
  });
}

/** The restore that `undo` without a stamp takes back; undefined when there is none. */
export async function undoable(bench: Workbench): Promise<Journal | undefined> {
  const journals = await readJournals(bench);
  const killed = await killedRestores(journals);
  return journals.findLast((journal) => hasChanged(journal, killed));
}

/** True for a restore that was killed or left something else live than the old data. */
function hasChanged(journal: Journal, killed: readonly Journal[]): boolean {
  return killed.includes(journal) || journal.sources.some(({ standing }) => standing !== 'old');
}

/** The newest of them, or the one of that stamp. Throws Failure "not-found". */
function pick(journals: readonly Journal[], killed: readonly Journal[], stamp: string | undefined): Journal {
  const changed = (journal: Journal): boolean => hasChanged(journal, killed);
  const found = stamp === undefined ? journals.findLast(changed) : journals.find((journal) => journal.stamp === stamp);
  if (found !== undefined && changed(found)) return found;
  const known = journals.filter(changed).map((journal) => `${journal.stamp} (${journal.set})`);
  throw new Failure('not-found', {
    message:
      stamp === undefined
        ? 'there is no restore to undo: none is recorded that changed something'
        : `the restore "${stamp}" ${found === undefined ? 'is not recorded' : 'left the old data live: there is nothing to undo'}`,
    ...(known.length > 0 ? { detail: `those that can be undone: ${known.join(', ')}` } : {}),
    hint: 'restores are recorded in the folder of the logs, on the machine that did them',
  });
}

async function undoRestore(work: UndoWork): Promise<number> {
  const { journal, bench } = work;
  const reached = await findAndConnect(journal.sources.flatMap(itemOf), bench);
  const servers = [...reached.connected, ...reached.elsewhere.values()];
  const prepared: PreparedItem[] = [];
  try {
    const places = journal.sources.map((source) => ({ source, to: serverOf(source, servers) }));
    const changed = places.filter(({ source }) => source.standing !== 'old');
    const overWritten = changed.filter(({ source }) => source.exchange === undefined && source.way !== 'roles');
    if (overWritten.length > 0) await prepareSafety(safetySetOf(journal), overWritten.map(safeSource), prepared, bench);
    return await goOn(work, { changed, servers, prepared });
  } finally {
    await discardAll(prepared);
    await closeServers(servers);
  }
}

async function goOn(work: UndoWork, found: UndoFound): Promise<number> {
  const { journal, killed, flags, bench } = work;
  const book: Book = { file: undefined };
  const stamp = await newStamp(bench);
  const swapped = found.changed.filter(({ source }) => source.exchange !== undefined);
  await requireKept(swapped, bench);
  const { plan, services, warnings } = await planUndo(work, found, swapped, stamp, book);
  const sources = [...swapped.map((place) => sourceBack(place, stamp)), ...found.prepared.map(sourceOf)];
  const facts = { stamp, command: 'undo', undoes: journal.stamp, set: journal.set, storage: journal.storage } as const;
  const head = [
    `undo of the ${journal.command} of ${journal.set} (${journal.stamp}, ${wordAgo(Date.now() - Date.parse(journal.startedAt))}${killed.includes(journal) ? ', killed' : ''})`,
    `in:    environment "${bench.config.environment}"`,
    ...(sources.length === 0 ? ['the old data is live: what is left of the restore is put in order'] : []),
    ...swapped.map(({ source, to }) => `${source.label}: ${wordBack(source)} on ${to.address.label}`),
  ];
  printPlan(
    { head, prepared: found.prepared, warnings, plan, facts: { undoes: journal.stamp } },
    flags.dryRun ?? false,
    bench,
  );
  if (flags.dryRun) return 0;
  await confirm(flags.yes ?? false, wordReplaced(sources.map(({ kind }) => kind)), bench);
  const result = await carryOut({ plan, facts: { ...facts, services, warnings, sources } }, book, bench);
  if (result.failure === undefined) {
    for (const source of journal.sources) source.standing = 'old';
    await reopenJournal(journal).save();
    for (const one of killed) await closeJournal(one);
  }
  return printResult(result, bench);
}
