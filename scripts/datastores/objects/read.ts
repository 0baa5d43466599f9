import { Failure } from '../../common/failure.ts';
import type { Fingerprint } from '../../common/kinds.ts';
import type { ReadReport, StoredSource } from '../datastore.ts';
import type { Difference } from '../restore.ts';
import { scanSource } from './scan.ts';

/** Reads a source to its end, archive against index, and compares it with its fingerprint. Throws Failure "damaged". */
export async function read(source: StoredSource): Promise<ReadReport> {
  const tally = await scanSource(source);
  const found = tally.fingerprint();
  const [difference] = source.facts === undefined ? [] : differencesOf(source.facts.fingerprint, found);
  if (difference !== undefined) {
    const { name, expected, found: there } = difference;
    const message = `the archive does not hold what was recorded: in "${name}" found ${there}, expected ${expected}`;
    throw new Failure('damaged', { message, source: `objects/${source.name}` });
  }
  return { counts: found.counts, summary: `archive read against its index to the end: ${tally.objects} objects` };
}

/** What differs between two buckets: numbers of objects by folder, else the sum over everything. */
export function differencesOf(expected: Fingerprint, found: Fingerprint): Difference[] {
  const names = [...new Set([...Object.keys(expected.counts), ...Object.keys(found.counts)])];
  const counted = names
    .filter((name) => expected.counts[name] !== found.counts[name])
    .map((name) => ({ name, expected: wordObjects(expected.counts[name]), found: wordObjects(found.counts[name]) }));
  if (counted.length > 0) return counted;
  return Object.entries(expected.sums ?? {})
    .filter(([name, sum]) => found.sums?.[name] !== sum)
    .map(([name, sum]) => ({
      name,
      expected: `the sum ${sum}`,
      found: `the sum ${found.sums?.[name] ?? 'of nothing'}`,
    }));
}

function wordObjects(count: number | undefined): string {
  return `${count ?? 0} objects`;
}
