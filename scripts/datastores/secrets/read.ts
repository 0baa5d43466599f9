import { Failure } from '../../common/failure.ts';
import { scanArchive } from '../archive/scan.ts';
import type { ArtifactReader, ReadReport, StoredSource } from '../datastore.ts';
import { differencesOf, wordFiles } from '../differences.ts';
import { ARCHIVE, OLDER_ARCHIVE } from './names.ts';

/** The archive of a source. Throws Failure "damaged" when the set has none. */
export function archiveOf({ name, artifacts }: StoredSource): ArtifactReader {
  const found = artifacts.find(({ fileName }) => fileName === ARCHIVE || fileName === OLDER_ARCHIVE);
  if (found !== undefined) return found;
  throw new Failure('damaged', { message: `the set has no ${ARCHIVE}`, source: `secrets/${name}` });
}

/** Reads the archive to its end and compares the numbers of files. Throws Failure "damaged". */
export async function read(source: StoredSource): Promise<ReadReport> {
  const tally = await scanArchive(await archiveOf(source).open());
  const { counts } = tally.fingerprint();
  const [difference] = source.facts === undefined ? [] : differencesOf(source.facts.fingerprint, { counts }, wordFiles);
  if (difference !== undefined) {
    const { name: where, expected, found } = difference;
    const message = `the archive does not hold what was recorded: in "${where}" found ${found}, expected ${expected}`;
    throw new Failure('damaged', { message, source: `secrets/${source.name}` });
  }
  const { files, folders, links } = tally.totals();
  return { counts, summary: `archive read to its end: ${files} files, ${folders} folders, ${links} links` };
}
