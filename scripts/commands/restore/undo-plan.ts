import { Failure } from '../../common/failure.ts';
import { type Generation, isGenerationOf, spellGeneration } from '../../datastores/generation.ts';
import type { Hold } from '../hold.ts';
import type { Connected } from '../servers.ts';
import type { Workbench } from '../workbench.ts';
import type { Book } from './carry-out.ts';
import { exchangeStep, type PlannedExchange } from './exchange.ts';
import type { GuardFlags } from './guard.ts';
import type { Journal, JournalSource } from './journal.ts';
import type { PreparedItem } from './prepare.ts';
import type { PlannedStep } from './step.ts';
import type { Place } from './undo-places.ts';
import { planWhole, type WholePlan } from './whole-plan.ts';

/** The flags of `holdfast undo`. */
export interface UndoFlags extends GuardFlags {
  /** The stamp of the restore, "20261121_235220"; the newest that changed something when missing. */
  readonly restore?: string;
  readonly services?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** An undo with everything that its steps share. */
export interface UndoWork {
  readonly journal: Journal;
  readonly killed: readonly Journal[];
  readonly flags: UndoFlags;
  readonly hold: Hold | undefined;
  readonly bench: Workbench;
}

/** What an undo found out of the restore. */
export interface UndoFound {
  readonly changed: readonly Place[];
  readonly servers: readonly Connected[];
  readonly prepared: readonly PreparedItem[];
}

/** What becomes of a database, for people. */
export function wordBack({ target, existed, exchange }: JournalSource): string {
  const name = exchange && spellGeneration(exchange.kept);
  return existed ? `"${target}" becomes live as it was (${name})` : `"${target}" was not there before, and goes aside`;
}

/** What was made where nothing was, and cannot go aside, for people. */
export function wordMade({ label, target }: JournalSource): string {
  return `${label}: "${target}" was not there before, and stays: nothing old is to be brought back`;
}

/** The old data may have been removed since. An exchange that was broken off is ended before; it is not looked for. */
export async function requireKept(places: readonly Place[], { context }: Workbench): Promise<void> {
  for (const { source, to } of places) {
    const { exchange, existed, standing, label } = source;
    if (exchange === undefined || !existed || standing === 'half') continue;
    const { kept, database } = exchange;
    const stored = await to.server.generations(context, [database]);
    if (stored.some((one) => isGenerationOf(one, database, kept))) continue;
    throw new Failure('not-found', {
      message: `the old data of "${database}" (${spellGeneration(kept)}) is no longer on ${to.address.label}`,
      source: label,
      stands: 'nothing was changed',
      hint: 'it was removed (restore --forget, or BACKUP_UNDO_DAYS); restore an older set: holdfast list',
    });
  }
}

/** The whole plan of an undo. */
export async function planUndo(
  { journal, killed, flags, hold, bench }: UndoWork,
  { servers, prepared }: UndoFound,
  swapped: readonly Place[],
  stamp: string,
  book: Book,
): Promise<WholePlan> {
  return planWhole({
    ...{ bench, hold, book, prepared, servers, done: [] },
    set: journal.set,
    labels: journal.sources.map(({ label }) => label),
    unended: killed.includes(journal) ? killed : [...killed, journal],
    exchanges: backSteps(swapped, stamp),
    services: flags.services ?? true,
    safetyBackup: true,
    // Migrations would bring the old data to the state that was just undone.
    migrates: false,
  });
}

/** One exchange back a server. */
function backSteps(places: readonly Place[], stamp: string): PlannedStep[] {
  const servers = new Map<Connected, PlannedExchange[]>();
  for (const place of places) {
    const { label, exchange, existed } = sourceBack(place, stamp);
    if (exchange === undefined) continue;
    servers.set(place.to, [...(servers.get(place.to) ?? []), { label, exchange, existed }]);
  }
  return [...servers].map(([to, planned]) => exchangeStep(to, planned));
}

/** As the journal of the undo begins with it: what is live now is what "before" will mean then. */
export function sourceBack({ source, to }: Place, stamp: string): JournalSource {
  const { exchange, existed } = source;
  const kept: Generation = { part: 'before', stamp };
  const back = exchange && { database: exchange.database, fresh: existed ? exchange.kept : undefined, kept };
  return {
    label: source.label,
    kind: source.kind,
    server: source.server,
    ...(source.at === undefined ? {} : { at: source.at }),
    place: to.address.label,
    target: source.target,
    way: 'swap',
    existed: exchange?.fresh !== undefined,
    ...(back && { exchange: back }),
    standing: 'old',
    changes: [],
  };
}
