import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { StoredObject } from '../storage/storage.ts';
import { decodeWithDigest, encodeWithDigest } from './digest.ts';

/** The format of the file. Whoever changes what is kept of a manifest gives it another number. */
const CACHE_SCHEMA = 'holdfast-catalog/v2';

/**
 * What an earlier list read of the small files in a storage. Manifests, proofs and pins never change once written, so a
 * file of the same path, size, time and etag needs no second look. Only for lists: whoever restores, verifies or copies
 * a set reads the real ones.
 */
export interface CatalogCache {
  /** What `read` makes of a file: remembered, or made now. It must be JSON. What `read` throws is not remembered. */
  recall<Value>(file: StoredObject, read: () => Promise<Value>): Promise<Value>;
  /** Keeps what was asked for since the cache was opened, and nothing else. Never fails. */
  save(): Promise<void>;
}

/** Remembers nothing: for storages that are read as quickly as a cache would be. */
export const NO_CACHE: CatalogCache = { recall: (_file, read) => read(), save: async () => undefined };

/** One remembered file: its facts in one text, and the value. */
type Kept = readonly [facts: string, value: unknown];

/**
 * A cache in a file of the owner alone. A file that is missing, damaged or of another version is an empty cache. Of two
 * runs that save at once one wins; the other one's next list costs what the first one did.
 */
export async function openCatalogCache(file: string): Promise<CatalogCache> {
  const before = await load(file);
  const now = new Map<string, Kept>();
  let isChanged = false;
  return {
    recall: async <Value>(object: StoredObject, read: () => Promise<Value>) => {
      const facts = factsOf(object);
      const known = before.get(object.path);
      const kept: Kept = known?.[0] === facts ? known : [facts, await read()];
      if (kept !== known) isChanged = true;
      now.set(object.path, kept);
      return kept[1] as Value;
    },
    save: async () => {
      if (isChanged || now.size !== before.size) await store(file, now);
    },
  };
}

function factsOf({ bytes, modified, etag = '' }: StoredObject): string {
  return `${bytes} ${modified.getTime()} ${etag}`;
}

async function load(file: string): Promise<ReadonlyMap<string, Kept>> {
  try {
    const found = decodeWithDigest(await readFile(file), file) as { schema?: unknown; files?: Record<string, Kept> };
    return new Map(found.schema === CACHE_SCHEMA ? Object.entries(found.files ?? {}) : []);
  } catch {
    // Whatever is wrong with it, the storage itself still has everything.
    return new Map();
  }
}

/**
 * One temporary name for all, so that runs that were killed leave one file at most. Two that write it at once may spoil
 * it: the digest tells, and the next list makes it anew. For the same reason nothing is fsynced.
 */
async function store(file: string, files: ReadonlyMap<string, Kept>): Promise<void> {
  const temporary = `${file}.new`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const content = encodeWithDigest({ schema: CACHE_SCHEMA, files: Object.fromEntries(files) });
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, file);
  } catch {
    // A home folder that cannot be written, or a full disk, makes the next list slower and nothing else.
  }
}
