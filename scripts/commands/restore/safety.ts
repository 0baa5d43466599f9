import { Failure } from '../../common/failure.ts';
import { runSteps } from '../../datastores/restore.ts';
import { SAFETY_LABEL } from '../../sets/pin.ts';
import { requireIntact } from '../../sets/verify.ts';
import { planBackup } from '../backup/plan.ts';
import { makeSet } from '../backup/set.ts';
import { parseChoice, sourceLabel } from '../choose.ts';
import { inOrderOfWriting } from '../destinations.ts';
import type { Hold } from '../hold.ts';
import { openChosen } from '../open.ts';
import { type Connected, closeServers, connectServers } from '../servers.ts';
import { at, type Workbench } from '../workbench.ts';
import { isOverwritten } from './build.ts';
import type { Book } from './carry-out.ts';
import { chooseSources } from './plan.ts';
import { discardAll, type PreparedItem, prepareAll } from './prepare.ts';
import type { PlannedStep } from './step.ts';

/** A database of a server whose old data a safety set holds. */
export interface SafeSource {
  /** The label of the source that is restored over it. */
  readonly label: string;
  readonly to: Connected;
  readonly target: string;
}

/** What a safety backup is made with, and told to. */
export interface SafetyOrder {
  readonly bench: Workbench;
  readonly hold: Hold | undefined;
  /** Where the set is noted, and what is live. */
  readonly book: Book;
}

/** The sources whose old data is lost with the first step that touches them. */
export function overwritten(prepared: readonly PreparedItem[]): SafeSource[] {
  return prepared.filter(isOverwritten).map(({ item, to }) => ({ label: item.label, to, target: item.target }));
}

/** The step that keeps what is going to be overwritten; taking it back restores what was changed since. */
export function safetyStep(sources: readonly SafeSource[], order: SafetyOrder): PlannedStep {
  let made: string | undefined;
  return {
    kind: 'safety-backup',
    source: undefined,
    text: `back up ${sources.map(({ to, target }) => placeLabel(to, target)).join(', ')} before it is overwritten (label ${SAFETY_LABEL})`,
    live: false,
    run: async () => {
      made = await makeSafetySet(sources, order);
      const { file } = order.book;
      if (file !== undefined) file.journal.safetySet = made;
      await file?.save();
      return { notes: [`the old data is in the set ${made}`] };
    },
    undo: async () => {
      if (made === undefined) return;
      const changed = (order.book.file?.journal.sources ?? []).filter(({ standing }) => standing !== 'old');
      const lost = sources.filter(({ label }) => changed.some((one) => one.label === label));
      if (lost.length > 0) await bringBack(made, lost, order.bench);
      for (const one of changed) if (lost.some(({ label }) => label === one.label)) one.standing = 'old';
    },
  };
}

/** "postgres/app": the source that a backup of this database would be. */
export function placeLabel({ address }: Connected, name: string): string {
  return sourceLabel({ kind: address.kind, server: address.name, name });
}

/** Every source must be in it: a safety set that lacks one is none. Throws the failure of the backup. */
async function makeSafetySet(sources: readonly SafeSource[], { bench, hold }: SafetyOrder): Promise<string> {
  // The settings may name other databases of the server than the one that is restored over.
  const wide = await connectWide(sources, bench);
  try {
    const labels = sources.map(({ to, target }) => placeLabel(to, target));
    const choice = parseChoice(labels);
    const plan = await planBackup(wide, [], choice, bench.context);
    const lacking = [...plan.failed, ...plan.skipped].map(({ name, reason }) => `${name}: ${reason}`);
    if (plan.dumps.length < new Set(labels).size) throw lacks(lacking);
    const { manifest } = await makeSet({
      plan: { ...plan, skipped: [], failed: [] },
      flags: { label: SAFETY_LABEL },
      bench: atSafetySets(bench),
      began: new Date(),
      choice,
      words: labels,
      earlier: [],
      hold: hold ?? { requireMine: async () => {}, [Symbol.asyncDispose]: async () => {} },
      keepAll: true,
    });
    if (manifest.failed.length > 0) throw lacks(manifest.failed.map(({ name, reason }) => `${name}: ${reason}`));
    return manifest.id;
  } finally {
    await closeServers(wide);
  }
}

/** Where safety sets are written and read: the storage that any backup is written to first. */
function atSafetySets(bench: Workbench): Workbench {
  const [first] = inOrderOfWriting(bench.destinations);
  if (first === undefined) throw new Failure('settings', { message: 'BACKUP_STORAGE names no storage' });
  return { ...bench, ...at(first) };
}

async function connectWide(sources: readonly SafeSource[], { context }: Workbench): Promise<Connected[]> {
  const addresses = [...new Set(sources.map(({ to }) => to.address))];
  const servers = addresses.map((address) => ({
    ...address,
    databases: sources.filter(({ to }) => to.address === address).map(({ target }) => target),
  }));
  const found = { servers, failures: [], looked: { engines: [], stopped: [] } };
  const { connected, unreached } = await connectServers(found, context);
  const [lost] = unreached;
  if (lost === undefined) return connected;
  await closeServers(connected);
  throw lost.failure;
}

function lacks(reasons: readonly string[]): Failure {
  return new Failure('tool-failed', {
    message: 'the safety backup could not take everything that is going to be overwritten',
    detail: reasons.join('\n') || undefined,
    stands: 'the old data was not touched',
    hint: 'mend it, or go without a safety backup: --no-safety-backup',
  });
}

/** Milliseconds for taking back; the signal that ended the run must not end this as well. */
const PATIENCE = 6 * 3_600_000;

/** Restores the old data of some sources over what stands there now. Throws Failure "mismatch" when it is not the same. */
async function bringBack(set: string, sources: readonly SafeSource[], bench: Workbench): Promise<void> {
  const calm = { ...bench, context: { ...bench.context, signal: AbortSignal.timeout(PATIENCE) } };
  const prepared: PreparedItem[] = [];
  try {
    await prepareSafety(set, sources, prepared, calm);
    for (const entry of prepared) {
      const report = await runSteps(entry.prepared, calm.context);
      if (report !== undefined && report.differences.length > 0) {
        const message = `what was brought back of ${entry.item.label} from ${set} differs from what was recorded`;
        throw new Failure('mismatch', { message, source: entry.item.label });
      }
    }
  } finally {
    await discardAll(prepared);
  }
}

/** Prepares the restore of old data from a safety set, over what stands there now, nothing of which stays. */
export async function prepareSafety(
  set: string,
  sources: readonly SafeSource[],
  prepared: PreparedItem[],
  bench: Workbench,
): Promise<void> {
  const there = atSafetySets(bench);
  const opened = await openChosen(there, set);
  await opened.unlock();
  await requireIntact(opened, bench.context);
  const labels = new Map(sources.map((source) => [placeLabel(source.to, source.target), source]));
  const items = chooseSources(opened, parseChoice([...labels.keys()]), new Map());
  const placed = items.flatMap((item) => {
    const source = labels.get(item.label);
    return source === undefined ? [] : [{ item: { ...item, label: source.label }, to: source.to }];
  });
  const wish = { stamp: '00000000_000000', way: 'in-place', exact: true, wasRead: true } as const;
  await prepareAll(placed, prepared, wish, there);
}
