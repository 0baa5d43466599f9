import type { ConnectedClient } from '../connection/connect.ts';
import type { PostgresDetails } from '../details.ts';

/** What will matter at a restore and is not in the dump, in sentences. */
export function dumpWarnings(client: ConnectedClient, details: PostgresDetails, words: string): string[] {
  const { subscriptions, tablespaces, unlogged, extensions } = details;
  return [
    ...(client.standby ? ['dumped from a standby: a recovery conflict may end such a dump'] : []),
    ...(client.standby && unlogged.length > 0 ? [`unlogged tables have no rows on a standby: ${list(unlogged)}`] : []),
    ...(subscriptions.length > 0 ? [`subscriptions come back disabled: ${list(subscriptions)}`] : []),
    ...(tablespaces.length > 0 ? [`tablespaces must exist at the target: ${list(tablespaces)}`] : []),
    ...(extensions.some(({ name }) => name === 'timescaledb')
      ? ['timescaledb needs timescaledb_pre_restore() before and timescaledb_post_restore() after a restore']
      : []),
    ...fewWords(words),
  ];
}

/** A tool may say the same of every row; the manifest is for reading. */
const MOST_LINES = 20;
const LONGEST_LINE = 500;

/** What a program wrote, each line once, the last ones when there are many: a restore needs the gist of it. */
export function fewWords(words: string): string[] {
  const lines = [...new Set(words.split('\n').map((line) => line.trim()))].filter((line) => line !== '');
  const left = Math.max(0, lines.length - MOST_LINES);
  return [
    ...(left > 0 ? [`of what pg_dump wrote, ${left} earlier lines are left out`] : []),
    ...lines.slice(left).map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line)),
  ];
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
