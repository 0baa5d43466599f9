import { toFailure } from '../../common/failure.ts';
import type { FileSource, PlannedSource, ServerPlan } from '../datastore.ts';
import { sizeOf } from '../tree/size.ts';
import { placeOf } from './place.ts';

/** So many entries are looked at to guess which source is the largest; more would cost the time of a walk. */
const LOOKED_AT = 10_000;

/** What can be backed up. A folder that is missing is a failure: its data is gone. */
export async function planSources(
  sources: readonly FileSource[],
  wanted: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<ServerPlan> {
  const planned: PlannedSource[] = [];
  const failed: { name: string; reason: string }[] = [];
  for (const source of sources.filter(({ name }) => wanted === undefined || wanted.includes(name))) {
    const { name } = source;
    try {
      planned.push({
        kind: 'files',
        name,
        sizeBytes: 'path' in source ? await bytesIn(source.path, sources, signal) : 0,
      });
    } catch (error) {
      signal.throwIfAborted();
      failed.push({ name, reason: toFailure(error).message });
    }
  }
  return { sources: planned, skipped: [], failed };
}

async function bytesIn(path: string, sources: readonly FileSource[], signal: AbortSignal): Promise<number> {
  const { live } = await placeOf(path, sources);
  return (await sizeOf(live, signal, LOOKED_AT)).bytes;
}
