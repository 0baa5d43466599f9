import { type Patience, patiently, SHORT_PATIENCE } from '../../common/patience.ts';
import type { Storage } from '../storage.ts';

/**
 * A storage whose calls are tried again when the far side did not answer. Only those that mean the same when they are
 * done twice: a stream that was half read cannot be put again, and a name that is taken may have been taken by the very
 * call whose answer was lost, so `put`, `reserve`, `publish` and `add` are handed through as they are.
 */
export function withRetry(storage: Storage, patience: Patience = SHORT_PATIENCE): Storage {
  const again = <Result>(work: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> =>
    patiently(work, { patience, signal });
  return {
    ...storage,
    discard: (set, path, options) => again(() => storage.discard(set, path, options), options?.signal),
    get: (set, path, options) => again(() => storage.get(set, path, options), options?.signal),
    objects: (set, options) => again(() => storage.objects(set, options), options?.signal),
    entries: (options) => again(() => storage.entries(options), options?.signal),
    remove: (set, options) => again(() => storage.remove(set, options), options?.signal),
    sweep: (options) => again(() => storage.sweep(options), options?.signal),
    freeBytes: () => again(() => storage.freeBytes(), undefined),
  };
}
