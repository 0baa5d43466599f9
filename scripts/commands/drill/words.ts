import type { RunResult } from '../../runs/record.ts';
import type { OpenedSet } from '../../sets/reader.ts';
import { layTable } from '../../ui/table.ts';
import { wordBytes, wordCount, wordDuration, wordOld } from '../../ui/units.ts';
import { EXIT } from '../../ui/words.ts';
import { NOTHING } from '../record.ts';
import { wordHeld } from '../words.ts';
import type { Workbench } from '../workbench.ts';
import { wordCheck } from './checks.ts';
import type { DrillResult } from './drill.ts';
import type { DrillItems } from './items.ts';
import type { SourceDrill } from './verdict.ts';

const COLUMNS = [
  { head: 'SOURCE' },
  { head: 'VERDICT' },
  { head: 'COMPARED' },
  { head: 'TOOK', align: 'right' },
  { head: 'RATE', align: 'right' },
  { head: 'SERVER' },
] as const;

/** Prints what a drill came to. Exit code 0 for PASS, 5 for anything else. */
export function printDrillResult(result: DrillResult, { screen }: Workbench): number {
  screen.settle();
  const { verdict, sources, reasons, stray, lacking, kept } = result;
  screen.print(
    ...(sources.length > 0 ? ['', ...layTable(COLUMNS, sources.map(sourceRow)), ''] : ['']),
    ...reasons.map((reason) => `! ${reason}`),
    ...sources.flatMap(sourceLines),
    ...stray.map((check) => `! ${wordCheck(check)}`),
    ...lacking.map((source) => `  note: the set lacks a source that failed when it was made: ${source}`),
    ...(kept.length > 0 ? ['left running, as asked:', ...kept.map((command) => `  ${command}`)] : []),
    wordVerdict(result),
  );
  screen.printJson(result);
  return verdict === 'PASS' ? EXIT.done : EXIT.unproven;
}

/** "PASS: set ... was restored whole in 12 s (34 MB/s)". */
export function wordVerdict({
  verdict,
  set,
  storage,
  sources,
  bytes,
  restoreMilliseconds,
  ...rest
}: DrillResult): string {
  const age = rest.createdAt === undefined ? '' : ` (${wordOld(Date.now() - Date.parse(rest.createdAt))})`;
  const what = `set ${set} of "${storage}"${age}`;
  const time = `${wordDuration(restoreMilliseconds)} for ${wordBytes(bytes)} (${wordRate(bytes, restoreMilliseconds)})`;
  if (verdict === 'PASS') {
    const proof = rest.proof?.storages.length ? `; recorded as ${rest.proof.level}` : '';
    return `PASS: ${what} was restored and compared: ${wordCount(sources.length, 'source')}, ${time}${proof}`;
  }
  const count = (wanted: string): number => sources.filter((source) => source.verdict === wanted).length;
  if (verdict === 'FAIL') {
    const failed =
      count('FAIL') > 0 ? `${wordCount(count('FAIL'), 'source')} of ${sources.length} failed` : 'see above';
    return `FAIL: ${what} cannot be relied on: ${failed}`;
  }
  const open = sources.length > 0 ? `${count('UNVERIFIABLE')} of ${wordCount(sources.length, 'source')}` : 'it';
  return `UNVERIFIABLE: ${what}: ${open} could not be tried here; nothing is known to be wrong`;
}

/** "34 MB/s". */
export function wordRate(bytes: number, milliseconds: number): string {
  return milliseconds > 0 ? `${wordBytes((bytes / milliseconds) * 1000)}/s` : '-';
}

function sourceRow(source: SourceDrill): string[] {
  const { label, verdict, report, milliseconds, bytes, place, tools } = source;
  return [
    label,
    verdict,
    report ? wordHeld(source, report.objects, report.rows) : '-',
    milliseconds > 0 ? wordDuration(milliseconds) : '-',
    milliseconds > 0 ? wordRate(bytes, milliseconds) : '-',
    place === undefined ? '-' : [place, tools?.server].filter(Boolean).join(', '),
  ];
}

function sourceLines({ label, reasons, report, verdict, checks }: SourceDrill): string[] {
  const passed = checks.filter((check) => check.verdict === 'PASS');
  return [
    ...reasons.map((reason) => `! ${label}: ${reason}`),
    ...passed.map((check) => `  ${label}: ${wordCheck(check)}`),
    ...(verdict === 'PASS' ? [] : (report?.notes ?? []).map((note) => `  note: ${label}: ${note}`)),
  ];
}

const PLAN_COLUMNS = [{ head: 'SOURCE' }, { head: 'SIZE', align: 'right' }, { head: 'WHERE' }] as const;

const IMAGE_FROM = {
  flag: '--image',
  settings: 'the settings',
  set: 'the server that was backed up',
  version: 'the version that was backed up',
  none: '',
} as const;

function wordWhere({ scratch, image, imageFrom }: DrillItems['groups'][number]): string {
  if (imageFrom === 'none') return 'a folder of its own, and removed again';
  if (scratch !== undefined) return `beside what is on ${scratch.host ?? 'the given server'}, and removed again`;
  return `a throw-away server from ${image} (by ${IMAGE_FROM[imageFrom]})`;
}

/** Prints what a drill would do. */
export function printDrillPlan(set: OpenedSet, { groups, unknown }: DrillItems, { screen, config }: Workbench): number {
  const rows = groups.flatMap((group) =>
    group.items.map(({ label, bytes }) => [label, wordBytes(bytes), wordWhere(group)]),
  );
  screen.settle();
  screen.print(
    `set ${set.name} would be restored and compared:`,
    ...['', ...layTable(PLAN_COLUMNS, rows), ''],
    ...unknown.map(({ label, reasons }) => `! ${label}: ${reasons.join('; ')}`),
    ...config.drill.checks.map(({ name, source }) => `then the check "${name}" is asked of ${source}`),
    'dry run: nothing was started',
  );
  const plan = groups.map(({ kind, name, image, imageFrom, items }) => ({
    ...{ kind, server: name, image, imageFrom },
    sources: items.map(({ label }) => label),
  }));
  screen.printJson({ dryRun: true, set: set.name, servers: plan, checks: config.drill.checks });
  return EXIT.done;
}

/** A drill as the history of runs has it. */
export function runResultOf(result: DrillResult): RunResult {
  const { verdict, set, sources, reasons, stray, bytes, restoreMilliseconds, proof } = result;
  const passed = verdict === 'PASS';
  const failed = sources
    .filter((source) => source.verdict !== 'PASS')
    .map((source) => ({ source: source.label, reason: `${source.verdict}: ${source.reasons[0] ?? ''}` }));
  const whole = reasons[0] === undefined ? [] : [{ source: set, reason: `${verdict}: ${reasons[0]}` }];
  return {
    ...NOTHING,
    outcome: passed ? 'good' : 'failed',
    exitCode: passed ? EXIT.done : EXIT.unproven,
    ...{ set, bytes, drill: { verdict, restoreMilliseconds, bytes } },
    ...(proof && { proof: proof.level }),
    sources: sources.map(({ label, bytes: own, milliseconds, report }) => ({
      ...{ source: label, bytes: own, milliseconds },
      ...(report && { rows: report.rows }),
    })),
    failed: [...whole, ...failed, ...stray.map((check) => ({ source: set, reason: wordCheck(check) }))],
  };
}
