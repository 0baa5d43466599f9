import { aroundRestore } from '../around/restore-steps.ts';
import type { Hold } from '../hold.ts';
import type { Connected } from '../servers.ts';
import type { Workbench } from '../workbench.ts';
import { buildPlan } from './build.ts';
import type { Book } from './carry-out.ts';
import type { Journal } from './journal.ts';
import type { PreparedItem } from './prepare.ts';
import { overwritten, safetyStep } from './safety.ts';
import type { DoneStep, PlannedStep, StepPlan } from './step.ts';
import { startAgainSteps, tidySteps } from './tidy.ts';

/** What a restore and an undo are planned from. */
export interface PlanWish {
  readonly bench: Workbench;
  readonly hold: Hold | undefined;
  readonly book: Book;
  readonly set: string;
  /** "postgres/app". */
  readonly labels: readonly string[];
  readonly servers: readonly Connected[];
  /** Restores that left something to be put in order. */
  readonly unended: readonly Journal[];
  readonly done: readonly DoneStep[];
  readonly prepared: readonly PreparedItem[];
  /** See `PlanParts`. */
  readonly exchanges?: readonly PlannedStep[];
  /** False: no application service is stopped. */
  readonly services: boolean;
  /** False: what is overwritten is not backed up before. */
  readonly safetyBackup: boolean;
  /** False: `after.restore` is left out. */
  readonly migrates: boolean;
}

/** A plan, and what its journal is told beside the sources. */
export interface WholePlan extends Pick<Journal, 'services' | 'warnings'> {
  readonly plan: StepPlan;
}

/** Puts the steps of the sources together with everything that happens around them; asks, and changes nothing. */
export async function planWhole(wish: PlanWish): Promise<WholePlan> {
  const { bench, hold, book, servers, unended, done, prepared, exchanges = [] } = wish;
  const facts = { set: wish.set, sources: wish.labels, services: wish.services };
  const around = await aroundRestore(bench, servers, facts);
  const again = await startAgainSteps(unended, around.services, bench);
  const after = around.after.filter(({ kind }) => wish.migrates || kind !== 'after-hook');
  const lost = wish.safetyBackup ? overwritten(prepared) : [];
  const plan = buildPlan({
    ...{ done, prepared, exchanges },
    tidy: await tidySteps(unended, servers, bench),
    around: { ...around, after: [...again, ...after] },
    safety: lost.length > 0 ? safetyStep(lost, { bench, hold, book }) : undefined,
  });
  const own = prepared.flatMap(({ item, prepared: { warnings } }) => warnings.map((text) => `${item.label}: ${text}`));
  return {
    plan,
    services: [...around.services, ...unended.flatMap((journal) => journal.services)],
    warnings: [...around.warnings, ...own],
  };
}
