import type { RunRecord } from '../runs/record.ts';
import { layTable } from '../ui/table.ts';
import { wordAge, wordAgo, wordBytes, wordCount, wordDuration } from '../ui/units.ts';
import { EXIT, explain } from '../ui/words.ts';
import { type DestinationFact, lookOver, type Overview } from './overview.ts';
import { sinceLastGood } from './same-work.ts';
import { openWorkbench, type Room } from './workbench.ts';

/**
 * Tells how things stand: the newest good set of every storage against the RPO, the last runs, what comes next. Exit
 * code 1 when no good set is young enough anywhere, 3 when it is missing in some storage.
 */
export async function status(room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const overview = await lookOver(bench);
  const { screen } = bench;
  screen.settle();
  screen.print(...wordStatus(overview, bench.config.environment));
  screen.printJson(statusForJson(overview, bench.config.environment));
  if (overview.late) return EXIT.failed;
  return overview.destinations.some(({ late }) => late) ? EXIT.partial : EXIT.done;
}

const COLUMNS = [
  { head: 'STORAGE' },
  { head: 'NEWEST GOOD SET' },
  { head: 'AGE', align: 'right' },
  { head: 'SIZE', align: 'right' },
  { head: 'PROOF' },
  { head: 'SETS', align: 'right' },
  { head: 'STATE' },
] as const;

function wordStatus(overview: Overview, environment: string): string[] {
  const { destinations, rpoHours, late, now } = overview;
  const verdict = late
    ? `✗ "${environment}" HAS NO GOOD BACKUP younger than its RPO of ${rpoHours} h`
    : `✓ "${environment}" has a good backup younger than its RPO of ${rpoHours} h`;
  return [
    verdict,
    '',
    ...layTable(
      COLUMNS,
      destinations.map((fact) => storageRow(fact, now)),
    ),
    '',
    ...destinations.flatMap(({ name, damaged }) => damaged.map((set) => `! ${name}: the set ${set} is damaged`)),
    ...runLines(overview),
    ...overview.schedules.map(
      ({ schedule, next }) => `next ${schedule.name}: ${next === undefined ? 'never' : wordTime(next)}`,
    ),
    ...(late ? ['try: holdfast backup, then holdfast doctor'] : []),
  ];
}

function storageRow({ name, newestGood, sets, late, failure }: DestinationFact, now: Date): string[] {
  if (failure !== undefined) return [name, '-', '-', '-', '-', '-', `cannot be asked: ${failure.message}`];
  if (newestGood === undefined) return [name, 'none', '-', '-', '-', String(sets), 'LATE'];
  const { set, time, bytes, proof } = newestGood;
  return [
    name,
    set,
    wordAge(now.getTime() - time.getTime()),
    wordBytes(bytes),
    proof,
    String(sets),
    late ? 'LATE' : 'ok',
  ];
}

/** The last run of each verb that matters, and how many failed since the last good one. */
function runLines({ runs, now }: Overview): string[] {
  return (['backup', 'verify', 'restore'] as const).flatMap((command) => {
    const own = runs.filter((run) => run.command === command && run.result?.outcome !== 'skipped');
    const last = own.at(-1);
    if (last === undefined) return command === 'backup' ? ['last backup run: none is recorded'] : [];
    const since = sinceLastGood(own).length;
    const bad = since > 1 ? `, ${wordCount(since, 'run')} since the last good one` : '';
    return [`last ${command} run: ${wordRun(last, now)}${bad}`];
  });
}

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

function statusForJson(overview: Overview, environment: string): object {
  const { runs, destinations, schedules, rpoHours, late } = overview;
  return {
    environment,
    late,
    rpoHours,
    storages: destinations.map(({ failure, ...fact }) => ({ ...fact, ...(failure && { error: explain(failure) }) })),
    lastRuns: ['backup', 'verify', 'restore']
      .map((command) => runs.findLast((run) => run.command === command))
      .filter(Boolean),
    schedules: schedules.map(({ schedule, next }) => ({ name: schedule.name, time: schedule.time.text, next })),
  };
}
