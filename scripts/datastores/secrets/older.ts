import process from 'node:process';
import { bytesOf, comparePaths } from '../archive/entry.ts';
import { Tally } from '../archive/tally.ts';
import { writeArchive } from '../archive/write.ts';
import { parallelGzip } from '../mongodb/gzip.ts';
import type { Found } from '../tree/walk.ts';
import { foldersAround } from './names.ts';

/** A file of an older system's backup; what is undefined was not told. */
export interface OlderFile {
  /** Where it belongs, below the folder of the settings. */
  readonly path: string;
  /** Where it lies for now. */
  readonly from: string;
  readonly bytes: number;
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Seconds since 1970. */
  readonly mtime?: number | undefined;
}

/**
 * The bytes of an archive of secrets that older scripts kept. Files keep mode and owner; folders around them, of which
 * nothing is known, are closed to others, and stay as they are where they exist.
 */
export function olderArchive(files: readonly OlderFile[]): AsyncGenerator<Buffer, void> {
  const notes = { vanished: () => undefined, changed: () => undefined };
  return parallelGzip(writeArchive(entriesOf(files), { tally: new Tally(), notes, alone: '' }));
}

/** Folders before what is in them, all in the order of an archive. */
async function* entriesOf(files: readonly OlderFile[]): AsyncGenerator<Found, void> {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const folders = new Set(files.flatMap(({ path }) => foldersAround(bytesOf(path))));
  const none = { from: Buffer.alloc(0), uid, gid, mtime: 0, size: 0, target: '' };
  const entries: Found[] = [
    ...['', ...folders].map((path): Found => ({ ...none, path, type: 'folder', mode: 0o700 })),
    ...files.map(
      (file): Found => ({
        ...{ path: bytesOf(file.path), from: Buffer.from(file.from), type: 'file', mode: file.mode ?? 0o600 },
        ...{ uid: file.uid ?? uid, gid: file.gid ?? gid, mtime: file.mtime ?? 0, size: file.bytes, target: '' },
      }),
    ),
  ];
  yield* entries.sort((one, other) => comparePaths(one.path, other.path));
}
