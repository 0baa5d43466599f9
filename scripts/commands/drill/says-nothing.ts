import type { Failure } from '../../common/failure.ts';
import { isPath } from '../bundle/given.ts';
import type { PickedSet } from '../sets/pick.ts';

/**
 * Is a failure none of the set's? No such set, or a storage that does not answer; also a set that retention removed in the middle
 * of the drill. `set`: as it was asked for; `picked` is undefined where it was not found.
 */
export async function saysNothing({ code }: Failure, picked: PickedSet | undefined, set: string): Promise<boolean> {
  if (picked === undefined) return code !== 'damaged';
  if (code === 'not-found' || code === 'unreachable' || code === 'storage' || code === 'timeout') return true;
  // What a file was unpacked to is gone by now, and no retention looks there.
  if (isPath(set)) return false;
  const { storage, context } = picked.bench;
  return (await storage.objects(picked.entry.name, { signal: context.signal })).length === 0;
}
