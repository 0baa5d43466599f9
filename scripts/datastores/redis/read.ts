import { posix } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import type { ArtifactReader, ReadReport, StoredSource } from '../datastore.ts';
import { readLog } from './append-log.ts';
import { contentWords } from './facts.ts';
import type { RdbContent } from './rdb/content.ts';
import { readRdb } from './rdb/inspect.ts';
import { DUMP_FILE, LAYOUT_FILE, LOG_FILE } from './recognize.ts';

/**
 * Reads the RDB file of a source to its end with our own reader, and compares the keys with what was recorded. Throws
 * Failure "damaged" at the first thing that is not as it must be.
 */
export async function read(source: StoredSource, { signal }: Context): Promise<ReadReport> {
  const place = { source: `redis/${source.name}`, step: 'read' };
  try {
    const content = await readDump(source, signal);
    await readLayoutFile(source);
    const log = artifactOf(source, LOG_FILE);
    const logWords = log === undefined ? '' : `; append-only log of ${await readLog(log)} files read to the end`;
    const sum = content.hasChecksum ? 'its checksum fits' : 'it has no checksum';
    return { counts: content.counts, summary: `RDB file read to the end, ${sum}: ${contentWords(content)}${logWords}` };
  } catch (error) {
    throw toFailure(error, place);
  }
}

/** What the dump of a source holds. Throws Failure "damaged", also where other keys were recorded. */
export async function readDump(source: StoredSource, signal: AbortSignal): Promise<RdbContent> {
  const stream = await dumpOf(source).open();
  const abort = (): void => void stream.destroy(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const content = await readRdb(stream);
    requireCounts(source, content);
    return content;
  } finally {
    signal.removeEventListener('abort', abort);
    stream.destroy();
  }
}

/** The dump among the artifacts. Throws Failure "damaged" when it is not there. */
export function dumpOf(source: StoredSource): ArtifactReader {
  const found = artifactOf(source, DUMP_FILE);
  if (found !== undefined) return found;
  throw new Failure('damaged', { message: `there is no "${DUMP_FILE}" of server "${source.name}"` });
}

function artifactOf(source: StoredSource, name: string): ArtifactReader | undefined {
  return source.artifacts.find(({ fileName }) => posix.basename(fileName) === name);
}

/** Nothing is restored from it: it is for people. But it must be what it was. */
async function readLayoutFile(source: StoredSource): Promise<void> {
  const found = artifactOf(source, LAYOUT_FILE);
  if (found === undefined) return;
  const text = await found.open();
  await json(text).catch((error: unknown) => {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Failure('damaged', { message: `"${LAYOUT_FILE}" is not JSON`, detail: error.message });
  });
}

function requireCounts({ facts }: StoredSource, { counts }: RdbContent): void {
  if (facts === undefined) return;
  const recorded = facts.fingerprint.counts;
  for (const name of new Set([...Object.keys(recorded), ...Object.keys(counts)])) {
    const [wanted, found] = [recorded[name] ?? 0, counts[name] ?? 0];
    if (wanted === found) continue;
    throw new Failure('damaged', { message: `the dump has ${found} keys of "${name}", expected ${wanted}` });
  }
}
