import { Failure } from '../../common/failure.ts';
import type { Fingerprint } from '../../common/kinds.ts';
import { scanArchive } from '../archive/scan.ts';
import type { Tally } from '../archive/tally.ts';
import type { ArtifactReader, ReadReport, StoredSource } from '../datastore.ts';
import type { Difference } from '../restore.ts';
import { readExport } from './command/read.ts';
import { archiveName } from './recognize.ts';

/** The archive of a source. Throws Failure "damaged" when the set has none. */
export function archiveOf({ name, artifacts }: StoredSource): ArtifactReader {
  const found = artifacts.find(({ fileName }) => fileName === archiveName(name));
  if (found !== undefined) return found;
  throw new Failure('damaged', { message: `the set has no ${archiveName(name)}`, source: `files/${name}` });
}

/** True for a source that an export command made. */
export function isExport({ artifacts }: StoredSource): boolean {
  return artifacts.some(({ fileName }) => fileName.endsWith('.export.gz'));
}

/** Reads a source to its end and compares it with its fingerprint. Throws Failure "damaged". */
export async function read(source: StoredSource): Promise<ReadReport> {
  if (isExport(source)) return await readExport(source);
  const tally = await scanArchive(await archiveOf(source).open());
  const { files, folders, links } = tally.totals();
  requireSame(tally, source);
  const { counts } = tally.fingerprint();
  return { counts, summary: `archive read to its end: ${files} files, ${folders} folders, ${links} links` };
}

function requireSame(tally: Tally, { facts, name }: StoredSource): void {
  if (facts === undefined) return;
  const [difference] = differencesOf(facts.fingerprint, tally.fingerprint());
  if (difference === undefined) return;
  const { name: where, expected, found } = difference;
  const message = `the archive does not hold what was recorded: in "${where}" found ${found}, expected ${expected}`;
  throw new Failure('damaged', { message, source: `files/${name}` });
}

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
