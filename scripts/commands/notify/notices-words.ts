import { Failure } from '../../common/failure.ts';
import type { Notice } from '../../notify/notifier.ts';
import type { Told } from '../../notify/tell.ts';
import { shorten } from '../../notify/text.ts';
import type { RunRecord, RunResult } from '../../runs/record.ts';
import { wordBytes, wordCount, wordDuration } from '../../ui/units.ts';
import { explain } from '../../ui/words.ts';

type Words = Pick<Notice, 'title' | 'lines'> & { readonly command?: string };

/** Sources that a message lists one by one; more would bury what matters. */
const MOST_SOURCES = 20;

/** Characters of a title. */
const LONGEST_TITLE = 200;

/** A run that began. */
export function wordStart(record: RunRecord): Words {
  const { choice, schedule } = record;
  const what = choice.length === 0 ? 'everything' : choice.join(', ');
  const who = schedule === undefined ? 'somebody asked for it' : `the schedule "${schedule}" asked for it`;
  return { title: `${workName(record)} started`, lines: [`of ${what}; ${who}`] };
}

/** A run that ended. `failures`: the failed runs that it puts an end to, oldest first. */
export function wordEnd(record: RunRecord, result: RunResult, failures: readonly RunRecord[]): Words {
  const lines = [...reasonLines(record, result), ...standLines(record, result), ...recoveryLines(failures)];
  const command = commandOf(record, result);
  return { title: oneLine(titleOf(record, result, failures)), lines, ...(command && { command }) };
}

function titleOf(record: RunRecord, result: RunResult, failures: readonly RunRecord[]): string {
  const name = workName(record);
  const { outcome, error, failed, destinations, suspicions } = result;
  const first = suspicions[0];
  if (outcome === 'good' && first !== undefined) return `${name} looks wrong: ${first}${andMore(suspicions.length)}`;
  if (outcome === 'good') return `${name} is good${failures.length > 0 ? ' again' : ''}: ${wordSize(record, result)}`;
  if (outcome === 'died') return `${name} died: the run ${record.run} never said how it ended`;
  if (outcome === 'interrupted') return `${name} was interrupted: ${error?.message ?? 'it was told to stop'}`;
  const [lacking] = failed;
  if (lacking !== undefined && outcome === 'partial') {
    return `${name} lacks ${lacking.source}: ${lacking.reason}${andMore(failed.length)}`;
  }
  const away = destinations.find(({ failure }) => failure !== undefined);
  if (away !== undefined && outcome === 'partial') return `${name} did not reach ${away.name}: ${away.failure}`;
  if (error !== undefined && outcome === 'partial') return `${name}: ${error.message}`;
  return `${name} failed: ${error?.message ?? lacking?.reason ?? `exit code ${result.exitCode}`}`;
}

function andMore(count: number): string {
  return count > 1 ? `, and ${count - 1} more` : '';
}

/** A title of a mail or a bubble has one line that is not long. */
function oneLine(text: string): string {
  return shorten(text.replace(/\s*\p{Cc}+\s*/gu, ' ').trim(), LONGEST_TITLE);
}

function workName({ command, environment, choice }: RunRecord): string {
  return `${command} of ${environment}${choice.length === 0 ? '' : ` (${choice.join(', ')})`}`;
}

function wordSize(record: RunRecord, { sources, bytes }: RunResult): string {
  const took = record.finishedAt ? Date.parse(record.finishedAt) - Date.parse(record.startedAt) : undefined;
  const size = bytes === undefined ? [] : [wordBytes(bytes)];
  const parts = [wordCount(sources.length, 'source'), ...size];
  return `${parts.join(', ')}${took === undefined ? '' : ` in ${wordDuration(took)}`}`;
}

/** Lines of the far side's own words that a message repeats; the log has all of them. */
const DETAIL_LINES = 5;

function reasonLines(record: RunRecord, { error, failed, suspicions, outcome }: RunResult): string[] {
  const general = error && explain(new Failure(error.code, { message: error.message, hint: error.hint }));
  return [
    ...(error === undefined ? [] : [`reason: ${error.message}`]),
    ...(error?.detail?.trim().split('\n').slice(0, DETAIL_LINES) ?? []),
    ...failed.map(({ source, reason }) => `✗ ${source}: ${reason}`),
    ...suspicions.map((text) => `! ${text}`),
    ...(outcome === 'died' ? [`it began ${record.startedAt} on ${record.host}; nothing is known of its end`] : []),
    ...(general?.stands === undefined || outcome === 'partial' ? [] : [`now: ${general.stands}`]),
    ...(general?.hint === undefined ? [] : [`help: ${general.hint}`]),
  ];
}

function standLines({ command }: RunRecord, result: RunResult): string[] {
  const { outcome, set, proof, bytes, sources, skipped, destinations } = result;
  const nothing = command === 'backup' && outcome !== 'died' ? ['no set was made'] : [];
  const size = bytes === undefined ? '' : `, ${wordBytes(bytes)}`;
  const shown = sources.slice(0, MOST_SOURCES);
  const rest = sources.length - shown.length;
  return [
    ...(set === undefined ? nothing : [`set ${set} is ${proof ?? 'not proven'}${size}`]),
    ...shown.map(
      ({ source, bytes, milliseconds }) => `✓ ${source}: ${wordBytes(bytes)} in ${wordDuration(milliseconds)}`,
    ),
    ...(rest > 0 ? [`✓ and ${wordCount(rest, 'more source', 'more sources')}`] : []),
    ...skipped.map(({ source, reason }) => `- ${source}: ${reason}`),
    ...destinations.map(wordDestination),
  ];
}

function wordDestination({ name, location, failure, pruned }: RunResult['destinations'][number]): string {
  if (failure !== undefined) return `✗ ${name}: ${failure}`;
  const removed = pruned.length === 0 ? '' : `; ${wordCount(pruned.length, 'old set')} pruned`;
  return `✓ in ${name} (${location})${removed}`;
}

function recoveryLines(failures: readonly RunRecord[]): string[] {
  const [first] = failures;
  if (first === undefined) return [];
  return [`before: ${wordCount(failures.length, 'run')} failed, the first at ${first.startedAt}`];
}

/** What shows the most of what went wrong; nothing for what went well. */
function commandOf({ run }: RunRecord, { outcome, suspicions, error }: RunResult): string | undefined {
  if (error?.hint?.startsWith('holdfast ')) return error.hint;
  if (outcome !== 'good') return `holdfast logs ${run}`;
  return suspicions.length > 0 ? 'holdfast list' : undefined;
}

/** No good set for too long, whatever the reason: the run that should have made one was never heard of. */
export function wordLate(environment: string, ageSeconds: number | undefined, rpoSeconds: number): Words {
  const allowed = `${wordDuration(rpoSeconds * 1000)} are allowed`;
  const age = ageSeconds === undefined ? undefined : wordDuration(ageSeconds * 1000);
  const title =
    age === undefined
      ? `there is no good backup of ${environment}`
      : `the newest good backup of ${environment} is ${age} old; ${allowed}`;
  return { title, lines: [age === undefined ? allowed : 'no run since then was good'], command: 'holdfast status' };
}

/** What became of a message, for warnings: "slack: was not told: ..."; nothing for those that were told or not asked. */
export function wordUntold(told: readonly Told[]): string[] {
  return told
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ name, reason }) => `the notifier "${name}" was not told: ${reason ?? 'no reason is known'}`);
}
