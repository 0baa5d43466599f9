import { spellGeneration } from '../../datastores/generation.ts';
import { layTable } from '../../ui/table.ts';
import { wordCount, wordDuration } from '../../ui/units.ts';
import { EXIT, exitCodeOf, explain, wordFailure } from '../../ui/words.ts';
import { wordHeld } from '../words.ts';
import type { Workbench } from '../workbench.ts';
import { type CarriedOut, isWhole } from './carry-out.ts';
import type { Journal, JournalSource } from './journal.ts';

/** How a source ended. "back": something had been done for it, and was taken back. */
type State = 'live-again' | 'restored' | 'different' | 'failed' | 'back' | 'untouched';

const COLUMNS = [{ head: 'SOURCE' }, { head: 'TOOK', align: 'right' }, { head: 'FOUND' }, { head: 'STATE' }] as const;

/** Prints how each source ended. Exit code 0, or that of the failure: 5 when data differs. */
export function printResult(done: CarriedOut, { screen, context }: Workbench): number {
  screen.settle();
  const { journal, failure, stuck, report } = done;
  const rows = journal.sources.map((source) => resultRow(source, done));
  const table = rows.length === 0 ? [] : ['', ...layTable(COLUMNS, rows)];
  screen.print(...table, '', ...noteLines(journal), ...verdict(done), `report: ${report}`);
  screen.printJson({
    set: journal.set,
    stamp: journal.stamp,
    outcome: journal.outcome,
    safetySet: journal.safetySet,
    report,
    sources: journal.sources.map((source) => forJson(source, done)),
    steps: journal.steps,
    ...(failure && { error: explain(failure) }),
  });
  for (const one of [failure, ...stuck]) if (one !== undefined && !screen.json) screen.remark(wordFailure(one));
  if (context.signal.aborted) throw context.signal.reason;
  return failure === undefined ? EXIT.done : exitCodeOf(failure);
}

function stateOf(source: JournalSource, { failure, journal, reports }: CarriedOut): State {
  const isCounted = reports.has(source.label);
  if ((source.differences?.length ?? 0) > 0) return 'different';
  const isLive = failure === undefined || isWhole(journal);
  if (isLive) return journal.command === 'undo' && !isCounted ? 'live-again' : 'restored';
  if (failure.source === source.label) return 'failed';
  if (source.standing !== 'old') return 'failed';
  return journal.steps.some((step) => step.source === source.label && step.state === 'undone') ? 'back' : 'untouched';
}

function resultRow(source: JournalSource, done: CarriedOut): string[] {
  const state = stateOf(source, done);
  const took = state === 'untouched' ? '-' : wordDuration(tookOf(source, done.journal));
  const report = done.reports.get(source.label);
  const [kind = '', ...rest] = source.label.split('/');
  const held = report ? wordHeld({ kind, name: rest.at(-1) ?? '' }, report.objects, report.rows) : '-';
  return [source.label, took, held, wordState(state, source, report?.compared)];
}

function wordState(state: State, { standing }: JournalSource, compared: boolean | undefined): string {
  switch (state) {
    case 'live-again':
      return 'as it was, live again';
    case 'restored':
      return compared === false ? 'restored, nothing recorded to compare' : 'restored, as recorded';
    case 'different':
      return standing === 'old' ? 'DIFFERENT: not put in place' : 'DIFFERENT';
    case 'failed':
      return standing === 'old' ? 'FAILED: the old data stands' : 'FAILED';
    case 'back':
      return 'taken back: the old data stands';
    case 'untouched':
      return 'not touched';
  }
}

/** Of its own steps; what serves all sources counts for none of them. */
function tookOf({ label }: JournalSource, { steps }: Journal): number {
  const own = steps.filter(({ source }) => source === label);
  return own.reduce((sum, { milliseconds = 0 }) => sum + milliseconds, 0);
}

function noteLines({ steps, sources }: Journal): string[] {
  const differences = sources.flatMap(({ label, differences = [] }) =>
    differences.map(({ name, expected, found }) => `! ${label}: ${name}: found ${found}, expected ${expected}`),
  );
  const notes = steps.flatMap(({ source, notes = [] }) =>
    notes.map((note) => `  note: ${source ? `${source}: ` : ''}${note}`),
  );
  return [...differences, ...notes];
}

function verdict({ journal, failure }: CarriedOut): string[] {
  const { set, command, sources } = journal;
  if (failure !== undefined && isWhole(journal)) {
    const what = command === 'undo' ? 'the old data is live again' : `set ${set} is restored`;
    return [`${what}, but what has to follow was not all done: see below`];
  }
  if (failure !== undefined) {
    const back = journal.outcome === 'taken-back' ? '; the old data is live' : '';
    return [`set ${set} was NOT restored${back}`];
  }
  if (sources.length === 0) return ['the old data is live, and nothing is left of the restore that was killed'];
  if (command === 'undo') return ['the old data is live again; holdfast undo takes that back'];
  const kept = sources.filter(({ existed, exchange }) => existed && exchange !== undefined);
  const way = kept.length > 0 || journal.safetySet !== undefined ? ['holdfast undo brings the old data back'] : [];
  const stays =
    kept.length > 0
      ? [
          `the old data is kept (${kept.map(({ target, exchange }) => `${target}: ${exchange ? spellGeneration(exchange.kept) : ''}`).join(', ')}) until: holdfast restore --forget`,
        ]
      : [];
  return [`set ${set} is restored: ${wordCount(sources.length, 'source')}`, ...way, ...stays];
}

function forJson(source: JournalSource, done: CarriedOut): unknown {
  return {
    source: source.label,
    server: source.place,
    target: source.target,
    way: source.way,
    state: stateOf(source, done),
    standing: source.standing,
    seconds: tookOf(source, done.journal) / 1000,
    report: done.reports.get(source.label),
  };
}
