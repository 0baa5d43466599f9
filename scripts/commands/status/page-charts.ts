import type { ProofLevel } from '../../sets/manifest.ts';
import { DAYS_SHOWN, type DayFact } from './history.ts';
import { type Html, html } from './page-html.ts';

/** One bar of a chart: a day. */
export interface Bar {
  readonly day: string;
  readonly value: number | undefined;
  /** Shown when it is pointed at. */
  readonly title: string;
  /** Something failed on that day. */
  readonly isBad?: boolean;
}

/** What {@link barChart} draws beside the bars. */
export interface ChartOptions {
  /** For those who cannot see it: what it shows, from when to when, the newest value. */
  readonly label: string;
  /** The steps that the top of the scale is chosen from, ascending. */
  readonly steps: readonly number[];
  readonly word: (value: number) => string;
  /** What no bar should be above: drawn as a line. */
  readonly limit?: number | undefined;
}

/** Height of the drawing in its own units; the browser stretches it, and the words around it keep their size. */
const HEIGHT = 100;

/** Bars over {@link DAYS_SHOWN} days, from zero. Words stand outside of the drawing, so that a phone can read them. */
export function barChart(bars: readonly Bar[], { label, steps, word, limit }: ChartOptions): Html {
  const largest = Math.max(limit ?? 0, ...bars.map(({ value }) => value ?? 0));
  const top = steps.find((step) => step >= largest) ?? largest;
  const days = [0, 0.5, 1].map((share) => bars[Math.round(share * (bars.length - 1))]?.day ?? '');
  return html`<div class="chart">
<div class="scale" aria-hidden="true"><span>${word(top)}</span><span>${word(top / 2)}</span><span>0</span></div>
<svg role="img" aria-label="${label}" viewBox="0 0 ${DAYS_SHOWN} ${HEIGHT}" preserveAspectRatio="none">
<path class="grid" d="M0 0.5H${DAYS_SHOWN}M0 50H${DAYS_SHOWN}M0 99.5H${DAYS_SHOWN}"/>
${bars.map((bar, index) => drawBar(bar, index, top))}
${limit === undefined ? '' : html`<path class="limit" d="M0 ${round(HEIGHT - (limit / top) * HEIGHT)}H${DAYS_SHOWN}"/>`}
</svg>
<div class="days" aria-hidden="true">${days.map((day) => html`<span>${day}</span>`)}</div>
</div>`;
}

function drawBar({ value, title, isBad }: Bar, index: number, top: number): Html {
  const height = value === undefined || top === 0 ? 0 : Math.max(1.5, (value / top) * HEIGHT);
  const bar = html`<rect class="bar" x="${index + 0.1}" y="${round(HEIGHT - height)}" width="0.8" height="${round(height)}"/>`;
  const bad = html`<rect class="bad" x="${index + 0.1}" y="${HEIGHT - 6}" width="0.8" height="6"/>`;
  const field = html`<rect class="field" x="${index}" y="0" width="1" height="${HEIGHT}"/>`;
  if (height === 0 && !isBad) return html``;
  return html`<g><title>${title}</title>${height > 0 ? bar : ''}${isBad ? bad : ''}${field}</g>`;
}

/** How much of what is allowed is used up. `share`: 1 is all of it; undefined: there is no target. */
export function meter(share: number | undefined, label: string): Html {
  const width = round(Math.min(1, Math.max(0.01, share ?? 0)) * 100);
  const fill =
    share === undefined ? html`` : html`<rect class="${share > 1 ? 'over' : 'within'}" width="${width}" height="8"/>`;
  return html`<svg class="meter" role="img" aria-label="${label}" viewBox="0 0 100 8" preserveAspectRatio="none"><rect class="track" width="100" height="8"/>${fill}</svg>`;
}

/** Pixels: of a cell with the gap beside it, and of the words around the cells. */
const CELL = 19;
const SIDE = 34;
const TOP = 20;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** A cell for each day, a column for each week, Monday first. The sign in a cell says what its colour says. */
export function proofCalendar(days: readonly DayFact[], label: string): Html {
  const first = weekday(days[0]?.day ?? '');
  const columns = Math.ceil((days.length + first) / 7);
  // The name of a month may begin above the last column.
  const width = SIDE + columns * CELL + 12;
  const height = TOP + 7 * CELL;
  return html`<svg class="calendar" role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
${['Mon', 'Wed', 'Fri'].map((word, index) => html`<text x="0" y="${TOP + index * 2 * CELL + 13}">${word}</text>`)}
${monthNames(days, first)}
${days.map((day, index) => calendarCell(day, Math.floor((index + first) / 7), (index + first) % 7))}
</svg>`;
}

/** Above the first whole week of each month. */
function monthNames(days: readonly DayFact[], first: number): Html[] {
  return days.flatMap(({ day }, index) => {
    const isFirstOfMonth = day.endsWith('-01');
    if (!isFirstOfMonth) return [];
    const column = Math.ceil((index + first) / 7);
    return [html`<text x="${SIDE + column * CELL}" y="12">${MONTHS[Number(day.slice(5, 7)) - 1]}</text>`];
  });
}

function calendarCell({ day, level, hasFailedProof }: DayFact, column: number, row: number): Html {
  const word = hasFailedProof ? 'failed' : (level ?? 'none');
  const x = SIDE + column * CELL;
  const y = TOP + row * CELL;
  return html`<g><title>${day}: ${CELL_WORDS[word]}</title>${cellAt(word, x, y)}</g>`;
}

/** What a day of the calendar can be, in the order of the legend. */
export const CELL_WORDS: Readonly<Record<'none' | ProofLevel | 'failed', string>> = {
  none: 'nothing',
  stored: 'stored',
  intact: 'intact: bytes as written',
  readable: 'readable: read to the end',
  proven: 'proven by a restore',
  failed: 'a set did not pass',
};

/** A cell with its sign at a place; also for the legend. */
export function cellAt(word: keyof typeof CELL_WORDS, x: number, y: number): Html {
  const size = CELL - 3;
  const sign = SIGNS[word];
  const path = sign === undefined ? html`` : html`<path class="sign" transform="translate(${x} ${y})" d="${sign}"/>`;
  return html`<rect class="cell ${word}" x="${x}" y="${y}" width="${size}" height="${size}" rx="3"/>${path}`;
}

const SIGNS: Readonly<Partial<Record<keyof typeof CELL_WORDS, string>>> = {
  proven: 'M4 8.5l3 3l5.5-6.5',
  failed: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
};

/** 0 for Monday. */
function weekday(day: string): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
