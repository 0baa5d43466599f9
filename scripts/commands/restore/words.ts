import type { VerifiedSet } from '../../sets/verify.ts';
import { layTable } from '../../ui/table.ts';
import { wordAge, wordBytes, wordCount, wordDuration } from '../../ui/units.ts';
import { EXIT, explain, wordFailure } from '../../ui/words.ts';
import { wordHeld } from '../words.ts';
import type { Workbench } from '../workbench.ts';
import { isCluster } from './plan.ts';
import type { PreparedItem } from './prepare.ts';
import type { RestoreOutcome } from './restore.ts';

const PLAN_COLUMNS = [
  { head: 'SOURCE' },
  { head: 'TO DATABASE' },
  { head: 'THERE NOW', align: 'right' },
  { head: 'LAST WRITE' },
  { head: 'SESSIONS', align: 'right' },
  { head: 'SERVER' },
] as const;

/** Shows what is going to be replaced, where, and by which steps. With `dryRun` this is the result. */
export function printRestorePlan(
  set: VerifiedSet,
  prepared: readonly PreparedItem[],
  dryRun: boolean,
  { screen, config }: Workbench,
): void {
  screen.settle();
  const rows = prepared.map(planRow);
  const lines = [
    `set ${set.name}: every byte checked, every dump read to its end`,
    ...foreignEnvironment(set, config.environment),
    '',
    ...layTable(PLAN_COLUMNS, rows),
    '',
    ...prepared.flatMap(({ item, prepared: { steps } }) => [`${item.label}:`, ...steps.map((step) => `  - ${step}`)]),
  ];
  // On the way to a restore the plan is a remark; standard output is for results.
  if (!dryRun) {
    screen.remark(...lines, '');
    return;
  }
  screen.print(...lines, '', 'dry run: nothing was changed');
  screen.printJson({
    dryRun: true,
    set: set.name,
    sources: prepared.map(({ item, to, facts, prepared: { steps } }) => ({
      source: item.label,
      server: to.address.label,
      target: facts,
      steps,
    })),
  });
}

function planRow({ item, to, facts }: PreparedItem): string[] {
  if (isCluster(item)) return [item.label, '(roles)', '-', '-', '-', to.address.label];
  const now = facts.exists ? wordBytes(facts.sizeBytes) : 'new';
  const age = facts.lastWrite && wordAge(Date.now() - facts.lastWrite.getTime());
  const lastWrite = age === undefined ? 'unknown' : age.endsWith('now') ? age : `${age} ago`;
  return [item.label, item.target, now, lastWrite, String(facts.sessions), to.address.label];
}

function foreignEnvironment({ manifest }: VerifiedSet, environment: string): string[] {
  if (manifest === undefined) return ['! it has no manifest: nothing is recorded to compare the result with'];
  const parts = [];
  if (manifest.environment !== environment) {
    parts.push(`! it was taken in the environment "${manifest.environment}"; this one is "${environment}"`);
  }
  if (manifest.failed.length > 0) parts.push(`! it lacks ${wordCount(manifest.failed.length, 'source')} that failed`);
  return parts;
}

const RESULT_COLUMNS = [
  { head: 'SOURCE' },
  { head: 'TOOK', align: 'right' },
  { head: 'FOUND' },
  { head: 'STATE' },
] as const;

/** Prints how each source ended. Exit code 0, 1 when one failed, 5 when data differs. */
export function printRestoreResult(
  set: VerifiedSet,
  outcomes: readonly RestoreOutcome[],
  { screen, context }: Workbench,
): number {
  screen.settle();
  const lines = ['', ...layTable(RESULT_COLUMNS, outcomes.map(resultRow)), '', ...outcomes.flatMap(differenceLines)];
  const failed = outcomes.filter(({ state }) => state === 'failed' || state === 'untouched');
  const different = outcomes.filter(({ state }) => state === 'different');
  screen.print(...lines, verdict(set.name, outcomes, failed.length, different.length));
  screen.printJson({ set: set.name, sources: outcomes.map(forJson) });
  for (const { failure } of outcomes) if (failure && !screen.json) screen.remark(wordFailure(failure));
  if (context.signal.aborted) throw context.signal.reason;
  if (failed.length > 0) return EXIT.failed;
  return different.length > 0 ? EXIT.unproven : EXIT.done;
}

function resultRow({ item: { item }, state, report, milliseconds }: RestoreOutcome): string[] {
  const took = state === 'untouched' ? '-' : wordDuration(milliseconds);
  return [
    item.label,
    took,
    report ? wordHeld(item.source, report.objects, report.rows) : '-',
    wordState(state, report?.compared),
  ];
}

function wordState(state: RestoreOutcome['state'], compared: boolean | undefined): string {
  if (state === 'restored') return compared ? 'restored, as recorded' : 'restored, nothing recorded to compare';
  return { different: 'DIFFERENT', failed: 'FAILED', untouched: 'not touched' }[state];
}

function differenceLines({ item: { item }, report }: RestoreOutcome): string[] {
  const differences = report?.differences ?? [];
  const lines = differences.map(
    ({ name, expected, found }) => `! ${item.label}: ${name}: found ${found}, expected ${expected}`,
  );
  return [...lines, ...(report?.notes ?? []).map((note) => `  note: ${item.label}: ${note}`)];
}

function verdict(name: string, outcomes: readonly RestoreOutcome[], failed: number, different: number): string {
  if (failed > 0)
    return `set ${name} was NOT restored whole: ${wordCount(failed, 'source')} of ${outcomes.length} failed or not touched`;
  if (different > 0)
    return `set ${name} was restored, but ${wordCount(different, 'source')} of ${outcomes.length} DIFFER from what was recorded`;
  return `set ${name} is restored: ${wordCount(outcomes.length, 'source')}`;
}

function forJson({ item: { item, to }, state, report, failure, milliseconds }: RestoreOutcome): unknown {
  return {
    source: item.label,
    server: to.address.label,
    target: item.target,
    state,
    seconds: milliseconds / 1000,
    report,
    error: failure && explain(failure),
  };
}
