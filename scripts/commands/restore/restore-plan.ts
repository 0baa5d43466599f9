import type { VerifiedSet } from '../../sets/verify.ts';
import type { Choice } from '../choose.ts';
import type { Hold } from '../hold.ts';
import type { PickedSet } from '../sets/pick.ts';
import type { Book } from './carry-out.ts';
import type { GuardFlags } from './guard.ts';
import type { Journal, JournalFacts, JournalSource } from './journal.ts';
import type { PartFlags } from './parts.ts';
import type { PreparedItem } from './prepare.ts';
import type { DoneStep, StepPlan } from './step.ts';
import { planWhole } from './whole-plan.ts';

/** The flags of `holdfast restore`. */
export interface RestoreFlags extends GuardFlags, PartFlags {
  readonly set: string;
  readonly from?: string;
  readonly components?: string;
  readonly only?: string;
  readonly to?: readonly string[];
  readonly swap?: boolean;
  readonly inPlace?: boolean;
  readonly exact?: boolean;
  /** False: what is overwritten is not backed up before. */
  readonly safetyBackup?: boolean;
  /** False: no application service is stopped. */
  readonly services?: boolean;
  /** The second confirmation that secrets need, for where nobody can type it. */
  readonly secrets?: boolean;
  /** Env files that are there and differ are replaced as well. */
  readonly forceConfig?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly allowUnsigned?: boolean;
}

/** A restore with everything that its steps share. */
export interface RestoreWork extends PickedSet {
  readonly flags: RestoreFlags;
  readonly choice: Choice;
  readonly hold: Hold | undefined;
  /** What of a file is not in the set, for people. */
  readonly notes: readonly string[];
  /** The storage that the set was asked of. */
  readonly from: string;
  readonly done: DoneStep[];
}

/** A restore that only waits for its plan. */
export interface PreparedWork extends RestoreWork {
  readonly set: VerifiedSet;
  readonly prepared: readonly PreparedItem[];
  readonly stamp: string;
}

/** The whole plan, and what its journal begins with. */
export async function planRestore(
  { bench, flags, prepared, set, done, hold, stamp, from }: PreparedWork,
  killed: readonly Journal[],
  book: Book,
): Promise<{ plan: StepPlan; facts: Omit<JournalFacts, 'steps'> }> {
  const { plan, services, warnings } = await planWhole({
    ...{ bench, hold, book, done, prepared },
    set: set.name,
    labels: prepared.map(({ item }) => item.label),
    servers: prepared.map(({ to }) => to),
    unended: killed,
    services: flags.services ?? true,
    safetyBackup: flags.safetyBackup ?? true,
    migrates: true,
  });
  const sources = prepared.map(sourceOf);
  return { plan, facts: { stamp, command: 'restore', set: set.name, storage: from, services, warnings, sources } };
}

/** A source as the journal begins with it. */
export function sourceOf({ item, to, facts, prepared }: PreparedItem): JournalSource {
  return {
    label: item.label,
    kind: item.source.kind,
    server: to.address.name,
    ...(item.at === undefined ? {} : { at: item.at }),
    place: to.address.label,
    target: item.target,
    way: prepared.way,
    existed: facts.exists,
    ...(prepared.exchange && { exchange: prepared.exchange }),
    standing: 'old',
    changes: prepared.changes,
  };
}
