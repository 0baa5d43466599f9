import type { RunRecord, RunResult } from '../../runs/record.ts';
import { wordAge, wordBytes, wordDuration } from '../../ui/units.ts';
import type { Standing } from './facts.ts';
import type { DestinationFact } from './overview.ts';
import { type Html, html } from './page-html.ts';
import type { SourceFact } from './sources.ts';
import { wordSourceState, wordTrend } from './words.ts';

/** Runs that are listed. */
const RUNS_SHOWN = 12;

/** A cell: its text, and how it looks ("number", "time", "name", "good", "poor", "bad", "quiet"). */
interface Cell {
  readonly text: string | Html;
  readonly look?: string;
}

/** A table that becomes a list of cards where the screen is narrow: each cell knows its head. */
function table(heads: readonly Cell[], rows: readonly (readonly Cell[])[]): Html {
  const cell = ({ text, look }: Cell, index: number): Html =>
    html`<td class="${look ?? ''}" data-head="${textOf(heads[index])}"><div>${text}</div></td>`;
  return html`<table><thead><tr>${heads.map(({ text, look }) => html`<th scope="col" class="${look ?? ''}">${text}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table>`;
}

function textOf(cell: Cell | undefined): string {
  return typeof cell?.text === 'string' ? cell.text : '';
}

const NUMBER = 'number';

/** Each source: where it is, how old, how large, how far proven. */
export function sourceTable({ sources, now }: Pick<Standing, 'sources' | 'now'>): Html {
  if (sources.length === 0)
    return html`<p class="note">No set holds anything yet. The first one comes with <code>holdfast backup</code>.</p>`;
  const heads = [
    { text: 'Source' },
    { text: 'Newest set' },
    { text: 'Age', look: NUMBER },
    { text: 'RPO', look: NUMBER },
    { text: 'Rows', look: NUMBER },
    { text: 'Size', look: NUMBER },
    { text: 'Usual', look: NUMBER },
    { text: 'Trend', look: NUMBER },
    { text: 'Proof' },
    { text: 'State' },
  ];
  return table(
    heads,
    sources.map((fact) => sourceCells(fact, now)),
  );
}

function sourceCells(fact: SourceFact, now: Date): Cell[] {
  const { source, set, time, rpoHours, rows, bytes, medianBytes, shrunk, proof, state } = fact;
  return [
    { text: source, look: 'name' },
    { text: set, look: 'time' },
    { text: wordAge(now.getTime() - time.getTime()), look: state === 'late' ? `${NUMBER} bad` : NUMBER },
    { text: rpoHours === undefined ? '–' : `${rpoHours} h`, look: NUMBER },
    { text: rows === undefined ? '–' : rows.toLocaleString('en-US'), look: NUMBER },
    { text: wordBytes(bytes), look: NUMBER },
    { text: medianBytes === undefined ? '–' : wordBytes(medianBytes), look: NUMBER },
    { text: wordTrend(fact), look: `${NUMBER} ${shrunk === undefined || state === 'gone' ? 'quiet' : 'poor'}` },
    { text: proof, look: proof === 'proven' ? 'good' : '' },
    { text: wordSourceState(fact), look: state === 'late' ? 'bad' : state === 'gone' ? 'quiet' : 'good' },
  ];
}

/** Each storage: the newest good set there, and what lies there in all. */
export function destinationTable({ destinations, now }: Pick<Standing, 'destinations' | 'now'>): Html {
  const heads = [
    { text: 'Storage' },
    { text: 'Where' },
    { text: 'Newest good set' },
    { text: 'Age', look: NUMBER },
    { text: 'Proof' },
    { text: 'Sets', look: NUMBER },
    { text: 'All sets', look: NUMBER },
    { text: 'State' },
  ];
  return table(
    heads,
    destinations.map((fact) => destinationCells(fact, now)),
  );
}

function destinationCells(
  { name, location, newestGood, sets, bytes, late, failure }: DestinationFact,
  now: Date,
): Cell[] {
  const unknown = failure !== undefined;
  return [
    { text: name, look: 'name' },
    { text: location, look: 'quiet free' },
    { text: newestGood?.set ?? (unknown ? '–' : 'none'), look: 'time' },
    { text: newestGood === undefined ? '–' : wordAge(now.getTime() - newestGood.time.getTime()), look: NUMBER },
    { text: newestGood?.proof ?? '–' },
    { text: unknown ? '–' : String(sets), look: NUMBER },
    { text: unknown ? '–' : wordBytes(bytes), look: NUMBER },
    failure === undefined
      ? { text: late ? 'LATE' : 'ok', look: late ? 'poor' : 'good' }
      : { text: `cannot be asked: ${failure.message}`, look: 'poor free' },
  ];
}

/** The newest runs that did something, newest first, with what went wrong. */
export function runTable({ runs }: Pick<Standing, 'runs'>): Html {
  const shown = runs
    .filter(({ result }) => result?.outcome !== 'skipped')
    .slice(-RUNS_SHOWN)
    .reverse();
  if (shown.length === 0) return html`<p class="note">No run is recorded on this machine yet.</p>`;
  const heads = [
    { text: 'Began' },
    { text: 'Run' },
    { text: 'By' },
    { text: 'Ended' },
    { text: 'Took', look: NUMBER },
    { text: 'Set' },
    { text: 'What happened' },
  ];
  return table(heads, shown.map(runCells));
}

function runCells(run: RunRecord): Cell[] {
  const { startedAt, finishedAt, result, command, choice, schedule } = run;
  const took = finishedAt === undefined ? '–' : wordDuration(Date.parse(finishedAt) - Date.parse(startedAt));
  return [
    { text: wordMinute(new Date(startedAt)), look: 'time' },
    { text: [command, ...choice].join(' '), look: 'name' },
    { text: schedule ?? 'hand', look: 'quiet' },
    endOf(result),
    { text: took, look: NUMBER },
    { text: result?.set ?? '–', look: 'time' },
    { text: result === undefined ? '' : happened(result), look: 'free' },
  ];
}

function endOf(result: RunResult | undefined): Cell {
  if (result === undefined) return { text: 'under way', look: 'quiet' };
  const { outcome, drill } = result;
  const word = drill === undefined ? outcome : drill.verdict;
  if (word === 'good' || word === 'PASS') return { text: word, look: 'good' };
  return { text: word, look: word === 'partial' || word === 'UNVERIFIABLE' || word === 'interrupted' ? 'poor' : 'bad' };
}

function happened({ error, failed, suspicions, destinations, drill }: RunResult): Html {
  const lines = [
    ...(error === undefined ? [] : [error.message]),
    ...failed.map(({ source, reason }) => `${source}: ${reason}`),
    ...destinations.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure}`])),
    ...suspicions,
    ...(drill === undefined
      ? []
      : [`restored ${wordBytes(drill.bytes)} in ${wordDuration(drill.restoreMilliseconds)}`]),
  ];
  const said = lines.map((line) => html`<div>${line}</div>`);
  if (error?.detail === undefined) return html`${said}`;
  return html`${said}<details><summary>the system's own words</summary><pre>${error.detail}</pre></details>`;
}

/** "2026-05-07 15:36" in UTC, as sets are named. */
export function wordMinute(time: Date): string {
  return time.toISOString().slice(0, 16).replace('T', ' ');
}
