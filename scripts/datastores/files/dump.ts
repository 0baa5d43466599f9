import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import { bytesOf, readable } from '../archive/entry.ts';
import { Tally } from '../archive/tally.ts';
import type { ArtifactSink, DumpFacts, FileSource, FolderSource } from '../datastore.ts';
import { parallelGzip } from '../mongodb/gzip.ts';
import { writeArchive } from './archive/write.ts';
import { placeOf } from './place.ts';
import { archiveName } from './recognize.ts';
import { SMALL } from './tree/fingerprint.ts';
import { excluder } from './tree/globs.ts';
import { walk } from './tree/walk.ts';

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
  const [tally, log] = [new Tally(), new Log()];
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

/** What a dump came across. */
class Log {
  readonly excluded = new Names(1000);
  readonly vanished = new Names(20);
  readonly skipped = new Names(20);
  readonly again = new Names(20);
  readonly torn = new Names(20);

  isFuzzy(): boolean {
    return this.again.count + this.torn.count + this.vanished.count > 0;
  }

  warnings(): string[] {
    return [
      this.again.told('changed while it was read, and was read again until it held still'),
      this.torn.told('changed all the while it was read: the copy may be partly old, partly new'),
      this.vanished.told('vanished while it was backed up'),
      this.skipped.told('is no file, folder or link, and is not in the backup'),
    ].filter((warning) => warning !== undefined);
  }
}

/** Some names, and how many there were: a folder of a million sockets must not fill the manifest. */
class Names {
  readonly #kept: string[] = [];
  readonly #most: number;
  count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(path: string): void {
    this.count += 1;
    if (this.#kept.length < this.#most) this.#kept.push(readable(path));
  }

  names(): readonly string[] {
    return this.#kept;
  }

  told(what: string): string | undefined {
    if (this.count === 0) return undefined;
    const more = this.count > this.#kept.length ? ` and ${this.count - this.#kept.length} more` : '';
    return `${this.#kept.map((name) => `"${name || '.'}"`).join(', ')}${more}: ${what}`;
  }
}
