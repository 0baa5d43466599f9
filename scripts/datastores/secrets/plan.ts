import { lstat } from 'node:fs/promises';
import { toFailure } from '../../common/failure.ts';
import type { SecretsSource, ServerPlan } from '../datastore.ts';
import { sizeOf } from '../tree/size.ts';
import { SOURCE } from './names.ts';
import { rootsOf } from './roots.ts';

/** The one source, or why it cannot be backed up. */
export async function planSecrets(source: SecretsSource, signal: AbortSignal): Promise<ServerPlan> {
  if (source.paths.length === 0) return { sources: [], skipped: [], failed: [] };
  try {
    const sizeBytes = await bytesOfAll(source, signal);
    return { sources: [{ kind: 'secrets', name: SOURCE, sizeBytes }], skipped: [], failed: [] };
  } catch (error) {
    signal.throwIfAborted();
    const { message, hint } = toFailure(error);
    const reason = hint === undefined ? message : `${message}; try: ${hint}`;
    return { sources: [], skipped: [], failed: [{ name: SOURCE, reason }] };
  }
}

/** Bytes of everything that is named. Throws as `rootsOf`. */
export async function bytesOfAll(source: SecretsSource, signal: AbortSignal): Promise<number> {
  let sum = 0;
  for (const { path } of await rootsOf(source)) {
    const stats = await lstat(Buffer.from(path, 'latin1'));
    sum += stats.isDirectory() ? (await sizeOf(Buffer.from(path, 'latin1'), signal)).bytes : stats.size;
  }
  return sum;
}
