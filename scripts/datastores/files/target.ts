import type { FileSource } from '../datastore.ts';
import type { TargetFacts } from '../restore.ts';
import { sizeOf } from '../tree/size.ts';
import { placeOf } from './place.ts';

/** What stands where a source would be restored to. */
export async function targetFacts(
  target: string,
  sources: readonly FileSource[],
  signal: AbortSignal,
): Promise<TargetFacts> {
  const none = { name: target, exists: false, sizeBytes: 0, objects: 0, lastWrite: undefined, sessions: 0 };
  // What a command would replace cannot be looked at: it is taken for something, so that a safety backup is made.
  if (sources.some((source) => source.name === target && 'command' in source)) return { ...none, exists: true };
  const { live, exists } = await placeOf(target, sources);
  if (!exists) return none;
  const { bytes, folders, newest } = await sizeOf(live, signal);
  const lastWrite = newest === 0 ? undefined : new Date(newest);
  return { ...none, exists, sizeBytes: bytes, objects: folders, lastWrite };
}
