import type { Readable } from 'node:stream';

/** One stored object. */
export interface StoredObject {
  /**
   * Path below the storage's root, "/" between parts, such as "2026-05-07T15-36/postgres/app.dump". It begins with the
   * set's name, of an unfinished set too.
   */
  readonly path: string;
  readonly bytes: number;
  readonly modified: Date;
  /** A word of the storage that changes with the bytes, whatever size and time say; left out where it has none. */
  readonly etag?: string;
}

/** What a file holds, in short. */
export interface FileDigest {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** What lies directly below the root: sets, and things that are not ours. */
export interface StoredEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** For an unfinished set the last sign of life of its writer. A store that dates no folders gives the epoch. */
  readonly modified: Date;
  /** What `Storage.objects` would give for this set, when it was asked for and came at no further cost. */
  readonly objects?: readonly StoredObject[];
}

/** Something about a storage that is not wrong and will cost: for the doctor. */
export interface StorageAdvice {
  readonly what: string;
  readonly why: string;
  readonly mend: string;
}

/** Options of the calls that take long. */
export interface StorageOptions {
  readonly signal?: AbortSignal;
}

/** Options of `put`. */
export interface PutOptions extends StorageOptions {
  /** About how many bytes will come (those of the last set), when known. A guess: it may be wrong in both directions. */
  readonly expectedBytes?: number | undefined;
}

/**
 * Where sets live. A member is one file with one function that takes its settings and returns this object.
 *
 * Obligations of every member:
 * - Paths are relative, "/"-separated, and never leave the root (see `safe-path.ts`).
 * - Errors are Failures: "not-found", "denied", "no-space", "unreachable" (worth a retry) or "storage" (not).
 * - `put` is whole or nothing: an object is either there with every byte on stable storage, or not there.
 * - Only what the caller names is ever removed.
 */
export interface Storage {
  /** What the person calls it: the word of BACKUP_STORAGE, or its name in holdfast.yaml. */
  readonly name: string;
  /** For people: "./backups", "s3://bucket/prefix". Never contains a secret. */
  readonly location: string;
  /** A folder of this machine in which runs that write here can lock each other out; undefined for what lies elsewhere. */
  readonly lockFolder?: string;
  /**
   * Takes the name of a set before anything is written to it. MUST fail with Failure "storage" when the set, or an
   * unfinished one of the same name, exists; of two callers at once exactly one succeeds.
   */
  reserve(set: string, options?: StorageOptions): Promise<void>;
  /** Stores a stream of unknown length in an unfinished (reserved, not yet published) set. Returns its size. */
  put(set: string, path: string, body: Readable, options?: PutOptions): Promise<{ bytes: number }>;
  /**
   * Makes a reserved set visible under its name, with everything that was put, on stable storage.
   * Called once, after manifest.json was put as the last object. A set that was never published stays invisible.
   */
  publish(set: string, options?: StorageOptions): Promise<void>;
  /** Removes one object of an unfinished set: the artifact of a source that failed after it was stored. Idempotent. */
  discard(set: string, path: string, options?: StorageOptions): Promise<void>;
  /** Adds an object to a published set (a proof). Whole or nothing; never replaces one. */
  add(set: string, path: string, body: Uint8Array, options?: StorageOptions): Promise<void>;
  /** Reads an object of a set, published or not (`unfinished: true`). Throws Failure "not-found". */
  get(set: string, path: string, options?: StorageOptions & { unfinished?: boolean }): Promise<Readable>;
  /**
   * Reads an object of a published set to its end and says what it holds, with the errors of `get`; `onBytes` hears how
   * many bytes were read. Only where this is quicker than through `get`, and undefined for an object where it is not.
   */
  digest?(
    set: string,
    path: string,
    options?: StorageOptions & { onBytes?: (bytes: number) => void },
  ): Promise<FileDigest | undefined>;
  /** All objects of a set, published or not, sorted by path; empty when there is none. */
  objects(set: string, options?: StorageOptions & { unfinished?: boolean }): Promise<StoredObject[]>;
  /**
   * What lies directly below the root. Unfinished sets are listed under their name with `UNFINISHED_SUFFIX`.
   * `withObjects` asks for the objects of the published sets as well: a storage that lists many sets with few questions
   * gives them; one that has to go into every folder anyway leaves them out.
   */
  entries(options?: StorageOptions & { withObjects?: boolean }): Promise<StoredEntry[]>;
  /** Removes a set, published or not. Idempotent. It becomes invisible first, then its objects go. */
  remove(set: string, options?: StorageOptions & { unfinished?: boolean }): Promise<void>;
  /**
   * Deletes what removals that were cut off left behind, and unfinished sets of which the storage is certain that nobody
   * writes them any more; names them. Never touches a published set.
   */
  sweep(options?: StorageOptions): Promise<string[]>;
  /** Bytes free for new sets, or undefined where there is no such limit. */
  freeBytes(): Promise<number | undefined>;
  /** What a person should set at the far side; empty when there is nothing, or it cannot be asked. Left out where there is no far side. */
  advise?(options?: StorageOptions): Promise<StorageAdvice[]>;
}

/** The end of the name under which an unfinished set is listed by `entries`. */
export const UNFINISHED_SUFFIX = '.partial';
