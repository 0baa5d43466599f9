import { wordAge, wordBytes, wordDuration } from '../../ui/units.ts';
import { newestGoodOf, type Standing } from './facts.ts';
import { meter } from './page-charts.ts';
import { type Html, html } from './page-html.ts';

const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** One target: what it is called, what was measured, what is allowed. */
interface Target {
  readonly name: string;
  readonly value: string;
  readonly allowed: string;
  readonly share: number | undefined;
}

/** The measured values against their targets. */
export function targets(standing: Standing): Html {
  const cards = [rpoTarget(standing), proofTarget(standing), rtoTarget(standing)].map(
    ({ name, value, allowed, share }) =>
      html`<div><h2>${name}</h2><div class="value${(share ?? 0) > 1 ? ' bad' : ''}">${value}</div>${meter(share, `${name}: ${value}, ${allowed}`)}<div class="note">${allowed}</div></div>`,
  );
  return html`<section class="targets" aria-label="Targets">${cards}</section>`;
}

function rpoTarget(standing: Standing): Target {
  const { rpoHours, now } = standing;
  const newest = newestGoodOf(standing);
  const name = 'Age of the newest good set (RPO)';
  const allowed = `${rpoHours} h allowed`;
  if (newest === undefined) return { name, value: 'none', allowed, share: Number.POSITIVE_INFINITY };
  const age = now.getTime() - newest.time.getTime();
  return { name, value: wordAge(age), allowed, share: age / (rpoHours * HOUR) };
}

function proofTarget({ proof: { newest, targetDays, isExpected }, now }: Standing): Target {
  const name = 'Last proof by a restore';
  const allowed = `${targetDays} d allowed`;
  if (newest === undefined) {
    if (isExpected) return { name, value: 'never', allowed, share: Number.POSITIVE_INFINITY };
    return { name, value: 'never', allowed: 'holdfast drill restores a set and compares it', share: undefined };
  }
  const age = now.getTime() - newest.at.getTime();
  return { name, value: age < MINUTE ? 'just now' : `${wordAge(age)} ago`, allowed, share: age / (targetDays * DAY) };
}

function rtoTarget({ proof: { lastPass }, rtoMinutes }: Standing): Target {
  const name = 'Measured time of a restore (RTO)';
  const target = rtoMinutes === undefined ? 'no target: BACKUP_RTO_MINUTES sets one' : `${rtoMinutes} min allowed`;
  if (lastPass === undefined) return { name, value: 'not measured', allowed: target, share: undefined };
  const { restoreMilliseconds, bytes } = lastPass.drill;
  const share = rtoMinutes === undefined ? undefined : restoreMilliseconds / (rtoMinutes * MINUTE);
  return {
    name,
    value: wordDuration(restoreMilliseconds),
    allowed: `${target}; it restored ${wordBytes(bytes)}`,
    share,
  };
}
