import type { Kind } from '../common/kinds.ts';
import type { Secret } from '../common/secret.ts';
import type { Engine } from '../engines/engine.ts';

/** A server as settings or discovery name it. What is not given, the datastore takes from the container's environment. */
export interface ServerAddress {
  readonly kind: Kind;
  /** "default" for a server from .env or discovery; the given name for one from holdfast.yaml. */
  readonly name: string;
  readonly engine: Engine;
  /** Container id; empty with the host engine. */
  readonly service: string;
  /** What the container was started from; missing for a server that is reached by an address. */
  readonly image?: string;
  /** For people: "podman container shop-postgres-1", "postgres://db.example:5432". Never contains a secret. */
  readonly label: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: Secret;
  /** Further parameters of the URL (sslmode, authSource, replicaSet, ...). */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The databases to back up; all that are found when it is missing. */
  readonly databases?: readonly string[];
  /** Seconds that a dump waits for a table lock before it fails. */
  readonly lockWaitSeconds?: number;
  /** What servers of its kind take beside what all take, by the keys of holdfast.yaml; see ServerForm.own. */
  readonly own?: Readonly<Record<string, unknown>>;
  /** True when the content of tables is summed, beside counting rows. */
  readonly sums?: boolean;
  /** Of the kind "files": what is backed up of this machine. */
  readonly files?: readonly FileSource[];
  /** Of the kind "secrets": which env files, keys and certificates of this machine. */
  readonly secrets?: SecretsSource;
}

/** Files and folders whose content nobody may see. */
export interface SecretsSource {
  /** Absolute: the folder that names in the archive begin in. */
  readonly base: string;
  /** Absolute; names in them may have "*" and "?". Empty: nothing is backed up, and restores go into `base`. */
  readonly paths: readonly string[];
}

/** A folder or a file of this machine, or a command that prints what is to be kept. */
export type FileSource = FolderSource | CommandSource;

/** A folder, or a file alone. */
export interface FolderSource {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Patterns of what is left out; see datastores/tree/globs.ts. */
  readonly exclude: readonly string[];
}

/** Commands of a product, for `sh -c`, run in the folder of the settings. */
export interface CommandSource {
  readonly name: string;
  readonly command: {
    /** Prints everything on its standard output. */
    readonly dump: string;
    /** Takes it on its standard input. Missing: Holdfast cannot restore it. */
    readonly restore?: string | undefined;
    /** Ends with code 0 when all is well after a restore. */
    readonly check?: string | undefined;
  };
}
