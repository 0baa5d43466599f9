import type { Fingerprint } from '../common/kinds.ts';
import type { Difference } from './restore.ts';

/**
 * What differs between two fingerprints: the counts of what one of them has, else the sums over everything. `word` says a
 * count to people; undefined for what is not there at all.
 */
export function differencesOf(
  expected: Fingerprint,
  found: Fingerprint,
  word: (count: number | undefined) => string,
): Difference[] {
  const names = [...new Set([...Object.keys(expected.counts), ...Object.keys(found.counts)])];
  const counted = names
    .filter((name) => expected.counts[name] !== found.counts[name])
    .map((name) => ({ name, expected: word(expected.counts[name]), found: word(found.counts[name]) }));
  if (counted.length > 0) return counted;
  return Object.entries(expected.sums ?? {})
    .filter(([name, sum]) => found.sums?.[name] !== sum)
    .map(([name, sum]) => ({
      name,
      expected: `the sum ${sum}`,
      found: `the sum ${found.sums?.[name] ?? 'of nothing'}`,
    }));
}

/** Counts of files, by folder. */
export function wordFiles(count: number | undefined): string {
  return count === undefined ? 'no such folder' : `${count} files and links`;
}

/** Counts of objects, by the first part of their keys. */
export function wordObjects(count: number | undefined): string {
  return `${count ?? 0} objects`;
}
