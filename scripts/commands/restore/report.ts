import { join } from 'node:path';
import type { Failure } from '../../common/failure.ts';
import { writeWhole } from '../../common/whole-file.ts';
import { wordDuration } from '../../ui/units.ts';
import { explain } from '../../ui/words.ts';
import { folderOf, type Journal, type JournalSource, type JournalStep } from './journal.ts';

/** Writes the report of a restore as Markdown beside its journal, which is the same for machines; gives its path. */
export async function writeReport(journal: Journal, failure: Failure | undefined): Promise<string> {
  const path = join(folderOf(journal), `${journal.stamp}.md`);
  await writeWhole(path, `${reportText(journal, failure)}\n`, 0o600);
  return path;
}

/** The report, for people. */
export function reportText(journal: Journal, failure: Failure | undefined): string {
  return [
    `# ${journal.command === 'undo' ? 'Undo of a restore' : 'Restore'} of ${journal.set}: ${journal.outcome ?? 'not ended'}`,
    '',
    `- environment ${journal.environment}, machine ${journal.host}, from storage ${journal.storage}`,
    `- began ${journal.startedAt}, ended ${journal.finishedAt ?? '-'}`,
    ...(journal.safetySet === undefined ? [] : [`- the data of before is in the set ${journal.safetySet}`]),
    ...(failure === undefined ? [] : failureLines(failure)),
    ...journal.warnings.map((warning) => `- warning: ${warning}`),
    '',
    '## Steps',
    '',
    ...table(
      ['#', 'step', 'state', 'seconds'],
      journal.steps.map((step, at) => [String(at + 1), wordStep(step), step.state, wordSeconds(step)]),
    ),
    '',
    ...journal.steps.flatMap(noteLines),
    ...journal.sources.flatMap(sourceLines),
  ].join('\n');
}

/** A step as plans and reports print it. */
export function wordStep({ source, text }: { readonly source?: string | undefined; readonly text: string }): string {
  return source === undefined ? text : `${source}: ${text}`;
}

function failureLines(failure: Failure): string[] {
  const { message, detail, stands, hint, source, step } = explain(failure);
  const place = [source, step].filter(Boolean).join(', ');
  return [
    `- **failed**: ${place ? `${place}: ` : ''}${message}`,
    ...(detail ? detail.split('\n').map((line) => `  - ${line}`) : []),
    `- now: ${stands}`,
    `- try: ${hint}`,
  ];
}

function wordSeconds({ milliseconds }: JournalStep): string {
  return milliseconds === undefined ? '-' : (milliseconds / 1000).toFixed(1);
}

function noteLines(step: JournalStep): string[] {
  const notes = [...(step.notes ?? []), ...(step.error === undefined ? [] : [`error: ${step.error}`])];
  return notes.length === 0
    ? []
    : [`${wordStep(step)} (${wordDuration(step.milliseconds ?? 0)}):`, ...notes.map((note) => `- ${note}`), ''];
}

function sourceLines(source: JournalSource): string[] {
  const names = [...new Set([...source.changes.map(({ name }) => name), ...Object.keys(source.counts ?? {})])].sort();
  if (names.length === 0) return [];
  const changes = new Map(source.changes.map((change) => [change.name, change]));
  const rows = names.map((name) => {
    const change = changes.get(name);
    const now = change?.now === undefined ? '-' : `about ${change.now}`;
    return [name, now, String(change?.recorded ?? '-'), String(source.counts?.[name] ?? '-'), change?.change ?? '-'];
  });
  const differences = (source.differences ?? []).map(
    ({ name, expected, found }) => `- DIFFERENT ${name}: found ${found}, expected ${expected}`,
  );
  return [
    `## ${source.label} -> ${source.target} on ${source.place} (${source.way}, live: ${source.standing})`,
    '',
    ...differences,
    ...table(['table or collection', 'before', 'in the set', 'after', 'what became of it'], rows),
    '',
  ];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)];
}
