import type { Kind } from '../common/kinds.ts';
import type { RetentionPolicy } from '../common/policy.ts';
import type { Secret } from '../common/secret.ts';
import type { FileSource, SecretsSource } from '../datastores/datastore.ts';
import type { StorageChoice } from '../storage/index.ts';
import type { AroundPolicy } from './around.ts';
import type { DrillPolicy } from './drill.ts';
import type { EncryptionPolicy } from './encryption.ts';
import type { NotifyPolicy } from './notify.ts';
import type { RestorePolicy } from './restore-policy.ts';
import type { SchedulePolicy } from './schedules.ts';
import type { SecretsPolicy } from './secrets.ts';
import type { SigningPolicy } from './signing.ts';
import type { ProofTargets } from './targets.ts';

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
  /** What its kind's servers take beside what all take, by the keys of holdfast.yaml. */
  readonly own?: Readonly<Record<string, unknown>> | undefined;
  /** Of the kind "files", which has one "server": this machine. */
  readonly files?: readonly FileSource[] | undefined;
  /** Of the kind "secrets", which has one "server" as well. */
  readonly secrets?: SecretsSource | undefined;
}

/** One place for sets, and how long they stay there. */
export interface ConfiguredStorage extends StorageChoice {
  /** Undefined: as everywhere. */
  readonly retention?: RetentionPolicy;
}

/** Everything that the command line, the environment, .env and holdfast.yaml say, checked; defaults filled in. */
export interface Config
  extends DrillPolicy,
    SecretsPolicy,
    SchedulePolicy,
    NotifyPolicy,
    SigningPolicy,
    EncryptionPolicy,
    ProofTargets,
    RestorePolicy,
    AroundPolicy {
  /** The folder that relative paths belong to. */
  readonly folder: string;
  readonly environment: string;
  /** Where sets go, in the order of BACKUP_STORAGE. Never empty. */
  readonly storages: readonly ConfiguredStorage[];
  /** How long sets are kept in storages that say nothing of their own. */
  readonly retention: RetentionPolicy;
  /** Bytes a second that storages beyond this machine take and give at most; undefined: no limit. */
  readonly bandwidth?: number | undefined;
  /** How many dumps run side by side. */
  readonly parallel: number;
  /** Seconds that a dump waits for a table lock, for servers that have no setting of their own. */
  readonly lockWaitSeconds?: number;
  /** True when a fingerprint sums the content of tables, beside counting rows. */
  readonly sums?: boolean;
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
