import type { Readable, Writable } from 'node:stream';
import type { Context } from '../common/context.ts';
import type { Consistency, Fingerprint, Kind } from '../common/kinds.ts';
import type { Question } from '../common/question.ts';
import type { Service } from '../engines/engine.ts';
import type { ServerAddress } from './address.ts';
import type { Exchange, StoredGeneration } from './generation.ts';
import type { PreparedRestore, RestoreWish, TargetFacts } from './restore.ts';
import type { ThrowawayRecipe } from './throwaway.ts';

export type { CommandSource, FileSource, FolderSource, SecretsSource, ServerAddress, SetBucket } from './address.ts';

/** One thing that a backup is going to take. */
export interface PlannedSource {
  readonly kind: Kind;
  /** The database, or "globals.sql" for the roles of a PostgreSQL cluster. */
  readonly name: string;
  /** The server's own size of it in bytes; the largest is dumped first. */
  readonly sizeBytes: number;
}

/** What a server holds, set against what was asked for. */
export interface ServerPlan {
  readonly sources: readonly PlannedSource[];
  /** Named in the settings but not there. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** There, but not readable for us: a failure of the run, the others are still taken. */
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Opens an artifact for writing; `fileName` is relative to the kind's folder, such as "ngwenya_auth.dump".
 * When the stream is finished its bytes were counted, hashed and stored; when it is destroyed nothing of it is kept.
 * `compression` is recorded in the manifest.
 */
export type ArtifactSink = (fileName: string, facts: { compression: Compression }) => Writable;

/** How an artifact is compressed: by the tool itself ("pg_dump zstd:1"), as a gzip file, or not. */
export type Compression = 'none' | 'gzip' | 'pg_dump:gzip' | 'pg_dump:zstd' | 'pg_dump:none' | 'pg_dump:lz4';

/** What is recorded of a source after its dump, beside its artifacts. */
export interface DumpFacts {
  readonly consistency: Consistency;
  readonly fingerprint: Fingerprint;
  /** Facts that a restore needs or a person wants: owner, encoding, locale, extensions, settings, oplog, notes. JSON. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  /**
   * Tables or collections in the dump that `read` counts, at no cost to the server; it throws Failure "damaged" when one
   * of them has no data there. Gone from what is recorded; see `completeFacts`.
   */
  readonly uncounted?: readonly string[];
}

/** Gives the bytes of one artifact; may be called several times, each call starts from the first byte. */
export interface ArtifactReader {
  readonly fileName: string;
  readonly bytes: number;
  readonly compression: Compression | undefined;
  open(): Promise<Readable>;
}

/** A source of a set as a datastore sees it: what was recorded, and its bytes. */
export interface StoredSource {
  readonly kind: Kind;
  readonly name: string;
  /** Missing for sets without a manifest. */
  readonly facts: DumpFacts | undefined;
  /** Version of the server that was dumped, when known. */
  readonly serverVersion: string | undefined;
  readonly artifacts: readonly ArtifactReader[];
  /** Other sources of the same server in the set that this one may need: the roles for a database. */
  readonly companions?: readonly StoredSource[];
}

/** What reading an artifact to its end proved. */
export interface ReadReport {
  /** Rows or documents that were counted on the way, where the format tells. */
  readonly counts?: Readonly<Record<string, number>>;
  /** How the proof was made, for people: "archive read to the end: 12 collections, 40000 documents". */
  readonly summary: string;
}

/** A connection to a server of this kind. Must be closed. */
export interface Server {
  readonly address: ServerAddress;
  /** The server's own version, such as "18.1". */
  readonly version: string;
  /** The tools that will be used, with version: { pg_dump: "18.1" }. */
  readonly tools: Readonly<Record<string, string>>;
  plan(context: Context): Promise<ServerPlan>;
  /** Dumps one source into its artifacts. The caller destroys the sink's streams when it throws, and says where it arose. */
  dump(source: PlannedSource, sink: ArtifactSink, context: Context): Promise<DumpFacts>;
  /** What stands where `name` would be restored to. */
  target(name: string, context: Context): Promise<TargetFacts>;
  /**
   * Does everything that can be done without changing the target: compares versions, space, extensions, roles and
   * rights, brings the artifacts to where the restore reads them, and lets the store's own tools read them to the end
   * there. Throws a Failure when the restore could not work. All sources are prepared before the first is restored.
   */
  prepare(source: StoredSource, wish: RestoreWish, context: Context): Promise<PreparedRestore>;
  /**
   * Puts what a restore made beside in the place of what is live, which is kept aside; databases of one server together,
   * in moments. The clients of the live data are cut off, and find the new when they come back. Given once more with the
   * same words it ends what was broken off half-way, and does nothing where all is done. Returns notes for people.
   */
  exchange(exchanges: readonly Exchange[], context: Context): Promise<readonly string[]>;
  /**
   * What restores made or kept beside the live databases of this server. `also`: databases that were restored to, which
   * the settings need not name; a store that keeps no list of all there is looks there as well.
   */
  generations(context: Context, also?: readonly string[]): Promise<readonly StoredGeneration[]>;
  /** Removes for good what a restore made or kept beside; none is fine. Never touches what is live. */
  removeGeneration(generation: StoredGeneration, context: Context): Promise<void>;
  /**
   * Asks a database something that changes nothing, and gives the answer as text; what is not there is an empty text.
   * Throws Failure "tool-failed" with the server's words, "timeout", or "settings" for a question of another kind of store.
   */
  ask(question: Question, database: string, context: Context): Promise<string>;
  /** Tells two servers apart, whatever they are called; undefined where the server does not tell. */
  identity(context: Context): Promise<string | undefined>;
  /** Removes a database that a drill made on a server of somebody's; none is fine. */
  drop(database: string, context: Context): Promise<void>;
  /** What keeps this login from restoring a lost database, as far as the server tells unchanged; undefined: nothing. */
  restoreObstacle(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** One kind of store. A member of this room exports one of these. */
export interface Datastore {
  readonly kind: Kind;
  /** For people: "PostgreSQL". */
  readonly title: string;
  /** True when a running container is a server of this kind: by image, else by port. */
  recognizes(service: Service): boolean;
  /** The source that an artifact of a set without a manifest belongs to, or undefined when it is none of ours. */
  sourceOfFile(fileName: string): string | undefined;
  /**
   * Connects and asks for versions. Throws Failure "unreachable", "denied", "tool-missing" or "version".
   */
  connect(address: ServerAddress, context: Context): Promise<Server>;
  /**
   * Reads every artifact of a source to its end with a reader of our own, without a server, and throws
   * Failure "damaged" at the first thing that is not as it must be. This is what makes a set "readable".
   * `counts` are compared with the fingerprint where both are known.
   */
  read(source: StoredSource, context: Context): Promise<ReadReport>;
  /** True when `Server.prepare` has the store's own tool read the dump to its end before anything is touched. */
  readonly preparesByReading?: true;
  /** Missing where a drill needs no server: it restores into a folder of its own. */
  readonly throwaway?: ThrowawayRecipe;
  /** True when a source that had rows in the last set and has none now is a failure, and not only worth a warning. */
  readonly failsWhenEmptied?: true;
  /** The stock commands that restore this source by hand, for RESTORE.md; one shell line each. */
  manualRestore(source: ManualSource): ManualStep[];
}

/** A source of a set, as RESTORE.md speaks of it. */
export interface ManualSource {
  readonly name: string;
  /** The database that is written. */
  readonly target: string;
  /** Its artifacts, relative to the folder of the set: "postgres/app.dump". */
  readonly fileNames: readonly string[];
  readonly facts: DumpFacts;
}

/** A step of RESTORE.md. */
export interface ManualStep {
  /** Why, in a sentence. */
  readonly title: string;
  /** Shell lines that work as they stand in the folder of the set. */
  readonly commands: readonly string[];
}
