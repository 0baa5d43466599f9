import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Milliseconds that the system has to bring everything to its disks. */
export const SYNC_PATIENCE = 600_000;

/** A power failure after the exchange must find the files whole. Systems without `sync -f` bring everything to disk. */
export async function flush(path: string): Promise<void> {
  const run = promisify(execFile);
  const options = { timeout: SYNC_PATIENCE };
  await run('sync', ['-f', path], options).catch(() => run('sync', [], options));
}
