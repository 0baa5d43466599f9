import type { RestoreStep } from '../../datastores/restore.ts';
import type { AroundRestore } from '../around/restore-steps.ts';
import { exchangeSteps } from './exchange.ts';
import { isCluster } from './plan.ts';
import type { PreparedItem } from './prepare.ts';
import {
  type DoneStep,
  forAll,
  type Lane,
  type Leaves,
  type PlannedStep,
  type Stage,
  type StepPlan,
  stageOf,
} from './step.ts';

/** Everything that a plan is made of. */
export interface PlanParts {
  readonly done: readonly DoneStep[];
  /** What a killed restore left is put in order before anything else. */
  readonly tidy: readonly PlannedStep[];
  readonly prepared: readonly PreparedItem[];
  readonly around: AroundRestore;
  /** Keeps what is going to be overwritten; undefined where nothing is. */
  readonly safety: PlannedStep | undefined;
  /** Exchanges of what was not restored here: the way back of an undo. */
  readonly exchanges?: readonly PlannedStep[];
}

/**
 * The steps of a restore. What can be done beside the live data comes first, while the application runs; then, as short
 * as it can be, what it must be stopped for; all databases of a server change places in one moment. Nothing that is live
 * is touched before every new database was compared.
 */
export function buildPlan({ done, tidy, prepared, around, safety, exchanges = [] }: PlanParts): StepPlan {
  const clusters = prepared.filter(({ item }) => isCluster(item));
  const beside = prepared.filter((entry) => isBeside(entry));
  const over = prepared.filter((entry) => !isCluster(entry.item) && !isBeside(entry));
  const stages = [
    ...stageOf(tidy),
    ...stageOf(clusters.flatMap(besideLane)),
    ...sideBySide(beside.map(besideLane)),
    ...stageOf(around.before.map(forAll)),
    ...stageOf(safety === undefined ? [] : [safety]),
    ...sideBySide(over.map(overLane)),
    ...stageOf([...exchangeSteps(beside), ...exchanges]),
    ...stageOf(around.after.map(forAll)),
  ];
  return { done, stages };
}

/** True for a source that is restored beside the live data and put in its place at the end. */
export function isBeside({ prepared }: Pick<PreparedItem, 'prepared'>): boolean {
  return prepared.exchange !== undefined;
}

/** True for a source whose old data is gone once its restore has begun. */
export function isOverwritten({ item, facts, prepared }: PreparedItem): boolean {
  return facts.exists && !isCluster(item) && prepared.exchange === undefined;
}

function sideBySide(lanes: readonly Lane[]): Stage[] {
  return lanes.length === 0 ? [] : [{ lanes }];
}

function besideLane({ item, prepared }: PreparedItem): PlannedStep[] {
  return prepared.steps.map((step) => ({ ...step, source: item.label }));
}

function overLane({ item, prepared }: PreparedItem): PlannedStep[] {
  return prepared.steps.map((step) => {
    const leaves = leavesOf(step, item.label, prepared.way === 'transaction');
    return { ...step, source: item.label, ...(leaves && { leaves }) };
  });
}

/** What failed in a transaction was never there. */
function leavesOf({ live }: RestoreStep, label: string, isWhole: boolean): Leaves | undefined {
  return live ? { sources: [label], standing: 'new', failed: isWhole ? 'old' : 'half' } : undefined;
}
