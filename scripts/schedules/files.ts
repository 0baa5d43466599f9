import { mkdir, readdir, readFile, rmdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toFailure } from '../common/failure.ts';
import { writeWhole as writeFileWhole } from '../common/whole-file.ts';

/** Codes that mean "there is no such file". */
const MISSING = new Set(['ENOENT', 'ENOTDIR']);

/** The text of a file; undefined when there is none. Throws Failure "denied" and the like. */
export async function readOrNothing(path: string): Promise<string | undefined> {
  return await unlessMissing(readFile(path, 'utf8'));
}

/** Names in a folder, sorted; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  return ((await unlessMissing(readdir(folder))) ?? []).sort();
}

/**
 * Writes a file whole or not at all: a scheduler that looks at the wrong moment must not read half a job. Its folder is
 * made when it is missing. Throws Failures.
 */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await writeFileWhole(path, text, mode);
  } catch (error) {
    throw toFailure(error, { step: `write "${path}"` });
  }
}

/** Removes a file; answers false when there was none. */
export async function removeFile(path: string): Promise<boolean> {
  return (await unlessMissing(unlink(path).then(() => true))) ?? false;
}

/** Removes folders that are empty, in the given order; others stay. */
export async function removeEmpty(...folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    // Not empty, not there, or not ours to remove: it stays, and does no harm.
    await rmdir(folder).catch(() => undefined);
  }
}

async function unlessMissing<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (MISSING.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw toFailure(error);
  }
}
