import { Readable } from 'node:stream';
import { checkedStream } from '../checked-stream.ts';
import { refused } from './refused.ts';
import type { ScannedBundle } from './scan.ts';
import { readTar } from './tar-reader.ts';
import { readGzip } from './whole-gzip.ts';

/** Options of {@link unpackBundle}. */
export interface UnpackOptions {
  readonly signal: AbortSignal;
  /** Where a file goes; undefined for what is passed over. */
  readonly placeOf: (path: string) => string | undefined;
  /** Stores one file; `body` breaks when its bytes are not those of the first pass. */
  readonly put: (path: string, body: Readable) => Promise<void>;
}

/**
 * The second pass over an archive: stores what the first has seen, and nothing else, in the same order. Throws Failure
 * "damaged" when the archive is not what it was a moment ago.
 */
export async function unpackBundle(
  open: () => Promise<Readable>,
  { files }: ScannedBundle,
  { signal, placeOf, put }: UnpackOptions,
): Promise<void> {
  const waiting = files.values();
  const take = (content: AsyncIterable<Buffer>) =>
    readTar(content, async (entry, body) => {
      if (entry.isFolder) return;
      const file = waiting.next().value;
      const changed = file === undefined || entry.name.replace(/^\.\//, '') !== file.path || entry.bytes !== file.bytes;
      if (changed) throw refused(entry.name, CHANGED);
      const place = placeOf(file.path);
      if (place !== undefined) await put(place, checkedStream(file, Readable.from(body, { objectMode: false })));
    });
  await readGzip(await open(), { mostRatio: Number.POSITIVE_INFINITY }, take, signal);
  const left = waiting.next().value;
  if (left !== undefined) throw refused(left.path, CHANGED);
}

const CHANGED = 'is not what it was a moment ago: somebody writes to the archive';
