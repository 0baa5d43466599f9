import type { RunRecord } from '../../runs/record.ts';
import { layTable } from '../../ui/table.ts';
import { wordAge, wordAgo, wordBytes, wordCount, wordDuration } from '../../ui/units.ts';
import { sinceLastGood } from '../same-work.ts';
import { newestGoodOf, type Standing } from './facts.ts';
import type { DestinationFact } from './overview.ts';
import { wordRun, wordTime } from './run-words.ts';
import type { SourceFact } from './sources.ts';
import { type Concern, verdictOf } from './verdict.ts';

/** Sizes that differ from the usual one by less than this many percent are steady. */
const STEADY = 2;

/** The verbs whose last run is told. */
export const TOLD_VERBS = ['backup', 'verify', 'drill', 'restore'] as const;

/** One sentence: "OK: ..." with what a person wants to hear, or the worst concern and how many more there are. */
export function wordVerdict(standing: Standing, concerns: readonly Concern[]): string {
  const [worst, ...more] = concerns;
  if (worst === undefined) return `OK: ${wordGood(standing)}`;
  return `${worst.level}: ${worst.text}${more.length === 0 ? '' : ` (and ${more.length} more)`}`;
}

function wordGood(standing: Standing): string {
  const { environment, rpoHours, now } = standing;
  const newest = newestGoodOf(standing);
  const when = newest === undefined ? 'never' : wordAgo(now.getTime() - newest.time.getTime());
  return `"${environment}" was backed up ${when} (RPO ${rpoHours} h); ${wordProven(standing)}`;
}

/** "proven by a restore 2 d ago". */
export function wordProven({ proof: { newest }, now }: Pick<Standing, 'proof' | 'now'>): string {
  if (newest === undefined) return 'never proven by a restore';
  return `proven by a restore ${wordAgo(now.getTime() - newest.at.getTime())}`;
}

/** How a size moved against the usual one: "new", "steady", "+12 %". */
export function wordTrend({ bytes, medianBytes, shrunk, state }: SourceFact): string {
  if (state === 'gone') return 'gone';
  if (shrunk !== undefined) return shrunk.kind === 'empty' ? 'EMPTY' : 'SHRUNK';
  if (medianBytes === undefined || medianBytes === 0) return 'new';
  const percent = Math.round((bytes / medianBytes - 1) * 100);
  if (Math.abs(percent) < STEADY) return 'steady';
  return `${percent > 0 ? '+' : '-'}${Math.abs(percent).toLocaleString('en-US')} %`;
}

/** The measured RTO against its target, in words; undefined where no drill measured one. */
export function wordRestoreTime({ proof: { lastPass }, rtoMinutes, now }: Standing): string | undefined {
  if (lastPass === undefined) return undefined;
  const { restoreMilliseconds, bytes } = lastPass.drill;
  const target = rtoMinutes === undefined ? '' : `; the RTO is ${rtoMinutes} min`;
  const when = wordAgo(now.getTime() - lastPass.at.getTime());
  return `${wordDuration(restoreMilliseconds)} for ${wordBytes(bytes)}, measured ${when}${target}`;
}

/** Everything for people: the verdict first, what to try, then sources, storages, proof, runs, and what comes next. */
export function wordStatus(standing: Standing, concerns: readonly Concern[]): string[] {
  const { sources, destinations, now, schedules } = standing;
  return [
    wordVerdict(standing, concerns),
    ...concerns.slice(1).map(({ level, text }) => `${level}: ${text}`),
    ...(sources.length === 0 ? [] : ['', ...sourceTable(sources, now)]),
    '',
    ...storageTable(destinations, now),
    '',
    ...proofLines(standing),
    ...runLines(standing),
    ...schedules.map(({ schedule, next }) => `next ${schedule.name}: ${next === undefined ? 'never' : wordTime(next)}`),
    'as the settings say; holdfast schedule status tells whether anything on this machine does it',
    ...[...new Set(concerns.map(({ mend }) => mend))].map((mend) => `try: ${mend}`),
    ...(verdictOf(concerns) === 'OK' && standing.proof.newest === undefined ? ['try: holdfast drill'] : []),
  ];
}

