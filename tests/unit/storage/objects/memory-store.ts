import { addAbortSignal, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { Failure } from '../../../../scripts/common/failure.ts';
import type { ObjectStore, UnfinishedUpload } from '../../../../scripts/storage/objects/object-store.ts';

/** An object store in memory, with everything that a test wants to look at or change. */
export interface MemoryStore extends ObjectStore {
  hasConditionalWrites: boolean;
  uploadsNeedNames?: boolean;
  readonly content: Map<string, { bytes: Buffer; modified: Date }>;
  uploads: UnfinishedUpload[];
  /** Every call in order: "list a/", "put b". */
  readonly calls: string[];
  /** Thrown by the next calls that begin so. */
  readonly failures: Map<string, Failure>;
}

/** A store with nothing in it. Its answers come a moment later, as those of a real one. */
export function memoryStore({ hasConditionalWrites = true } = {}): MemoryStore {
  const content: MemoryStore['content'] = new Map();
  const calls: string[] = [];
  const failures: MemoryStore['failures'] = new Map();
  const asked = async (call: string, signal?: AbortSignal) => {
    calls.push(call);
    await setImmediate();
    signal?.throwIfAborted();
    const failure = [...failures].find(([beginning]) => call.startsWith(beginning))?.[1];
    if (failure !== undefined) throw failure;
  };
  const write = (key: string, bytes: Uint8Array) =>
    content.set(key, { bytes: Buffer.from(bytes), modified: new Date() });
  const factsOf = (key: string) => {
    const found = content.get(key);
    return found && { key, bytes: found.bytes.length, modified: found.modified };
  };
  const store: MemoryStore = {
    hasConditionalWrites,
    content,
    uploads: [],
    calls,
    failures,
    put: async (key, body, { signal } = {}) => {
      if (signal) addAbortSignal(signal, body);
      await asked(`put ${key}`, signal);
      const bytes = await buffer(body);
      write(key, bytes);
      return { bytes: bytes.length };
    },
    putIfAbsent: async (key, body, { signal } = {}) => {
      await asked(`putIfAbsent ${key}`, signal);
      // The looking and the writing are one step only where the store can do so.
      const isTaken = content.has(key);
      if (!store.hasConditionalWrites) await setImmediate();
      if (!isTaken) write(key, body);
      return !isTaken;
    },
    replace: async (key, body, { signal } = {}) => {
      await asked(`replace ${key}`, signal);
      write(key, body);
    },
    get: async (key, { signal } = {}) => {
      await asked(`get ${key}`, signal);
      const found = content.get(key);
      if (found === undefined) throw new Failure('not-found', { message: `there is no "${key}"` });
      return Readable.from([found.bytes]);
    },
    head: async (key, { signal } = {}) => {
      await asked(`head ${key}`, signal);
      return factsOf(key);
    },
    list: async (prefix, { delimiter, signal } = {}) => {
      await asked(`list ${prefix}`, signal);
      const keys = [...content.keys()].filter((key) => key.startsWith(prefix)).sort();
      const isDeep = (key: string) => delimiter !== undefined && key.slice(prefix.length).includes(delimiter);
      const folderOf = (key: string) => key.slice(0, key.indexOf('/', prefix.length) + 1);
      return {
        objects: keys.filter((key) => !isDeep(key)).flatMap((key) => factsOf(key) ?? []),
        prefixes: [...new Set(keys.filter(isDeep).map(folderOf))],
      };
    },
    remove: async (keys, { signal } = {}) => {
      for (const key of keys) {
        await asked(`remove ${key}`, signal);
        content.delete(key);
      }
    },
    sweepUnfinished: async (prefix, isLeftOver, { signal } = {}) => {
      await asked(`sweepUnfinished ${prefix}`, signal);
      const left = store.uploads.filter((upload) => upload.key.startsWith(prefix) && isLeftOver(upload));
      store.uploads = store.uploads.filter((upload) => !left.includes(upload));
      return left.length;
    },
  };
  return store;
}
