import type { Kind } from '../common/kinds.ts';
import type { Secret } from '../common/secret.ts';

/** One server as the settings name it, before anything was asked of an engine. */
export interface ServerSettings {
  readonly kind: Kind;
  /** "default" when it comes from .env, else the name in holdfast.yaml. */
  readonly name: string;
  /** Name, id or compose service of a container; excludes `host`. Without both: the socket that libpq finds by itself. */
  readonly container?: string | undefined;
  /** A name, an address, or the folder of a socket ("/run/postgresql"). */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: Secret | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly databases?: readonly string[] | undefined;
  readonly lockWaitSeconds?: number | undefined;
}

/** Everything that the command line, the environment, .env and holdfast.yaml say, checked; defaults filled in. */
export interface Config {
  /** The folder that relative paths belong to. */
  readonly folder: string;
  readonly environment: string;
  /** Words of BACKUP_STORAGE, in order. */
  readonly storages: readonly StorageSettings[];
  readonly retentionDays: number;
  /** How many dumps run side by side. */
  readonly parallel: number;
  /** Seconds that a dump waits for a table lock, for servers that have no setting of their own. */
  readonly lockWaitSeconds?: number;
  /** Which engine was asked for; undefined: whichever holds the containers. */
  readonly containerCommand?: 'podman' | 'docker' | undefined;
  /** False: only what the settings name (BACKUP_DISCOVER=no). */
  readonly discover: boolean;
  readonly servers: readonly ServerSettings[];
  /** Databases asked for by kind when the server itself is left to discovery (POSTGRES_DATABASES, MONGO_DATABASE). */
  readonly databases: Readonly<Partial<Record<Kind, readonly string[]>>>;
  /** Where each thing came from, for `doctor` and error messages: "/srv/app/.env". */
  readonly files: readonly string[];
}

/** Settings of one storage; each member of `storage/` takes its own. */
export type StorageSettings = { readonly kind: 'local'; readonly folder: string };
