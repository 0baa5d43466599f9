/**
 * What is slow to make is made once and kept in ~/.cache/holdfast/stack, under a name that
 * holds a hash of its recipe: a changed recipe is another name, so nothing ever goes stale.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The cache folder. HOLDFAST_STACK_CACHE moves it. */
export const cacheFolder = process.env.HOLDFAST_STACK_CACHE ?? join(homedir(), '.cache', 'holdfast', 'stack');

/** A short name for a recipe: the first 12 hex digits of the sha256 over its parts. */
export function recipeHash(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

/**
 * Gives the path of a folder in the cache, made by `make` when it is not there yet.
 * `make` fills a ".partial" folder; only the rename makes it visible, so a run that
 * was killed leaves nothing that looks finished.
 */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const target = join(cacheFolder, name);
  if (existsSync(target)) return target;
  await withLock(name, async () => {
    if (existsSync(target)) return;
    const partial = `${target}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    await make(partial);
    await rename(partial, target);
  });
  return target;
}

/**
 * Runs `work` while no other process on this machine runs it under the same name.
 *
 * The lock is held by a `flock` child that reads from us: when this process dies, in whatever
 * way, the pipe closes and the lock is free. There is no pid to check and nothing to clean up.
 * Where there is no flock (macOS), nothing is built from packages either, and no lock is needed.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = join(cacheFolder, 'locks');
  await mkdir(locks, { recursive: true });
  const release = await hold(join(locks, name.replaceAll('/', '-')));
  try {
    return await work();
  } finally {
    release();
  }
}

function hold(file: string): Promise<() => void> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; cat >/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
  holder.stdin.on('error', () => {});
  const release = () => holder.stdin.end();
  return new Promise((resolve, reject) => {
    holder.stdout.once('data', () => resolve(release));
    holder.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? resolve(() => {}) : reject(error),
    );
    holder.once('exit', (code) => reject(new Error(`flock "${file}" ended with ${code}`)));
  });
}