const SOURCE_COLUMNS = [
  { head: 'SOURCE' },
  { head: 'NEWEST SET' },
  { head: 'AGE', align: 'right' },
  { head: 'RPO', align: 'right' },
  { head: 'ROWS', align: 'right' },
  { head: 'SIZE', align: 'right' },
  { head: 'USUAL', align: 'right' },
  { head: 'TREND', align: 'right' },
  { head: 'PROOF' },
  { head: 'STATE' },
] as const;

/** How a source stands in one word; loud where it is bad. */
export function wordSourceState({ state }: SourceFact): string {
  return state === 'late' ? 'LATE' : state;
}

function sourceTable(sources: readonly SourceFact[], now: Date): string[] {
  const rows = sources.map((fact) => [
    fact.source,
    fact.set,
    wordAge(now.getTime() - fact.time.getTime()),
    fact.rpoHours === undefined ? '-' : `${fact.rpoHours} h`,
    fact.rows === undefined ? '-' : fact.rows.toLocaleString('en-US'),
    wordBytes(fact.bytes),
    fact.medianBytes === undefined ? '-' : wordBytes(fact.medianBytes),
    wordTrend(fact),
    fact.proof,
    wordSourceState(fact),
  ]);
  return layTable(SOURCE_COLUMNS, rows);
}

const STORAGE_COLUMNS = [
  { head: 'STORAGE' },
  { head: 'NEWEST GOOD SET' },
  { head: 'AGE', align: 'right' },
  { head: 'SIZE', align: 'right' },
  { head: 'PROOF' },
  { head: 'SETS', align: 'right' },
  { head: 'STATE' },
] as const;

function storageTable(destinations: readonly DestinationFact[], now: Date): string[] {
  const rows = destinations.map((fact) => storageRow(fact, now));
  return layTable(STORAGE_COLUMNS, rows);
}

/** The cells of one storage: name, newest good set, its age, size and proof, how many sets, and how it stands. */
export function storageRow({ name, newestGood, sets, late, failure }: DestinationFact, now: Date): string[] {
  if (failure !== undefined) return [name, '-', '-', '-', '-', '-', `cannot be asked: ${failure.message}`];
  if (newestGood === undefined) return [name, 'none', '-', '-', '-', String(sets), 'LATE'];
  const { set, time, bytes, proof } = newestGood;
  const age = wordAge(now.getTime() - time.getTime());
  return [name, set, age, wordBytes(bytes), proof, String(sets), late ? 'LATE' : 'ok'];
}

function proofLines(standing: Standing): string[] {
  const { proof } = standing;
  const set = proof.newest?.set === undefined ? '' : ` (set ${proof.newest.set})`;
  const target = proof.newest === undefined && !proof.isExpected ? '' : `; the target is ${proof.targetDays} d`;
  const took = wordRestoreTime(standing);
  return [`proof: ${wordProven(standing)}${set}${target}`, ...(took === undefined ? [] : [`a restore takes ${took}`])];
}

/** The last run of each verb that matters, and how many failed since the last good one. */
function runLines({ runs, now }: Standing): string[] {
  return TOLD_VERBS.flatMap((command) => {
    const own = runs.filter((run: RunRecord) => run.command === command && run.result?.outcome !== 'skipped');
    const last = own.at(-1);
    if (last === undefined) return command === 'backup' ? ['last backup run: none is recorded'] : [];
    const since = sinceLastGood(own).length;
    const bad = since > 1 ? `, ${wordCount(since, 'run')} since the last good one` : '';
    return [`last ${command} run: ${wordRun(last, now)}${bad}`];
  });
}
