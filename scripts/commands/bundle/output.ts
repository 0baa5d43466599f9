import { randomBytes } from 'node:crypto';
import { chmod, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import { encodeFileName } from '../../common/file-name.ts';
import type { Config } from '../../config/config.ts';
import type { Manifest } from '../../sets/manifest.ts';
import { storageFailure } from '../../storage/failures.ts';
import { exists, syncFolder, writeNewFile } from '../../storage/local-files.ts';
import { isAlive } from '../restore/temporary.ts';

/** Where a bundle goes. */
export interface Target {
  /** As people see it: a path, or "-". */
  readonly path: string;
  /** Writes it whole or not at all; gives its bytes. */
  readonly write: (bundle: Readable, context: Context) => Promise<number>;
}

/** `<project>-backup-<environment>-<UTC time>.tar.gz`: what a person finds again, and no two sets of a project share. */
export function bundleNameOf({ environment, id }: Pick<Manifest, 'environment' | 'id'>, { folder }: Config): string {
  const words = [basename(folder) || 'project', 'backup', environment, id];
  return `${words.map(encodeFileName).join('-')}.tar.gz`;
}

/**
 * Judges where a bundle is to go, before anything takes long: a folder gets a file of the usual name. Throws Failure
 * "refused" for a file that is there already or a terminal, "not-found" without the folder.
 */
export async function placeOfOutput(output: string, name: string): Promise<Target> {
  if (output === '-') return standardOutput();
  const isFolder = output.endsWith('/') || (await isFolderAt(output));
  const path = isFolder ? join(output, name) : output;
  requireFree(path);
  if (!(await isFolderAt(dirname(resolve(path))))) {
    throw new Failure('not-found', { message: `there is no folder "${dirname(path)}" for "${path}"` });
  }
  return { path, write: (bundle, { signal }) => writeFileWhole(resolve(path), bundle, signal) };
}

function requireFree(path: string): void {
  if (!exists(path)) return;
  throw new Failure('refused', {
    message: `"${path}" is there already, and nothing is written over`,
    hint: 'name another file with --output, or remove it',
  });
}

async function isFolderAt(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw storageFailure(error, `cannot look at "${path}"`);
  }
}

/** Begins the ending of a bundle that is being written; the number of its process follows. */
const UNFINISHED = '.unfinished-';

/** Under another name until it is whole and on stable storage; what a killed run left beside it goes. */
async function writeFileWhole(path: string, bundle: Readable, signal: AbortSignal): Promise<number> {
  const folder = dirname(path);
  await removeStale(folder);
  const temporary = join(folder, `.holdfast-export${UNFINISHED}${process.pid}-${randomBytes(6).toString('hex')}`);
  try {
    const bytes = await writeNewFile(temporary, bundle, signal);
    await chmod(temporary, 0o600);
    requireFree(path);
    await rename(temporary, path);
    await syncFolder(folder);
    return bytes;
  } catch (error) {
    // Removed already where the writing failed; the first error is the one to tell.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw storageFailure(error, `cannot write "${path}"`);
  }
}

async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(/^\.holdfast-export\.unfinished-(\d+)-[0-9a-f]{12}$/.exec(name)?.[1]);
    // It may belong to somebody else, and is then not ours to remove.
    if (!Number.isNaN(pid) && !isAlive(pid)) await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

function standardOutput(): Target {
  if (process.stdout.isTTY) {
    throw new Failure('usage', {
      message: 'found a terminal, expected a pipe or a file at standard output',
      hint: 'holdfast export --output - | ssh server "cat > backup.tar.gz"',
    });
  }
  return { path: '-', write: writeStandardOutput };
}

async function writeStandardOutput(bundle: Readable, { signal }: Context): Promise<number> {
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(bundle, count, process.stdout, { signal, end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    throw new Failure('broken-stream', { message: 'whoever reads standard output stopped reading', cause: error });
  }
  return bytes;
}
