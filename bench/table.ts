import type { Comparison } from './rounds.ts';

/** One measured claim. */
export interface Line {
  readonly claim: string;
  readonly ours: string;
  readonly other: string;
  readonly value: string;
  /** Lowest and highest of the rounds, or nothing. */
  readonly spread: string;
  /** As the issue sets it; empty where it sets none. */
  readonly limit: string;
  /** Undefined where there is no limit. */
  readonly kept: boolean | undefined;
}

/** A comparison of wall times as a line; without `limit` it is only told. */
export function ratioLine(claim: string, found: Comparison, limit?: number): Line {
  return {
    claim,
    ours: wordSeconds(found.ours),
    other: wordSeconds(found.other),
    value: `${found.ratio.toFixed(2)}x`,
    spread: `${found.lowest.toFixed(2)}-${found.highest.toFixed(2)}`,
    limit: limit === undefined ? '' : `<= ${limit}x`,
    kept: limit === undefined ? undefined : found.ratio <= limit,
  };
}

/** A peak of memory as a line; `others` are the container clients and database tools, which do not count. */
export function memoryLine(claim: string, peaks: { own: number; others: number }, limitBytes: number): Line {
  return {
    claim,
    ours: wordMebibytes(peaks.own),
    other: wordMebibytes(peaks.others),
    value: wordMebibytes(peaks.own),
    spread: '',
    limit: `<= ${wordMebibytes(limitBytes)}`,
    kept: peaks.own <= limitBytes,
  };
}

/** The table that the bench ends with. */
export function layTable(lines: readonly Line[]): string {
  const head = ['', 'ours', 'other', 'ours/other', 'spread', 'limit', ''];
  const verdicts = new Map([
    [true, 'kept'],
    [false, 'MISSED'],
  ]);
  const rows = lines.map((line) => [
    line.claim,
    line.ours,
    line.other,
    line.value,
    line.spread,
    line.limit,
    line.kept === undefined ? '' : (verdicts.get(line.kept) ?? ''),
  ]);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 || column === 6 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return all.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

function wordSeconds(seconds: number): string {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`;
}

function wordMebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
