import type { Fingerprint } from '../../common/kinds.ts';
import type { Difference } from '../restore.ts';

/** What differs between two trees: numbers of files, else the sum over everything. */
export function differencesOf(expected: Fingerprint, found: Fingerprint): Difference[] {
  const names = [...new Set([...Object.keys(expected.counts), ...Object.keys(found.counts)])];
  const counted = names
    .filter((name) => expected.counts[name] !== found.counts[name])
    .map((name) => ({ name, expected: wordFiles(expected.counts[name]), found: wordFiles(found.counts[name]) }));
  if (counted.length > 0) return counted;
  return Object.entries(expected.sums ?? {})
    .filter(([name, sum]) => found.sums?.[name] !== sum)
    .map(([name, sum]) => ({
      name,
      expected: `the sum ${sum}`,
      found: `the sum ${found.sums?.[name] ?? 'of nothing'}`,
    }));
}

function wordFiles(count: number | undefined): string {
  return count === undefined ? 'no such folder' : `${count} files and links`;
}
