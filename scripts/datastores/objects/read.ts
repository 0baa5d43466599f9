import { Failure } from '../../common/failure.ts';
import type { ReadReport, StoredSource } from '../datastore.ts';
import { differencesOf, wordObjects } from '../differences.ts';
import { scanSource } from './scan.ts';

/** Reads a source to its end, archive against index, and compares it with its fingerprint. Throws Failure "damaged". */
export async function read(source: StoredSource): Promise<ReadReport> {
  const tally = await scanSource(source);
  const found = tally.fingerprint();
  const [difference] = source.facts === undefined ? [] : differencesOf(source.facts.fingerprint, found, wordObjects);
  if (difference !== undefined) {
    const { name, expected, found: there } = difference;
    const message = `the archive does not hold what was recorded: in "${name}" found ${there}, expected ${expected}`;
    throw new Failure('damaged', { message, source: `objects/${source.name}` });
  }
  return { counts: found.counts, summary: `archive read against its index to the end: ${tally.objects} objects` };
}
