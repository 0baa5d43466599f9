import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { parallelGzip } from '../mongodb/gzip.ts';
import { IndexWriter } from './index-file.ts';
import type { IndexLine } from './index-line.ts';
import { compareKeys } from './keys.ts';
import { ENDING, entryHeader, entryPadding } from './write.ts';

/** An object of an older system's backup, that lies in a file for now. */
export interface OlderObject {
  readonly key: string;
  readonly from: string;
  readonly bytes: number;
  /** Seconds since 1970, where it was told. */
  readonly mtime?: number | undefined;
}

/**
 * The two artifacts of a bucket that older scripts kept as files. The index can be read when the archive was. Such files
 * have no types; the usual ones are told by their names, as the client does that would bring them back by hand.
 */
export function olderBucket(bucket: string, objects: readonly OlderObject[]) {
  const lines: IndexLine[] = [];
  const sorted = objects.toSorted((one, other) => compareKeys(one.key, other.key));
  return {
    archive: () => Readable.from(parallelGzip(archiveOf(sorted, lines)), { objectMode: false }),
    index: () => indexOf(bucket, lines),
  };
}

async function* archiveOf(objects: readonly OlderObject[], lines: IndexLine[]): AsyncGenerator<Buffer, void> {
  for (const { key, from, bytes, mtime = 0 } of objects) {
    const place = lines.length + 1;
    const modified = new Date(mtime * 1000).toISOString();
    const hash = createHash('sha256');
    yield entryHeader(place, bytes, modified);
    for await (const chunk of createReadStream(from) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      yield chunk;
    }
    yield entryPadding(bytes);
    const type = TYPES[extname(key).toLowerCase()];
    const headers: Record<string, string> = type === undefined ? {} : { contentType: type };
    lines.push({ key, size: bytes, sha256: hash.digest('hex'), place, modified, headers, metadata: {}, tags: {} });
  }
  yield ENDING;
}

function indexOf(bucket: string, lines: readonly IndexLine[]): Readable {
  const text = new PassThrough();
  const write = async (): Promise<void> => {
    const index = new IndexWriter(text, bucket);
    for (const line of lines) await index.add(line);
    await index.end();
  };
  // Whoever reads it learns of what broke; nobody else would.
  Promise.race([write(), once(text, 'close')]).catch((error: unknown) => text.destroy(error as Error));
  return text;
}

/** Media types by the ends of names (IANA). */
const TYPES: Readonly<Record<string, string>> = {
  '.avif': 'image/avif',
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.gif': 'image/gif',
  '.html': 'text/html',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.webm': 'video/webm',
  '.webp': 'image/webp',
  '.xml': 'application/xml',
  '.zip': 'application/zip',
};
