import type { RestoreStep, StepKind } from '../../datastores/restore.ts';

/** "undone": done, or begun, and taken back. */
export type StepState = 'pending' | 'started' | 'done' | 'failed' | 'undone';

/** A step with its place in the plan. */
export interface PlannedStep extends RestoreStep {
  /** The source it belongs to, "postgres/app"; undefined for a step that serves all. */
  readonly source: string | undefined;
  /** What becomes of live data, for the journal; missing where it changes none. */
  readonly leaves?: Leaves;
}

/** What a step makes of the live data of some sources: "half" while it runs, then one of these. */
export interface Leaves {
  readonly sources: readonly string[];
  readonly standing: Standing;
  readonly failed: Standing;
}

/** Which data is live: that of before the restore, that of the set, or something between the two. */
export type Standing = 'old' | 'new' | 'half';

/** Steps that follow each other; the lanes of one stage run side by side. */
export type Lane = readonly PlannedStep[];

/** A part of a plan that ends before the next one begins. */
export interface Stage {
  readonly lanes: readonly Lane[];
}

/** A step that was done to make the plan: by a dry run as well. */
export interface DoneStep {
  readonly kind: StepKind;
  readonly source?: string | undefined;
  readonly text: string;
  readonly milliseconds: number;
}

/** Everything that a restore does, in the order in which it is told. */
export interface StepPlan {
  readonly done: readonly DoneStep[];
  readonly stages: readonly Stage[];
}

/** All steps that are still to do, in the order in which they are told. */
export function stepsOf({ stages }: StepPlan): PlannedStep[] {
  return stages.flatMap(({ lanes }) => lanes.flat());
}

/** A stage of one lane; none when there is nothing to do in it. */
export function stageOf(steps: Lane): Stage[] {
  return steps.length === 0 ? [] : [{ lanes: [steps] }];
}

/** The step of a whole plan that serves all sources. */
export function forAll(step: RestoreStep): PlannedStep {
  return { ...step, source: undefined };
}
