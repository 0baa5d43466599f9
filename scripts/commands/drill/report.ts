import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { toFailure } from '../../common/failure.ts';
import { processEnvironment } from '../../config/environment.ts';
import { wordBytes, wordDuration, wordOld } from '../../ui/units.ts';
import { logFolderOf } from '../state.ts';
import { wordHeld } from '../words.ts';
import type { Workbench } from '../workbench.ts';
import type { DrillResult } from './drill.ts';
import type { CheckOutcome, SourceDrill } from './verdict.ts';
import { wordRate, wordVerdict } from './words.ts';

/** The folder of reports, beside that of the runs. */
const FOLDER = 'drills';

/**
 * Writes the report as Markdown: beside the logs, to the file that was asked for, and to the summary of a job of GitHub
 * Actions. One that cannot be written is warned of: the verdict does not depend on it.
 */
export async function reportDrill(
  result: DrillResult,
  { run, file }: { readonly run: string; readonly file: string | undefined },
  bench: Workbench,
): Promise<void> {
  const text = `${markdownOf(result, run).join('\n')}\n`;
  const usual = join(logFolderOf(bench), FOLDER, `${run}.md`);
  const summary = processEnvironment().GITHUB_STEP_SUMMARY;
  const write = async (path: string, how: () => Promise<void>): Promise<void> => {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await how();
    } catch (error) {
      const message = `the report could not be written to "${path}": ${toFailure(error).message}`;
      bench.context.report({ kind: 'warning', message });
    }
  };
  await write(usual, () => writeFile(usual, text, { mode: 0o600 }));
  if (file !== undefined) await write(resolve(file), () => writeFile(resolve(file), text));
  if (summary) await write(summary, () => appendFile(summary, text));
  bench.screen.remark(`report: ${usual}`);
}

/** The report, line by line. */
export function markdownOf(result: DrillResult, run: string): string[] {
  const { set, storage, createdAt, sources, reasons, stray, lacking } = result;
  const age = createdAt === undefined ? 'unknown' : wordOld(Date.now() - Date.parse(createdAt));
  const checks = [...sources.flatMap((source) => source.checks), ...stray];
  return [
    `## Restore drill: ${result.verdict}`,
    ...['', plain(wordVerdict(result)), ''],
    `- set: \`${set}\`, ${age}, from storage "${plain(storage)}"; run \`${run}\``,
    `- restored in ${wordDuration(result.restoreMilliseconds)}: ${wordBytes(result.bytes)}, ${wordRate(result.bytes, result.restoreMilliseconds)}; start of the servers: ${wordDuration(result.startMilliseconds)}`,
    ...(result.proof
      ? [`- proof "${result.proof.level}" recorded in: ${result.proof.storages.join(', ') || 'no storage'}`]
      : []),
    ...reasons.map((reason) => `- **${plain(reason)}**`),
    ...lacking.map((source) => `- the set lacks ${plain(source)}`),
    ...sourceTable(sources),
    ...checkTable(checks),
    ...sources.flatMap(details),
  ];
}

function sourceTable(sources: readonly SourceDrill[]): string[] {
  if (sources.length === 0) return [];
  const rows = sources.map((source) => {
    const { label, verdict, report, milliseconds, bytes, place = '-', tools = {} } = source;
    const versions = Object.entries(tools).map(([name, version]) => `${name} ${version}`);
    return [
      label,
      verdict,
      report ? wordHeld(source, report.objects, report.rows) : '-',
      wordDuration(milliseconds),
      wordRate(bytes, milliseconds),
      [place, ...versions].join(', '),
    ];
  });
  return table(['source', 'verdict', 'compared', 'took', 'rate', 'server and tools'], rows);
}

function checkTable(checks: readonly CheckOutcome[]): string[] {
  if (checks.length === 0) return [];
  const rows = checks.map(({ name, verdict, expected, found, reason }) => [
    name,
    verdict,
    found ?? reason ?? '-',
    expected,
  ]);
  return table(['check', 'verdict', 'found', 'expected'], rows);
}

function details({ label, reasons, report }: SourceDrill): string[] {
  const notes = (report?.notes ?? []).map((note) => `- note: ${plain(note)}`);
  const lines = [...reasons.map((reason) => `- ${plain(reason)}`), ...notes];
  return lines.length === 0 ? [] : ['', `### ${plain(label)}`, '', ...lines];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lay = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return ['', lay(heads), `|${heads.map(() => ' --- |').join('')}`, ...rows.map(lay)];
}

/** Names in a database are anybody's: none of them may become markup, or end a cell. */
function plain(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, '\\$&').replace(/\s+/g, ' ');
}
