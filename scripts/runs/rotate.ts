import { copyFile, rename, stat, truncate } from 'node:fs/promises';

/** Bytes of a log that is rotated when the next run begins, and how many old ones are kept. */
const LARGEST = 1024 * 1024;
const KEPT = 3;

/**
 * Makes a log that has grown large the first of its old ones ("backup.log.1"), and the others one older. Schedulers hold
 * the file open and append to it, so it is copied and emptied and not renamed. Throws errno errors; none when there is
 * no log.
 */
export async function rotateLog(path: string, { largest = LARGEST, kept = KEPT } = {}): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return 0;
      throw error;
    },
  );
  if (size <= largest) return;
  for (let number = kept - 1; number >= 1; number -= 1)
    await renameIfThere(`${path}.${number}`, `${path}.${number + 1}`);
  await copyFile(path, `${path}.1`);
  await truncate(path);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
