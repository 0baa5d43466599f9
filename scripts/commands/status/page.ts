import { createHash } from 'node:crypto';
import type { Standing } from './facts.ts';
import { historyOf } from './history.ts';
import { calendar, charts } from './page-history.ts';
import { type Html, html } from './page-html.ts';
import { STYLE } from './page-style.ts';
import { destinationTable, runTable, sourceTable, wordMinute } from './page-tables.ts';
import { targets } from './page-targets.ts';
import { wordTime } from './run-words.ts';
import { type Concern, verdictOf } from './verdict.ts';
import { wordVerdict } from './words.ts';

/** Nothing but the style of the page itself and its icon: whatever a name of a database holds, it stays a text. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; img-src data:; base-uri 'none'; form-action 'none'`;

/** How things stand as a page of its own: no script, no request, no other file. The same facts give the same bytes. */
export function statusPage(standing: Standing, concerns: readonly Concern[]): string {
  const page = html`<!doctype html>
<html lang="en">
${head(standing, verdictOf(concerns))}
<body>
${header(standing)}
<main>
${sections(standing, concerns)}
</main>
<footer>Made by Holdfast ${standing.version}. Times without a zone are UTC.</footer>
</body>
</html>
`;
  return page.markup;
}

function head({ environment }: Standing, verdict: keyof typeof ICON_COLOURS): Html {
  return html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${verdict}: ${environment}, backups</title>
<link rel="icon" href="${iconOf(verdict)}">
<style>${{ markup: STYLE }}</style>
</head>`;
}

function sections(standing: Standing, concerns: readonly Concern[]): Html {
  const days = historyOf(standing);
  return html`${verdictSection(standing, concerns)}
${targets(standing)}
<section><h2>Sources</h2>${sourceTable(standing)}</section>
<section><h2>Storages</h2>${destinationTable(standing)}</section>
<section><h2>Sizes and durations</h2>${charts(days, standing.rtoMinutes)}</section>
<section><h2>Calendar of proofs</h2>${calendar(days)}</section>
<section><h2>Next runs</h2>${nextRuns(standing)}</section>
<section><h2>Last runs</h2>${runTable(standing)}</section>`;
}

const ICON_COLOURS = { OK: '#1f9d57', WARN: '#d99000', CRIT: '#d3382b' } as const;

function iconOf(verdict: keyof typeof ICON_COLOURS): string {
  const circle = `<circle cx="8" cy="8" r="7" fill="${ICON_COLOURS[verdict]}"/>`;
  const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${circle}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(icon)}`;
}

function header({ environment, now }: Standing): Html {
  return html`<header><h1>Backups of ${environment}</h1>
<p>How they stood on <time datetime="${now.toISOString()}">${wordMinute(now)} UTC</time>. A page does not renew itself: an old one says nothing.</p></header>`;
}

function verdictSection(standing: Standing, concerns: readonly Concern[]): Html {
  const verdict = verdictOf(concerns);
  const text = wordVerdict(standing, concerns.slice(0, 1)).slice(`${verdict}: `.length);
  const more = concerns
    .slice(1)
    .map(
      ({ level, text: words, mend }) =>
        html`<li><strong>${level}</strong> ${words}<br><span class="quiet">try: <code>${mend}</code></span></li>`,
    );
  const first = concerns[0];
  const mend = first === undefined ? html`` : html`<br><span class="quiet">try: <code>${first.mend}</code></span>`;
  return html`<section class="verdict ${verdict}"><b>${verdict}</b><p class="first">${text}${mend}</p>${more.length === 0 ? '' : html`<ul>${more}</ul>`}</section>`;
}

function nextRuns({ schedules }: Standing): Html {
  const rows = schedules.map(
    ({ schedule, next }) =>
      html`<li><strong>${schedule.name}</strong> (${schedule.does}, <code>${schedule.time.text}</code>): ${next === undefined ? 'never' : wordTime(next)}</li>`,
  );
  return html`<ul class="next">${rows}</ul><p class="note">What the settings say; <code>holdfast schedule status</code> tells what is installed.</p>`;
}
