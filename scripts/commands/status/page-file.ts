import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import { Failure } from '../../common/failure.ts';
import { writeWhole } from '../../common/whole-file.ts';

/** It names databases and places: for its owner alone, until the owner says otherwise. */
const OWNER_ONLY = 0o600;

/**
 * Writes the page so that a browser sees the old one or the new one, and gives its path. A page that is there keeps its
 * rights: `chmod 644` once is enough to have a web server show it. Throws Failure "storage".
 */
export async function writeStatusPage(file: string, text: string): Promise<string> {
  const path = resolve(process.cwd(), file);
  try {
    await writeWhole(path, text, await modeOf(path));
    return path;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const hint = code === 'ENOENT' ? 'make the folder first' : undefined;
    throw new Failure('storage', { message: `the page cannot be written to "${path}"`, detail: message, hint });
  }
}

async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return OWNER_ONLY;
    throw error;
  }
}
