import { chmod, rm } from 'node:fs/promises';
import { walk } from './walk.ts';

/** Removes a folder, or a file, with all that is in it; none is fine. Throws the errno error. */
export async function removeTree(path: string, signal: AbortSignal): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    // A folder may have been backed up that not even its owner may write to.
    for await (const { type, from, mode } of walk(Buffer.from(path), { signal })) {
      if (type === 'folder') await chmod(from, mode | 0o700);
    }
    await rm(path, { recursive: true, force: true });
  }
}
