import type { RunRecord, RunResult, RunSource } from '../../runs/record.ts';
import { wordBytes, wordCount, wordDuration } from '../../ui/units.ts';

/** Good runs whose median is the usual size: a source that stays small is usual after four of them. */
export const RUNS_COMPARED = 7;

/** Something that looks wrong although nothing failed. */
export interface Suspicion {
  /**
   * "shrunk", "empty": it has far less than usual, or nothing. "skipped", "gone": it was in the last run and is not in
   * this one, with or without a reason. "late": the set before this one was too old. All but "late" are reasons to
   * prune nothing.
   */
  readonly kind: 'shrunk' | 'empty' | 'skipped' | 'gone' | 'late';
  /** Missing when it is about the run as a whole. */
  readonly source?: string;
  /** For people, on one line: "postgres/app shrank to 3 MB from 1.2 GB (...)". */
  readonly text: string;
}

/** What a run came to, as far as it can look wrong. */
export type Judged = Pick<RunResult, 'sources' | 'skipped' | 'failed'>;

/** What a run is compared with. */
export interface SuspicionOptions {
  /** From {@link sameWork}: runs of the same choice, oldest first. Those that made no set are passed over. */
  readonly earlier: readonly RunRecord[];
  /** BACKUP_SHRINK_PERCENT. */
  readonly shrinkPercent: number;
  /** When this run began. */
  readonly startedAt: Date;
  /** Seconds that the newest good set may be old; undefined: nothing is late. */
  readonly rpoSeconds?: number | undefined;
}

/** What looks wrong in a run, compared with those before it; sources in their order. Changes nothing. */
export function suspicionsOf(current: Judged, options: SuspicionOptions): Suspicion[] {
  const made = options.earlier.flatMap(({ result }) => (result && madeSet(result) ? [result] : []));
  const last = made.at(-1);
  return [
    ...current.sources.flatMap((source) => sizeSuspicions(source, made, options.shrinkPercent)),
    ...(last === undefined ? [] : absences(current, last)),
    ...lateness(options),
  ];
}

function madeSet({ outcome }: RunResult): boolean {
  return outcome === 'good' || outcome === 'partial';
}

function sizeSuspicions(source: Counted, made: readonly RunResult[], shrinkPercent: number): Suspicion[] {
  const good = made.filter(({ outcome }) => outcome === 'good');
  const before = good.flatMap(({ sources }) => sources.filter((other) => other.source === source.source));
  const found = judgeSize(source, before.slice(-RUNS_COMPARED), { shrinkPercent, one: 'good run' });
  return found === undefined ? [] : [found];
}

/** What a source holds; rows where they are counted. */
export type Counted = Pick<RunSource, 'source' | 'bytes' | 'rows'>;

/**
 * Does a source have far less than the median of those before it, or nothing? Both bytes and rows are looked at: a
 * table that was emptied may hide behind an index. `one`: what each of those is called.
 */
export function judgeSize(
  source: Counted,
  before: readonly Counted[],
  { shrinkPercent, one }: { readonly shrinkPercent: number; readonly one: string },
): Suspicion | undefined {
  const name = source.source;
  const measures = [
    { now: source.bytes, usual: medianOf(before.map(({ bytes }) => bytes)), word: wordBytes },
    { now: source.rows, usual: medianOf(before.flatMap(({ rows }) => rows ?? [])), word: wordRows },
  ];
  const since = `the usual of ${wordCount(before.length, one)}`;
  for (const { now, usual, word } of measures) {
    if (now === undefined || usual === undefined || usual === 0) continue;
    const had = `${word(usual)} (${since})`;
    if (now === 0) return { kind: 'empty', source: name, text: `${name} is empty; it had ${had}` };
    if (now >= usual * (1 - shrinkPercent / 100)) continue;
    return { kind: 'shrunk', source: name, text: `${name} shrank to ${word(now)} from ${had}` };
  }
  return undefined;
}

function wordRows(rows: number): string {
  return wordCount(rows, 'row');
}

/** The middle one; of two in the middle the smaller, so that one odd run among two does not alarm. */
export function medianOf(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}

function absences(current: Judged, last: RunResult): Suspicion[] {
  const here = new Set([...current.sources, ...current.failed].map(({ source }) => source));
  return last.sources
    .filter(({ source }) => !here.has(source))
    .map(({ source }): Suspicion => {
      const skipped = current.skipped.find((entry) => entry.source === source);
      if (skipped === undefined) return { kind: 'gone', source, text: `${source} was in the last set and is gone` };
      return { kind: 'skipped', source, text: `${source} was in the last set and is skipped now: ${skipped.reason}` };
    });
}

function lateness({ earlier, startedAt, rpoSeconds }: SuspicionOptions): Suspicion[] {
  const good = earlier.findLast(({ result }) => result?.outcome === 'good');
  const age = good === undefined ? 0 : startedAt.getTime() - Date.parse(good.startedAt);
  if (rpoSeconds === undefined || age <= rpoSeconds * 1000) return [];
  const allowed = wordDuration(rpoSeconds * 1000);
  return [{ kind: 'late', text: `the good set before this one was ${wordDuration(age)} old; ${allowed} are allowed` }];
}
