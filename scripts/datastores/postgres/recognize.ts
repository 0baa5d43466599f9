import { decodeFileName } from '../../common/file-name.ts';
import { imageName } from '../../common/image-name.ts';
import type { Service } from '../../engines/engine.ts';
import { ENDING, GLOBALS, PLAIN_ENDING } from './names.ts';

/**
 * Last parts of image names that are a PostgreSQL server: the official image and bitnami's, and the images that
 * extend them. A word may follow after "-" or "_" ("postgres-ssl", "timescaledb-ha"), unless it is one of a helper.
 */
const SERVERS =
  /^(postgres|postgresql|pgvector|postgis|timescaledb|supabase-postgres|citus|paradedb|pgvecto-rs|vectorchord-postgres|edb-postgres|spilo)(?:[-_].*|\d*)$/;
/** Programs around PostgreSQL whose images carry its name. */
const HELPERS = /(exporter|backup|bouncer|pool|operator|client|proxy|admin|meta|rest|rest-api)/;
/** Images of other stores, which may well publish a port 5432 next to their own. */
const OTHERS = /(mysql|mariadb|mongo|redis|valkey|cockroach|pgbouncer|pgpool|pgadmin|haproxy|toxiproxy|ferretdb)/;
const PORT = 5432;

/** True when a container is a PostgreSQL server: by the last part of its image's name, else by port 5432 inside. */
export function recognizes(service: Service): boolean {
  const image = imageName(service.image);
  if (HELPERS.test(image)) return false;
  if (SERVERS.test(image)) return true;
  return !OTHERS.test(image) && service.ports.some((port) => port.inside === PORT);
}

/** The source of an artifact; undefined when it is none of ours. */
export function sourceOfFile(fileName: string): string | undefined {
  if (fileName === GLOBALS) return GLOBALS;
  const ending = [ENDING, PLAIN_ENDING].find((one) => fileName.endsWith(one) && fileName !== one);
  if (ending === undefined || fileName.includes('/')) return undefined;
  return decodeFileName(fileName.slice(0, -ending.length));
}
