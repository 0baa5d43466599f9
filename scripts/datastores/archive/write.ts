import { createHash } from 'node:crypto';
import { isUnchanged, openFile } from '../tree/file.ts';
import { type Found, isGone } from '../tree/walk.ts';
import type { Entry } from './entry.ts';
import { BLOCK, encodeHeader, padding } from './header.ts';
import type { Tally } from './tally.ts';

/** What an archive is told while it is written. Paths as in {@link Entry}. */
export interface Notes {
  /** A file changed while it was read. `isTorn`: what the archive has of it may be old and new. */
  changed(path: string, isTorn: boolean): void;
  /** It was there a moment ago. */
  vanished(path: string): void;
}

/** A portion of a large file. */
const PORTION = 256 * 1024;

/**
 * The bytes of an archive of everything that a walk finds. A chunk is valid until the next one is asked for. `alone`: the
 * name of a file that was not found in a folder.
 */
export async function* writeArchive(
  walked: AsyncIterable<Found>,
  { tally, notes, alone }: { readonly tally: Tally; readonly notes: Notes; readonly alone: string },
): AsyncGenerator<Buffer, void> {
  const buffer = Buffer.allocUnsafe(PORTION);
  for await (const found of walked) {
    if (found.type === 'file' && found.read === undefined) {
      yield* large(found, { tally, notes, alone, buffer });
      continue;
    }
    yield headerOf(found, alone);
    const { read } = found;
    if (read !== undefined) {
      yield* [read.content, ZEROS.subarray(0, padding(read.content.length))];
      if (read.wasAgain) notes.changed(found.path, read.isTorn);
    }
    tally.add(found, read === undefined ? '' : createHash('sha256').update(read.content).digest('hex'));
  }
  yield ZEROS;
}

/** Two empty blocks end an archive. */
const ZEROS = Buffer.alloc(2 * BLOCK);

interface LargeOptions {
  readonly tally: Tally;
  readonly notes: Notes;
  readonly alone: string;
  readonly buffer: Buffer;
}

/**
 * A file that is not held as a whole. Its size stands before its content: one that shrinks is filled up with zeros, of
 * one that grows the beginning is taken; both are told.
 */
async function* large(found: Found, { tally, notes, alone, buffer }: LargeOptions): AsyncGenerator<Buffer, void> {
  const file = await openFile(found.from).catch((error: unknown) => {
    if (!isGone(error) || found.path === '') throw error;
    notes.vanished(found.path);
    return undefined;
  });
  if (file === undefined) return;
  try {
    const before = await file.stat();
    const { size } = before;
    const hash = createHash('sha256');
    yield headerOf({ ...found, size }, alone);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(PORTION, size - at), at);
      const portion = buffer.subarray(0, bytesRead || Math.min(PORTION, size - at));
      if (bytesRead === 0) portion.fill(0);
      hash.update(portion);
      at += portion.length;
      yield portion;
    }
    yield ZEROS.subarray(0, padding(size));
    tally.add({ ...found, size }, hash.digest('hex'));
    if (!isUnchanged(before, await file.stat())) notes.changed(found.path, true);
  } finally {
    await file.close();
  }
}

function headerOf(entry: Entry, alone: string): Buffer {
  const { path, type, target } = entry;
  const name =
    path === '' && type === 'file' ? `./${alone}` : `./${path}${type === 'folder' && path !== '' ? '/' : ''}`;
  return encodeHeader(entry, name, type === 'hard' ? `./${target}` : target);
}
