import { Failure } from '../../common/failure.ts';
import type { RestoreReport } from '../../datastores/restore.ts';
import type { Workbench } from '../workbench.ts';
import { type Journal, type JournalFacts, type JournalFile, type JournalStep, openJournal } from './journal.ts';
import { writeReport } from './report.ts';
import { runPlan } from './run-plan.ts';
import { type StepPlan, stepsOf } from './step.ts';

/** What a restore or an undo is going to do. */
export interface Undertaking {
  readonly plan: StepPlan;
  readonly facts: Omit<JournalFacts, 'steps'>;
}

/** Lets steps write into the journal, which is opened after they were made. */
export interface Book {
  file: JournalFile | undefined;
}

/** How it went. */
export interface CarriedOut {
  readonly journal: Journal;
  readonly reports: ReadonlyMap<string, RestoreReport>;
  /** With what stands now and what to do. */
  readonly failure: Failure | undefined;
  /** What could not be taken back. */
  readonly stuck: readonly Failure[];
  /** The file of the report for people. */
  readonly report: string;
}

/** Does a plan under its journal, and writes the report. */
export async function carryOut({ plan, facts }: Undertaking, book: Book, bench: Workbench): Promise<CarriedOut> {
  const file = await openJournal(bench, { ...facts, steps: linesOf(plan) });
  book.file = file;
  const { reports, failure, stuck } = await runPlan(plan, file, bench);
  const { journal } = file;
  journal.finishedAt = new Date().toISOString();
  journal.outcome = failure === undefined ? 'restored' : isBack(journal) ? 'taken-back' : 'failed';
  await file.save();
  const told = failure && withStanding(failure, journal, bench);
  const report = await writeReport(journal, told);
  return { journal, reports, failure: told, stuck, report };
}

/** The lines of a plan as the journal keeps them, and a dry run prints them. */
export function linesOf(plan: StepPlan): JournalStep[] {
  const done = plan.done.map(
    ({ kind, source, text, milliseconds }): JournalStep => ({
      kind,
      ...(source && { source }),
      text,
      state: 'done',
      milliseconds,
    }),
  );
  const open = stepsOf(plan).map(
    ({ kind, source, text }): JournalStep => ({ kind, ...(source && { source }), text, state: 'pending' }),
  );
  return [...done, ...open];
}

/** True when no live data is another than before. */
function isBack({ sources }: Journal): boolean {
  return sources.every(({ standing }) => standing === 'old');
}

/** True when all that was wanted is live, whatever failed after it. Roles are added to those that are there. */
export function isWhole({ sources }: Journal): boolean {
  const replaced = sources.filter(({ way }) => way !== 'roles');
  return replaced.length > 0 && replaced.every(({ standing }) => standing === 'new');
}

/** The failure with what stands after everything that could be taken back was. */
function withStanding(failure: Failure, journal: Journal, { config }: Workbench): Failure {
  const { message, source, step, detail, cause } = failure;
  const again = journal.command === 'undo' ? 'holdfast undo' : `holdfast restore ${journal.set}`;
  const back = 'holdfast undo brings the old data back';
  const facts = isBack(journal)
    ? { stands: 'the old data is live and whole: what had been done was taken back', hint: failure.hint }
    : {
        stands: journal.sources.map(({ label, target, standing }) => wordStanding(label, target, standing)).join('; '),
        hint: [...ownWay(failure, journal), `${back}; ${again} does it again (environment ${config.environment})`].join(
          '; ',
        ),
      };
  return new Failure(failure.code, { message, source, step, detail, cause, ...facts });
}

/** What only follows from a restore that is whole is done in its own way, and needs neither of the others. */
function ownWay({ hint }: Failure, journal: Journal): string[] {
  return hint !== undefined && isWhole(journal) ? [hint] : [];
}

function wordStanding(label: string, target: string, standing: Journal['sources'][number]['standing']): string {
  const what = {
    old: 'holds its old data',
    new: 'holds the restored data',
    half: 'is restored in part, or its exchange was not ended',
  };
  return `${label}: "${target}" ${what[standing]}`;
}
