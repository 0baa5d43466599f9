import { type Failure, toFailure } from '../../common/failure.ts';
import { runPool } from '../../common/pool.ts';
import { using } from '../../common/using.ts';
import type { RestoreReport } from '../../datastores/datastore.ts';
import { proofRank } from '../../sets/proof.ts';
import { requireIntact } from '../../sets/verify.ts';
import { type Choice, parseChoice } from '../choose.ts';
import { holdLockIfWritable } from '../hold.ts';
import { openChosen } from '../open.ts';
import { recordVerb } from '../record.ts';
import { closeServers, connectServers } from '../servers.ts';
import { type PickedSet, pickSet } from '../sets/pick.ts';
import { findServers, openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { confirmRestore, requireSomebodyToAsk } from './confirm.ts';
import { fetchSet } from './fetch.ts';
import { chooseSources, isCluster, parseRenames, readSources } from './plan.ts';
import { discardAll, type PreparedItem, placeAll, prepareAll } from './prepare.ts';
import { printRestorePlan, printRestoreResult } from './words.ts';

/** The flags of `holdfast restore`. */
export interface RestoreFlags {
  readonly set: string;
  readonly from?: string;
  readonly components?: string;
  readonly only?: string;
  readonly to?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly allowUnsigned?: boolean;
}

/** How the restore of one source ended. */
export interface RestoreOutcome {
  readonly item: PreparedItem;
  readonly state: 'restored' | 'different' | 'failed' | 'untouched';
  readonly report?: RestoreReport;
  readonly failure?: Failure;
  readonly milliseconds: number;
}

/**
 * Checks the whole set, prepares everything, shows the plan, asks, restores, compares. Until the person has agreed
 * nothing at the target is changed. Exit code 0, 1 when a source failed, 5 when the set is damaged or data differs.
 */
export async function restore(flags: RestoreFlags, room: Room): Promise<number> {
  requireSomebodyToAsk(flags, room.screen);
  const choice = parseChoice([flags.components, flags.only].filter((words) => words !== undefined));
  const picked = await pickSet(await openWorkbench(room), flags.set, flags.from);
  const work = (bench: Workbench): Promise<number> => restoreSet({ ...picked, bench }, choice, flags);
  if (flags.dryRun) return await work(picked.bench);
  const set = picked.entry.name;
  return await recordVerb(picked.bench, { command: 'restore', choice: [set], set }, work);
}

async function restoreSet(picked: PickedSet, choice: Choice, flags: RestoreFlags): Promise<number> {
  const { entry } = picked;
  const hold = flags.dryRun ? undefined : await holdLockIfWritable(picked.bench, 'restore');
  return await using(hold, async () =>
    using(await fetchSet(picked.bench, entry), ({ storage }) =>
      restoreFetched({ entry, bench: { ...picked.bench, storage } }, choice, flags),
    ),
  );
}

async function restoreFetched({ entry, bench }: PickedSet, choice: Choice, flags: RestoreFlags): Promise<number> {
  const opened = await openChosen(bench, entry.name, flags);
  await opened.unlock();
  const items = chooseSources(opened, choice, parseRenames(flags.to ?? []));
  const found = await findServers(bench, [...new Set(items.map(({ source }) => source.kind))]);
  const set = await requireIntact(opened, bench.context);
  const { connected, unreached } = await connectServers(found, bench.context);
  const prepared: PreparedItem[] = [];
  try {
    const placed = placeAll(items, { connected, unreached, stopped: found.looked.stopped });
    const wasRead = entry.state === 'complete' && proofRank(entry.proof) >= proofRank('readable');
    await readSources(items, wasRead, bench);
    await prepareAll(placed, prepared, bench);
    printRestorePlan(set, prepared, flags.dryRun ?? false, bench);
    if (flags.dryRun) return 0;
    await confirmRestore(flags.yes ?? false, prepared, bench);
    return printRestoreResult(set, await restoreAll(prepared, bench), bench);
  } finally {
    await discardAll(prepared);
    await closeServers(connected);
  }
}

/** Roles first, because databases belong to them; then the databases, the largest first, side by side. */
async function restoreAll(prepared: readonly PreparedItem[], bench: Workbench): Promise<RestoreOutcome[]> {
  const stop = { failed: false };
  const run = (item: PreparedItem): Promise<RestoreOutcome> => restoreOne(item, stop, bench);
  const clusters = await runPool(
    prepared.filter(({ item }) => isCluster(item)),
    1,
    run,
  );
  const databases = await runPool(
    prepared.filter(({ item }) => !isCluster(item)),
    SIDE_BY_SIDE,
    run,
  );
  return [...clusters, ...databases];
}

/** Each restore uses several connections by itself; two keep a server busy while one of them builds its last index. */
const SIDE_BY_SIDE = 2;

async function restoreOne(item: PreparedItem, stop: { failed: boolean }, bench: Workbench): Promise<RestoreOutcome> {
  const began = Date.now();
  const { label, bytes } = item.item;
  if (stop.failed || bench.context.signal.aborted) return { item, state: 'untouched', milliseconds: 0 };
  bench.context.report({ kind: 'step', source: label, step: 'restore', expectedBytes: bytes });
  try {
    const report = await item.prepared.restore(bench.context);
    const state = report.differences.length > 0 ? 'different' : 'restored';
    if (state === 'restored') bench.context.report({ kind: 'done', source: label, bytes });
    else bench.context.report({ kind: 'failed', source: label, message: 'the data differs from what was recorded' });
    return { item, state, report, milliseconds: Date.now() - began };
  } catch (error) {
    stop.failed = true;
    const failure = toFailure(error, { source: label, step: 'restore' });
    bench.context.report({ kind: 'failed', source: label, message: failure.message });
    return { item, state: 'failed', failure, milliseconds: Date.now() - began };
  }
}
