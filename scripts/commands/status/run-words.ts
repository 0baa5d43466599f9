import type { RunRecord } from '../../runs/record.ts';
import { wordAgo, wordDuration } from '../../ui/units.ts';

/** "good, 3 h ago, took 12 s, set 2026-05-07T02-00". */
export function wordRun(run: RunRecord, now: Date): string {
  const { startedAt, finishedAt, result } = run;
  const ago = wordAgo(now.getTime() - Date.parse(startedAt));
  if (result === undefined) return `under way, began ${ago} (process ${run.pid} on ${run.host})`;
  const took = finishedAt === undefined ? '' : `, took ${wordDuration(Date.parse(finishedAt) - Date.parse(startedAt))}`;
  const set = result.set === undefined ? '' : `, set ${result.set}`;
  const why = result.error ? `: ${result.error.message.split('\n', 1)[0]}` : '';
  return `${result.outcome}, ${ago}${took}${set}${why}`;
}

/** In the machine's own zone, and in UTC as sets are named. */
export function wordTime(time: Date): string {
  const local = time.toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' });
  return `${local} (${time.toISOString().slice(0, 16)}Z)`;
}
