import type { RunRecord, RunStart } from '../runs/record.ts';

/** What tells the work of one run from that of another. */
type Work = Pick<RunStart, 'command' | 'choice' | 'environment'>;

/** Which work a run does: the same for all that do the same, whoever asked. A backup by hand ends a schedule's failure. */
export function workOf({ command, choice, environment }: Work): string {
  return [environment, command, ...choice.toSorted()].join(' ');
}

/** Those after the last good one, of runs in their order. */
export function sinceLastGood(runs: readonly RunRecord[]): RunRecord[] {
  return runs.slice(runs.findLastIndex(({ result }) => result?.outcome === 'good') + 1);
}

/** Those of the runs before it that did the same work and came to an end, in their order. */
export function sameWork(run: Work, earlier: readonly RunRecord[]): RunRecord[] {
  const work = workOf(run);
  return earlier.filter((other) => workOf(other) === work && other.result && other.result.outcome !== 'skipped');
}
