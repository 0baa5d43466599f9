import { randomBytes } from 'node:crypto';
import { open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { using } from './using.ts';

/**
 * Writes a small file so that whoever reads it sees the old text or the new one: a name of its own beside the target,
 * fsync, rename. `mode` holds whatever the umask is. The folder must be there. Throws the errno error, and then leaves
 * nothing behind.
 */
export async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeSynced(temporary, text, mode);
    await rename(temporary, path);
  } catch (error) {
    // The first error is the one to tell; what cannot be removed was most likely never made.
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

async function writeSynced(path: string, text: string, mode: number): Promise<void> {
  await using(await open(path, 'wx', mode), async (file) => {
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  });
}
