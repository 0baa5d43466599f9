import { newestGoodOf, type Standing } from './facts.ts';
import { type Concern, verdictOf } from './verdict.ts';
import { wordVerdict } from './words.ts';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** Exit codes of monitoring plug-ins (Monitoring Plugins Development Guidelines, "Plugin Return Codes"). */
export const PLUGIN_EXIT = { OK: 0, WARN: 1, CRIT: 2, UNKNOWN: 3 } as const;

/**
 * What a plug-in prints: the verdict in one line with numbers behind "|", then a line for each further concern. The
 * numbers are 'label'=value[unit];warn;crit;min, as the guidelines want them; what is not known is left out.
 */
export function wordCheck(standing: Standing, concerns: readonly Concern[]): { lines: string[]; exitCode: number } {
  const more = concerns.slice(1).map(({ level, text }) => tidy(`${level}: ${text}`));
  const first = `${tidy(wordVerdict(standing, concerns))} | ${numbersOf(standing).join(' ')}`;
  return { lines: [first, ...more], exitCode: PLUGIN_EXIT[verdictOf(concerns)] };
}

/** Nothing could be found out. `reason`: never contains a secret. */
export function wordUnknown(reason: string): string {
  return tidy(`UNKNOWN: ${reason.split('\n', 1)[0]}`);
}

/** One line, without the sign that begins the numbers: names and messages come from elsewhere. */
function tidy(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').replaceAll('|', '/');
}

function numbersOf(standing: Standing): string[] {
  const { destinations, now, rpoHours, proof, rtoMinutes, unfinished } = standing;
  const newest = newestGoodOf(standing);
  const since = (time: Date, unit: number): string => ((now.getTime() - time.getTime()) / unit).toFixed(1);
  const took = proof.lastPass?.drill.restoreMilliseconds;
  const warnSeconds = rtoMinutes === undefined ? '' : String(rtoMinutes * 60);
  return [
    ...(newest === undefined ? [] : [`age_hours=${since(newest.time, HOUR)};;${rpoHours};0`]),
    ...(newest === undefined ? [] : [`size_bytes=${newest.bytes}B;;;0`]),
    ...(proof.newest === undefined ? [] : [`proof_age_days=${since(proof.newest.at, DAY)};${proof.targetDays};;0`]),
    ...(took === undefined ? [] : [`restore_seconds=${(took / 1000).toFixed(1)}s;${warnSeconds};;0`]),
    `storages_late=${destinations.filter(({ late }) => late).length};0;;0`,
    `sets_unfinished=${unfinished.filter(({ isLeft }) => isLeft).length};0;;0`,
  ];
}
