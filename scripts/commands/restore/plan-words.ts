import { kindWords } from '../../datastores/index.ts';
import type { ObjectChange, RestoreWay } from '../../datastores/restore.ts';
import { layTable } from '../../ui/table.ts';
import { wordAgo, wordBytes, wordCount } from '../../ui/units.ts';
import { shortLabel } from '../words.ts';
import type { Workbench } from '../workbench.ts';
import { linesOf } from './carry-out.ts';
import type { JournalStep } from './journal.ts';
import { isCluster } from './plan.ts';
import type { PreparedItem } from './prepare.ts';
import { wordStep } from './report.ts';
import type { StepPlan } from './step.ts';

/** What is shown before a person says go. */
export interface ShownPlan {
  /** Lines that say what this is, where it comes from and where it goes. */
  readonly head: readonly string[];
  readonly prepared: readonly PreparedItem[];
  readonly warnings: readonly string[];
  readonly plan: StepPlan;
  /** For machines: the set, and what else belongs to the verb. */
  readonly facts: Readonly<Record<string, unknown>>;
}

const COLUMNS = [
  { head: 'SOURCE' },
  { head: 'TO' },
  { head: 'THERE NOW', align: 'right' },
  { head: 'LAST WRITE' },
  { head: 'SESSIONS', align: 'right' },
  { head: 'HOW' },
  { head: 'SERVER' },
] as const;

/** Shows what is going to be replaced, where, and by which steps. With `dryRun` this is the result. */
export function printPlan(shown: ShownPlan, dryRun: boolean, { screen }: Workbench): void {
  screen.settle();
  const { head, prepared, warnings, plan, facts } = shown;
  const steps = linesOf(plan);
  const lines = [
    ...head,
    '',
    ...(prepared.length === 0 ? [] : [...layTable(COLUMNS, prepared.map(planRow)), '']),
    ...prepared.flatMap(wordReason),
    ...prepared.flatMap((entry) => wordChanges(entry, dryRun)),
    ...warnings.map((warning) => `! ${warning}`),
    ...(prepared.length + warnings.length === 0 ? [] : ['']),
    'steps:',
    ...steps.map(wordLine),
  ];
  // On the way to a restore the plan is a remark; standard output is for results.
  if (!dryRun) {
    screen.remark(...lines, '');
    return;
  }
  screen.print(...lines, '', 'dry run: nothing was changed');
  screen.printJson({
    dryRun: true,
    ...facts,
    warnings,
    steps: steps.map(({ kind, source, text, state }) => ({ kind, source, text, state })),
    sources: prepared.map(({ item, to, facts: target, prepared: { way, reason, changes } }) => ({
      source: item.label,
      server: to.address.label,
      target,
      way,
      reason,
      changes,
    })),
  });
}

/** A line of the plan: done, or still to do. */
function wordLine(step: JournalStep, at: number): string {
  const mark = step.state === 'done' ? '✓' : ' ';
  return ` ${mark} ${String(at + 1).padStart(2)}  ${wordStep(step)}`;
}

function planRow({ item, to, facts, prepared }: PreparedItem): string[] {
  if (isCluster(item)) return [item.label, '(roles)', '-', '-', '-', WAYS.roles, shortLabel(to.address.label)];
  const now = facts.exists ? wordBytes(facts.sizeBytes) : 'new';
  const lastWrite = facts.lastWrite === undefined ? 'unknown' : wordAgo(Date.now() - facts.lastWrite.getTime());
  const how = facts.exists || prepared.way !== 'swap' ? WAYS[prepared.way] : 'made anew';
  const place = shortLabel(to.address.label);
  return [item.label, item.target, now, facts.exists ? lastWrite : '-', String(facts.sessions), how, place];
}

const WAYS: Readonly<Record<RestoreWay, string>> = {
  swap: 'beside, then swap',
  transaction: 'over it, all or nothing',
  'in-place': 'over it',
  direct: 'into it',
  roles: 'made where missing',
};

function wordReason({ item, prepared: { reason } }: PreparedItem): string[] {
  return reason === undefined ? [] : [`${item.label} is restored over the old data, not beside it: ${reason}`];
}

/** In a dry run each table or collection, else how many, and by name what goes or stays. */
function wordChanges({ item, prepared: { changes } }: PreparedItem, full: boolean): string[] {
  if (changes.length === 0) return [];
  const of = (kind: ObjectChange['change']): readonly ObjectChange[] => changes.filter(({ change }) => change === kind);
  // Of secrets each file is told: which keys change is what a person agrees to.
  const isEach = item.source.kind === 'secrets';
  const noun = isEach ? 'file' : kindWords(item.source.kind).object;
  const parts = [
    `${wordCount(of('replaced').length, noun)} replaced, ${of('added').length} added`,
    ...(of('removed').length > 0
      ? [`GONE AFTERWARDS, because the set has no such ${noun}: ${names(of('removed'))}`]
      : []),
    ...(of('left').length > 0 ? [`left as they are, not in the set: ${names(of('left'))}`] : []),
    ...(of('same').length > 0 ? [`${of('same').length} the same already`] : []),
    ...(of('kept').length > 0 ? [`left as they are, though they differ: ${names(of('kept'))}`] : []),
  ];
  return [`${item.label}: ${parts.join('; ')}`, ...(full || isEach ? changes.map(wordChange) : [])];
}

function names(changes: readonly ObjectChange[]): string {
  return changes.map(({ name }) => name).join(', ');
}

function wordChange({ name, change, now, recorded }: ObjectChange): string {
  const before = now === undefined ? '' : `about ${now.toLocaleString('en-US')} now`;
  const after = recorded === undefined ? '' : `${recorded.toLocaleString('en-US')} in the set`;
  const counts = [before, after].filter((text) => text !== '').join(', ');
  return `    ${change.padEnd(8)}  ${name}${counts === '' ? '' : `: ${counts}`}`;
}
