import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import type { ArtifactReader, ReadReport, StoredSource } from '../datastore.ts';
import { type BackupContent, readBackup } from './archive.ts';
import { detailsOf } from './facts.ts';
import { ENDING } from './recognize.ts';

/** Reads the archive of a source to its end. Throws Failure "damaged" at the first thing that is not as it must be. */
export async function read(source: StoredSource, context: Context): Promise<ReadReport> {
  const { manifest, bytes } = await readContent(source, context);
  return { summary: `archive read to the end: ${manifest.files.length} shards, ${bytes} bytes in them` };
}

/** What the archive of a source holds, compared with what was recorded. Throws Failure "damaged". */
export async function readContent(source: StoredSource, { signal }: Context): Promise<BackupContent> {
  const place = { source: `influxdb/${source.name}`, step: 'read' };
  try {
    signal.throwIfAborted();
    const content = await readBackup(await archiveOf(source).open());
    requireOwn(source, content);
    return content;
  } catch (error) {
    throw toFailure(error, place);
  }
}

/** The archive among the artifacts of a source. Throws Failure "damaged" when it is not there. */
export function archiveOf(source: StoredSource): ArtifactReader {
  const archive = source.artifacts.find(({ fileName }) => fileName.endsWith(ENDING));
  if (archive !== undefined) return archive;
  throw new Failure('damaged', { message: `there is no "*${ENDING}" of database "${source.name}"` });
}

function requireOwn({ name, facts }: StoredSource, { manifest: { files } }: BackupContent): void {
  const foreign = files.find(({ database }) => database !== name);
  if (foreign !== undefined) {
    const message = `the archive of database "${name}" holds a shard of "${foreign.database}"`;
    throw new Failure('damaged', { message });
  }
  if (facts === undefined) return;
  const { shards } = detailsOf(facts.details);
  if (files.length === shards) return;
  throw new Failure('damaged', { message: `the archive has ${files.length} shards, expected ${shards}` });
}
