import { wordBytes, wordDuration } from '../../ui/units.ts';
import type { DayFact } from './history.ts';
import { type Bar, barChart, CELL_WORDS, cellAt, proofCalendar } from './page-charts.ts';
import { type Html, html } from './page-html.ts';

/** 1, 2 and 5 in each power of ten. */
const BYTE_STEPS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

/** Seconds, minutes and hours that people count in, in milliseconds. */
const TIME_STEPS = [
  1, 2, 4, 10, 20, 30, 60, 120, 240, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400, 864_000,
].map((seconds) => seconds * 1000);

/** How large the sets were, how long the backups took, and how long restores: against the RTO where one is set. */
export function charts(days: readonly DayFact[], rtoMinutes: number | undefined): Html {
  const isSilent = ({ bytes, milliseconds, failedBackups }: DayFact): boolean =>
    bytes === undefined && milliseconds === undefined && failedBackups === 0;
  if (days.every(isSilent)) return html`<p class="note">Nothing was backed up in the last 90 days.</p>`;
  return html`<div class="charts">
<div><h3>Size of the largest set of each day</h3>${sizeChart(days)}</div>
<div><h3>Longest backup of each day <span class="quiet">(red: one failed)</span></h3>${durationChart(days)}</div>
${restoreChart(days, rtoMinutes)}
</div>`;
}

function sizeChart(days: readonly DayFact[]): Html {
  const bars = days.map(({ day, bytes }) => {
    return { value: bytes, title: `${day}: ${bytes === undefined ? 'no set' : wordBytes(bytes)}`, day };
  });
  return barChart(bars, { label: labelOf('Sizes', bars), steps: BYTE_STEPS, word: wordBytes });
}

function durationChart(days: readonly DayFact[]): Html {
  const bars = days.map(({ day, milliseconds, failedBackups }) => {
    const took = milliseconds === undefined ? 'no backup' : wordDuration(milliseconds);
    const failed = failedBackups === 0 ? '' : `, ${failedBackups} failed`;
    return { day, value: milliseconds, title: `${day}: ${took}${failed}`, isBad: failedBackups > 0 };
  });
  return barChart(bars, { label: labelOf('Durations of backups', bars), steps: TIME_STEPS, word: wordDuration });
}

function restoreChart(days: readonly DayFact[], rtoMinutes: number | undefined): Html {
  if (days.every(({ restoreMilliseconds }) => restoreMilliseconds === undefined)) return html``;
  const bars = days.map(({ day, restoreMilliseconds: value }) => {
    return { day, value, title: `${day}: ${value === undefined ? 'no drill' : wordDuration(value)}` };
  });
  const limit = rtoMinutes === undefined ? undefined : rtoMinutes * 60_000;
  const line = limit === undefined ? '' : html` <span class="quiet">(dashed: the RTO of ${rtoMinutes} min)</span>`;
  const chart = barChart(bars, {
    label: labelOf('Durations of restores', bars),
    steps: TIME_STEPS,
    word: wordDuration,
    limit,
  });
  return html`<div class="wide"><h3>Restore of each drill that passed${line}</h3>${chart}</div>`;
}

function labelOf(what: string, bars: readonly Bar[]): string {
  const newest = bars.findLast(({ value }) => value !== undefined)?.title ?? 'nothing';
  return `${what} in the last 90 days; the newest: ${newest}`;
}

/** How far sets were proven on each day. */
export function calendar(days: readonly DayFact[]): Html {
  const proven = days.filter(({ level }) => level === 'proven').length;
  const failed = days.filter(({ hasFailedProof }) => hasFailedProof).length;
  const label = `Proofs of the last 90 days: proven by a restore on ${proven} days, failed on ${failed} days`;
  const legend = (Object.keys(CELL_WORDS) as (keyof typeof CELL_WORDS)[]).map(
    (word) =>
      html`<li><svg width="16" height="16" aria-hidden="true">${cellAt(word, 0, 0)}</svg>${CELL_WORDS[word]}</li>`,
  );
  return html`<div class="pair">${proofCalendar(days, label)}<ul class="legend">${legend}</ul></div>`;
}
