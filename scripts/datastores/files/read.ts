import { Failure } from '../../common/failure.ts';
import { scanArchive } from '../archive/scan.ts';
import type { Tally } from '../archive/tally.ts';
import type { ArtifactReader, ReadReport, StoredSource } from '../datastore.ts';
import { differencesOf, wordFiles } from '../differences.ts';
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
  const [difference] = differencesOf(facts.fingerprint, tally.fingerprint(), wordFiles);
  if (difference === undefined) return;
  const { name: where, expected, found } = difference;
  const message = `the archive does not hold what was recorded: in "${where}" found ${found}, expected ${expected}`;
  throw new Failure('damaged', { message, source: `files/${name}` });
}
