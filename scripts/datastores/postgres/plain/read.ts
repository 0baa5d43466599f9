import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ArtifactReader, ReadReport } from '../../datastore.ts';
import { damaged } from '../archive/damaged.ts';
import { PLAIN_ENDING } from '../names.ts';
import { type PlainDump, PlainReader } from './plain-dump.ts';

/** Bytes that zlib gives out at a time. */
const OUTPUT = 256 * 1024;

/** True for SQL text as gzip: what older scripts made with `pg_dump | gzip`. */
export function isPlain({ fileName }: ArtifactReader): boolean {
  return fileName.endsWith(PLAIN_ENDING);
}

/** Reads a plain dump to its end. Throws Failure "damaged" at the first thing that pg_dump does not write. */
export async function readPlainDump(artifact: ArtifactReader, signal: AbortSignal): Promise<PlainDump> {
  const reader = new PlainReader();
  for await (const _ of checked(await artifact.open(), reader, signal));
  return reader.end();
}

/** The SQL for psql, read and judged once more on its way; breaks with Failure "damaged". */
export async function openPlain(artifact: ArtifactReader, signal: AbortSignal): Promise<Readable> {
  const reader = new PlainReader();
  const stored = await artifact.open();
  const whole = async function* (): AsyncGenerator<Buffer> {
    yield* checked(stored, reader, signal);
    reader.end();
  };
  return Readable.from(whole(), { objectMode: false });
}

async function* checked(stored: Readable, reader: PlainReader, signal: AbortSignal): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: OUTPUT });
  // The error of either end arrives at the loop below.
  pipeline(stored, gunzip, { signal }).catch((error: Error) => gunzip.destroy(error));
  try {
    for await (const chunk of gunzip) yield* reader.push(chunk as Buffer);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_'))
      throw damaged('it is not a whole gzip file: cut off, damaged, or something else', error);
    throw error;
  } finally {
    gunzip.destroy();
    stored.destroy();
  }
}

/** What reading it to its end proves. */
export async function readPlain(artifact: ArtifactReader, signal: AbortSignal): Promise<ReadReport> {
  const { rows } = await readPlainDump(artifact, signal);
  const sum = [...rows.values()].reduce((total, count) => total + count, 0);
  return { counts: Object.fromEntries(rows), summary: `SQL read to its end: ${rows.size} tables, ${sum} rows` };
}
