import { Failure as Failed, type Failure, toFailure } from '../../common/failure.ts';
import { runPool } from '../../common/pool.ts';
import type { Difference, RestoreReport, StepKind, StepOutcome } from '../../datastores/restore.ts';
import type { Workbench } from '../workbench.ts';
import type { JournalFile, JournalStep } from './journal.ts';
import { wordStep } from './report.ts';
import type { Lane, PlannedStep, Standing, StepPlan } from './step.ts';

/** What became of a plan. */
export interface PlanResult {
  /** What the comparisons found, by source. */
  readonly reports: ReadonlyMap<string, RestoreReport>;
  /** Why it stopped; undefined when every step was done. */
  readonly failure: Failure | undefined;
  /** Why something could not be taken back; then part of it stands as the journal says. */
  readonly stuck: readonly Failure[];
}

/** Each source uses several connections by itself; two keep a server busy while one of them builds its last index. */
const SIDE_BY_SIDE = 2;

/**
 * Does the steps of a plan, each written down before and after; when one fails, takes back in reverse order what was
 * done. Data that differs from what was recorded is a failure, found before it is put to use wherever that can be.
 */
export async function runPlan(plan: StepPlan, file: JournalFile, bench: Workbench): Promise<PlanResult> {
  const run = new PlanRun(plan, file, bench);
  for (const { lanes } of plan.stages) {
    await runPool(lanes, SIDE_BY_SIDE, (lane) => run.lane(lane));
    if (run.failure !== undefined) break;
  }
  const stuck = run.failure === undefined || run.isGoodAllTheSame ? [] : await run.takeBack();
  return { reports: run.reports, failure: run.failure, stuck };
}

class PlanRun {
  readonly reports = new Map<string, RestoreReport>();
  failure: Failure | undefined;
  /** The data is restored and found well, but what follows from it could not be done: no reason to take data back. */
  isGoodAllTheSame = false;
  readonly #file: JournalFile;
  readonly #bench: Workbench;
  readonly #lines: ReadonlyMap<PlannedStep, JournalStep>;
  /** In the order in which they began. */
  readonly #begun: PlannedStep[] = [];

  constructor({ done, stages }: StepPlan, file: JournalFile, bench: Workbench) {
    this.#file = file;
    this.#bench = bench;
    const steps = stages.flatMap(({ lanes }) => lanes.flat());
    const lines = file.journal.steps.slice(done.length);
    this.#lines = new Map(steps.map((step, at) => [step, lines[at] as JournalStep]));
  }

  async lane(lane: Lane): Promise<void> {
    for (const step of lane) {
      if (this.failure !== undefined) return;
      try {
        await this.#step(step);
      } catch (error) {
        // The first failure is the one to tell: others may only follow from it.
        this.isGoodAllTheSame = this.failure === undefined && FOLLOWING.includes(step.kind);
        this.failure ??= toFailure(error, { ...(step.source && { source: step.source }), step: step.kind });
      }
    }
  }

  async #step(step: PlannedStep): Promise<void> {
    const { signal, report } = this.#bench.context;
    signal.throwIfAborted();
    const line = this.#line(step);
    const began = Date.now();
    this.#stand(step, 'half');
    line.state = 'started';
    await this.#file.save();
    this.#begun.push(step);
    report({ kind: 'step', source: step.source ?? ALL, step: step.kind });
    try {
      const outcome = await step.run(this.#bench.context);
      this.#stand(step, step.leaves?.standing);
      this.#take(step, line, outcome);
      line.state = 'done';
    } catch (error) {
      if (this.#standing(step) === 'half') this.#stand(step, step.leaves?.failed);
      line.state = 'failed';
      line.error = toFailure(error).message;
      throw error;
    } finally {
      line.milliseconds = Date.now() - began;
      await this.#file.save();
    }
    const { steps } = this.#file.journal;
    const number = steps.indexOf(line) + 1;
    const source = step.source ?? ALL;
    report({ kind: 'ticked', source, number, of: steps.length, text: wordStep(step), milliseconds: line.milliseconds });
  }

  #take(step: PlannedStep, line: JournalStep, { notes = [], report }: StepOutcome): void {
    const all = [...notes, ...(report?.notes ?? [])];
    if (all.length > 0) line.notes = all;
    if (report === undefined || step.source === undefined) return;
    this.reports.set(step.source, report);
    const source = this.#file.journal.sources.find(({ label }) => label === step.source);
    if (source !== undefined) {
      source.counts = report.counts;
      source.differences = report.differences;
      source.compared = report.compared;
    }
    if (report.differences.length > 0) throw differs(step.source, report.differences);
  }

  /** Newest first. What cannot be taken back is told, and the others are all the same. */
  async takeBack(): Promise<Failure[]> {
    const stuck: Failure[] = [];
    for (const step of [...this.#begun].reverse()) {
      if (step.undo === undefined) continue;
      const line = this.#line(step);
      try {
        await step.undo();
        line.state = 'undone';
        this.#stand(step, 'old');
      } catch (error) {
        const failure = toFailure(error, { ...(step.source && { source: step.source }), step: `undo ${step.kind}` });
        line.error = `could not be taken back: ${failure.message}`;
        stuck.push(failure);
      }
      await this.#file.save();
    }
    return stuck;
  }

  #stand({ leaves }: PlannedStep, standing: Standing | undefined): void {
    if (leaves === undefined || standing === undefined) return;
    for (const source of this.#file.journal.sources) {
      if (leaves.sources.includes(source.label)) source.standing = standing;
    }
  }

  #standing({ leaves }: PlannedStep): Standing | undefined {
    return this.#file.journal.sources.find(({ label }) => leaves?.sources.includes(label))?.standing;
  }

  #line(step: PlannedStep): JournalStep {
    const line = this.#lines.get(step);
    if (line === undefined) throw new Failed('internal', { message: `the step "${step.text}" is not in the journal` });
    return line;
  }
}

/** Steps that come when the restored data is live and the application healthy. */
const FOLLOWING: readonly StepKind[] = ['rebuild', 'maintenance-off'];

/** Stands for a step that serves every source. */
const ALL = 'all';

const DIFFERENCES_TOLD = 20;

function differs(source: string, differences: readonly Difference[]): Failure {
  const lines = differences.map(({ name, expected, found }) => `${name}: found ${found}, expected ${expected}`);
  const more = lines.length > DIFFERENCES_TOLD ? [`and ${lines.length - DIFFERENCES_TOLD} more`] : [];
  return new Failed('mismatch', {
    message: `the restored data differs from what was recorded in ${lines.length} places`,
    source,
    step: 'compare',
    detail: [...lines.slice(0, DIFFERENCES_TOLD), ...more].join('\n'),
  });
}
