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
  /** True when the content of tables is summed, beside counting rows. */
  readonly sums?: boolean;
}
