import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import type { ArtifactReader, ReadReport, StoredSource } from '../datastore.ts';
import { damaged } from './archive/damaged.ts';
import { type ArchiveReport, readArchive } from './archive/read-archive.ts';
import { detailsOf } from './details.ts';
import { GLOBALS } from './names.ts';
import { isPlain, readPlain } from './plain/read.ts';
import { rolesOf } from './roles/globals-file.ts';
import { isComplete, readText } from './roles/globals-text.ts';

/** Reads the artifact of a source to its end and compares it with what was recorded. Throws Failure "damaged". */
export async function readSource(source: StoredSource, { signal }: Context): Promise<ReadReport> {
  const artifact = onlyArtifact(source);
  if (isPlain(artifact)) return readPlain(artifact, signal);
  return source.name === GLOBALS ? readGlobals(artifact) : readDump(source, artifact);
}

/** The one artifact of a source; a source of PostgreSQL never has another number. */
export function onlyArtifact(source: StoredSource): ArtifactReader {
  const [artifact, ...more] = source.artifacts;
  if (artifact !== undefined && more.length === 0) return artifact;
  throw new Failure('damaged', { message: `found ${source.artifacts.length} files of "${source.name}", expected 1` });
}

async function readGlobals(artifact: ArtifactReader): Promise<ReadReport> {
  const text = await readText(await artifact.open());
  if (!isComplete(text)) throw new Failure('damaged', { message: 'the dump of the roles has no end mark' });
  const roles = rolesOf(text).length;
  return { counts: { roles }, summary: `dump of the roles read to its end: ${roles} roles` };
}

async function readDump(source: StoredSource, artifact: ArtifactReader): Promise<ReadReport> {
  const report = await readArchive(await artifact.open());
  compare(source, report);
  const rows = [...report.rows.values()].reduce((sum, count) => sum + count, 0);
  const read = `archive read to its end: ${report.entries.length} entries, ${report.rows.size} tables, ${rows} rows`;
  const objects = report.largeObjects === 0 ? '' : `, ${report.largeObjects} large objects`;
  return { counts: Object.fromEntries(report.rows), summary: `${read}${objects}` };
}

/** What was recorded must be what the archive holds, and no table of the server's snapshot may be missing in it. */
function compare(source: StoredSource, report: ArchiveReport): void {
  const { archive, largeObjects } = detailsOf(source.facts);
  expectEqual('entries in its table of contents', report.entries.length, archive?.entries);
  expectEqual('large objects', report.largeObjects, largeObjects);
  if (report.header.compression === 'lz4') return;
  const missing = source.facts?.uncounted?.find((table) => !report.rows.has(table));
  if (missing !== undefined) throw damaged(`found no data of "${missing}", which the server has`);
  for (const [table, rows] of Object.entries(source.facts?.fingerprint.counts ?? {})) {
    expectEqual(`rows of "${table}"`, report.rows.get(table) ?? 0, rows);
  }
}

function expectEqual(what: string, found: number, expected: number | undefined): void {
  if (expected !== undefined && found !== expected) throw damaged(`found ${found} ${what}, expected ${expected}`);
}
