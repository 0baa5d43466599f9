import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '../../../common/failure.ts';
import type { ArtifactReader, ReadReport, StoredSource } from '../../datastore.ts';
import { exportName } from '../recognize.ts';
import { EXPORT } from './dump.ts';

/** The export of a source. Throws Failure "damaged" when the set has none. */
export function exportOf({ name, artifacts }: StoredSource): ArtifactReader {
  const found = artifacts.find(({ fileName }) => fileName === exportName(name));
  if (found !== undefined) return found;
  throw new Failure('damaged', { message: `the set has no ${exportName(name)}`, source: `files/${name}` });
}

/** The bytes that the command printed. What is wrong with the file ends the stream with Failure "damaged". */
export async function openExport(artifact: ArtifactReader): Promise<Readable> {
  const compressed = await artifact.open();
  const plain = createGunzip({ chunkSize: 256 * 1024 });
  compressed.on('error', (error) => plain.destroy(error));
  plain.on('close', () => compressed.destroy());
  return compressed.pipe(plain);
}

/** Reads an export to its end and compares it with its recorded sum. Throws Failure "damaged". */
export async function readExport(source: StoredSource): Promise<ReadReport> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of await openExport(exportOf(source))) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure('damaged', { message: `the export cannot be decompressed: ${(error as Error).message}` });
  }
  const [expected, found] = [source.facts?.fingerprint.sums?.[EXPORT], hash.digest('hex')];
  if (expected !== undefined && expected !== found) {
    throw new Failure('damaged', {
      message: `the export is not what was recorded: found ${found}, expected ${expected}`,
    });
  }
  return { summary: `export read to its end: ${bytes} bytes` };
}
