import type { Readable } from 'node:stream';
import type { PutOptions, StorageAdvice, StorageOptions } from '../storage.ts';

/** What a store knows of one object. */
export interface ObjectFacts {
  /** Relative to the store's root (bucket and prefix), "/" between parts. */
  readonly key: string;
  readonly bytes: number;
  /** By the clock of the store. */
  readonly modified: Date;
  /** See `StoredObject.etag`; only from `list`. */
  readonly etag?: string;
}

/** One listing: every object below a prefix, or the objects and "folders" directly below it. */
export interface ObjectListing {
  readonly objects: readonly ObjectFacts[];
  /** Only with `delimiter`: each ends in "/" and begins with the asked prefix. */
  readonly prefixes: readonly string[];
}

/** Options of {@link ObjectStore.list}. */
export interface ListOptions extends StorageOptions {
  /** "/" gives what lies directly below the prefix, everything deeper as one of `prefixes`. */
  readonly delimiter?: '/';
  /** The caller needs no more than this many; the store may give more. */
  readonly limit?: number;
}

/** An upload that was begun and not ended; it takes space and is in no listing. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly begun: Date;
}

/**
 * A flat room of objects: what S3 and the remotes of rclone have in common. `objectStorage` makes a Storage of it.
 *
 * Obligations of every store:
 * - Keys are given relative to the store's root and come checked (`safe-path.ts`): no empty, "." or ".." part, no
 *   control character. Everything else may stand in them, and comes back from `list` as it was given.
 * - Reads see what was written: `head`, `list` and `get` after an ended `put` or `remove` tell its outcome.
 * - Errors are Failures of the codes that Storage asks for; what is worth another try was tried again by the store
 *   itself where bytes of a stream are concerned (a part), since nobody else can.
 * - No call touches a key that was not named, or that does not begin with the named prefix.
 */
export interface ObjectStore {
  /** `putIfAbsent` has one winner among all hosts. When false, it has one within this process only. */
  readonly hasConditionalWrites: boolean;
  /**
   * Unfinished uploads may be found by their whole key only, as with MinIO: `objectStorage` then notes each key before
   * its upload begins. Left out where there are none.
   */
  readonly uploadsNeedNames?: boolean;
  /** See `Storage.advise`. */
  advise?(options: StorageOptions): Promise<StorageAdvice[]>;
  /**
   * Stores a stream under a key that the caller knows to be free and to be its own. Whole or nothing: on failure or abort there is no object and nothing unfinished, and the body is
   * destroyed. A body that fails, or that ends without an end, is told by its own Failure or "broken-stream". The size
   * at the store was compared with the bytes sent before this returns.
   */
  put(key: string, body: Readable, options?: PutOptions): Promise<{ bytes: number }>;
  /** Stores a small object unless the key is taken; tells whether it did. `Buffer.alloc(0)` is possible. */
  putIfAbsent(key: string, body: Uint8Array, options?: StorageOptions): Promise<boolean>;
  /** Stores a small object, whatever was there. */
  replace(key: string, body: Uint8Array, options?: StorageOptions): Promise<void>;
  /** Throws Failure "not-found". A stream that broke off is told with "broken-stream" or "unreachable", never as an end. */
  get(key: string, options?: StorageOptions): Promise<Readable>;
  /** Undefined when there is no such object. */
  head(key: string, options?: StorageOptions): Promise<ObjectFacts | undefined>;
  /** Follows every page. The prefix is a beginning of keys ("a/b" finds "a/bc"); "" is the root. Empty when none is. */
  list(prefix: string, options?: ListOptions): Promise<ObjectListing>;
  /** Removes objects, in any order; those that are not there do not matter. */
  remove(keys: readonly string[], options?: StorageOptions): Promise<void>;
  /**
   * Ends the unfinished uploads below a prefix for which `isLeftOver` says yes, and tells how many. A store that keeps
   * no unfinished uploads answers 0.
   */
  sweepUnfinished(
    prefix: string,
    isLeftOver: (upload: UnfinishedUpload) => boolean,
    options?: StorageOptions,
  ): Promise<number>;
}

/** What a Storage over such a store tells about itself. */
export interface ObjectStorageFacts {
  /** What people call this destination, see `StorageSurroundings.name`. */
  readonly name: string;
  /** For people: "s3://bucket/prefix". Never contains a secret. */
  readonly location: string;
  /** Bytes free; left out where there is no such limit. */
  readonly freeBytes?: () => Promise<number | undefined>;
}
