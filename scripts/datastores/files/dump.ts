import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import { bytesOf } from '../archive/entry.ts';
import { Tally } from '../archive/tally.ts';
import { writeArchive } from '../archive/write.ts';
import type { ArtifactSink, DumpFacts, FileSource, FolderSource } from '../datastore.ts';
import { parallelGzip } from '../mongodb/gzip.ts';
import { SMALL } from '../tree/fingerprint.ts';
import { excluder } from '../tree/globs.ts';
import { DumpLog } from '../tree/log.ts';
import { walk } from '../tree/walk.ts';
import { placeOf } from './place.ts';
import { archiveName } from './recognize.ts';

/** Archives a folder, or a file alone. Throws a Failure, and the errno error of what cannot be read. */
export async function dumpFolder(
  source: FolderSource,
  sources: readonly FileSource[],
  sink: ArtifactSink,
  { signal }: Context,
): Promise<DumpFacts> {
  const { live, linkedFrom, exists } = await placeOf(source.path, sources);
  if (!exists) throw missing(source);
  const form = await formOf(live);
  const [tally, log] = [new Tally(), new DumpLog()];
  const walked = walk(Buffer.from(live), {
    signal,
    readUpTo: SMALL,
    isExcluded: excluder(source.exclude.map(bytesOf)),
    onExcluded: (path) => log.excluded.add(path),
    onVanished: (path) => log.vanished.add(path),
    onSkipped: (path, what) => log.skipped.add(`${path} (${what})`),
  });
  const notes = {
    vanished: (path: string) => log.vanished.add(path),
    changed: (path: string, isTorn: boolean) => (isTorn ? log.torn : log.again).add(path),
  };
  const bytes = writeArchive(walked, { tally, notes, alone: bytesOf(basename(live)) });
  await pipeline(parallelGzip(bytes), sink(archiveName(source.name), { compression: 'gzip' }), { signal });
  return {
    consistency: log.isFuzzy() ? 'fuzzy' : 'snapshot',
    fingerprint: tally.fingerprint(),
    details: {
      ...{ path: source.path, form, ...(linkedFrom === undefined ? {} : { linkedTo: live }) },
      ...tally.totals(),
      ...{ patterns: source.exclude, excluded: log.excluded.names(), excludedCount: log.excluded.count },
    },
    warnings: log.warnings(),
  };
}

/** What is archived. Throws Failure "refused" for what is neither. */
async function formOf(live: string): Promise<'folder' | 'file'> {
  const stats = await lstat(live);
  if (stats.isDirectory()) return 'folder';
  if (stats.isFile()) return 'file';
  throw new Failure('refused', { message: `${live} is neither a folder nor a file` });
}

function missing({ path, name }: FolderSource): Failure {
  const hint = 'mount or make it, or take it out of BACKUP_FILES or holdfast.yaml';
  return new Failure('not-found', { message: `there is nothing at ${path}`, source: `files/${name}`, hint });
}
