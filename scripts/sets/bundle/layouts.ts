import { Failure } from '../../common/failure.ts';
import { encodeFileName } from '../../common/file-name.ts';
import { SET_SCHEMA } from '../manifest.ts';
import { refused } from './refused.ts';

/** The format of the tarballs that the backup.sh of Orkestra made. */
export const ORKESTRA_SCHEMA = 'orkestra-backup/v1';

/** `manifest.json` of such a tarball: what is used of it. */
export interface OlderManifest {
  /** RFC 3339. */
  readonly createdAt: string;
  readonly environment: string;
  readonly host: string;
  readonly components: readonly string[];
}

/** The format that a manifest.json names. Throws Failure "damaged" when it is no JSON or names none that is known. */
export function formatOf(manifest: Buffer): typeof ORKESTRA_SCHEMA | typeof SET_SCHEMA {
  const schema = jsonOf(manifest).schema;
  if (schema === ORKESTRA_SCHEMA) return ORKESTRA_SCHEMA;
  // What is wrong with one of ours, a later version of it among them, is told by who reads it.
  if (typeof schema === 'string' && schema.startsWith('holdfast-set/')) return SET_SCHEMA;
  throw refused(
    'manifest.json',
    `has the format ${JSON.stringify(schema)}, expected "${SET_SCHEMA}" or "${ORKESTRA_SCHEMA}"`,
  );
}

/** Reads the manifest of an older tarball. Throws Failure "damaged". */
export function parseOlderManifest(manifest: Buffer): OlderManifest {
  const { createdAt, environment, host, components } = jsonOf(manifest);
  const words = Array.isArray(components) ? components : [undefined];
  const texts = [createdAt, environment, host, ...words];
  if (texts.some((text) => typeof text !== 'string') || Number.isNaN(Date.parse(String(createdAt)))) {
    throw refused('manifest.json', 'lacks one of createdAt, environment, host, components');
  }
  return { createdAt, environment, host, components } as OlderManifest;
}

function jsonOf(manifest: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(manifest));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw refused('manifest.json', 'is not JSON in UTF-8', cause);
  }
  throw refused('manifest.json', 'is not a JSON object');
}

/** The name of the database that `mongodb/mongo.archive.gz` is of: without it nobody knows what to restore over. */
export const DATABASE_FILE = 'mongodb/database.txt';
const ARCHIVE_FILE = 'mongodb/mongo.archive.gz';
const RDB_FILE = 'redis/dump.rdb';
const LOG_FOLDER = 'redis/appendonlydir/';
const LAYOUT_FILE = 'redis/redis-layout.txt';

/** What begins the place of a file that goes into the archive of secrets, and not into the set as it is. */
export const SECRETS_PLACE = 'secrets/';
/** The folder of the product that its backup.sh took `secrets/` from, below the folder that it was called in. */
const SECRETS_HOME = 'docker/';
/** Nothing else is ever written beside the settings of a product: a tarball must not choose more. */
const SECRET = /^secrets\/(\.env|keys\/.+)$/;

/** What begins the place of a file that is an object of a bucket: its key is what follows the name of the bucket. */
export const OBJECTS_PLACE = 'objects/';
/** A folder for each bucket, as `aws s3 sync` leaves it. */
const OBJECT = /^rustfs\/([^/]+\/.+)$/;

/** Components of which something can be restored, by their folder in the tarball. */
const KNOWN_COMPONENTS = ['mongodb', 'redis', 'rustfs', 'secrets'];

/** True for a file of a component that this version restores. */
export function isWanted(path: string): boolean {
  return KNOWN_COMPONENTS.includes(path.split('/', 1)[0] ?? '') && !path.startsWith(LOG_FOLDER);
}

/** Where a file of an older tarball goes in a set without a manifest; undefined for what is not restored. */
export function placeOf(path: string, database: string | undefined): string | undefined {
  if (path === ARCHIVE_FILE && database !== undefined) return `mongo/${encodeFileName(database)}.archive.gz`;
  if (path === RDB_FILE) return path;
  const object = OBJECT.exec(path)?.[1];
  if (object !== undefined) return `${OBJECTS_PLACE}${object}`;
  const secret = SECRET.exec(path)?.[1];
  return secret && `${SECRETS_PLACE}${SECRETS_HOME}${secret}`;
}

/** Files of which nothing is restored, though all of them are needed to know what is. */
function isRead(path: string): boolean {
  return path === DATABASE_FILE || path === LAYOUT_FILE;
}

/**
 * What of an older tarball is not restored, for people: a line a matter, with what brings it back where it is data. What
 * the manifest names must be there, else Failure "damaged".
 */
export function leftOutOf({ components }: OlderManifest, paths: readonly string[]): string[] {
  for (const component of components) {
    const folder = `${component}/`;
    if (!paths.some((path) => path.startsWith(folder)))
      throw refused(folder, 'is named by manifest.json and not there');
  }
  const folders = new Set([...components, ...paths.map(folderOf)]);
  const unknown = [...folders].filter((folder) => folder !== undefined && !KNOWN_COMPONENTS.includes(folder));
  const others = paths.filter((path) => isWanted(path) && placeOf(path, '') === undefined && !isRead(path));
  return [...unknown.sort().map((folder) => wordFolder(folder ?? '')), ...wordLog(paths), ...others.map(wordOther)];
}

function folderOf(path: string): string | undefined {
  return path.includes('/') ? path.split('/', 1)[0] : undefined;
}

function wordFolder(folder: string): string {
  return `not restored by this version: ${folder}`;
}

/** The server saved its RDB file for the backup, so that the log beside it says the same. */
function wordLog(paths: readonly string[]): string[] {
  if (!paths.some((path) => path.startsWith(LOG_FOLDER))) return [];
  if (paths.includes(RDB_FILE)) return [`not needed: ${LOG_FOLDER}, because ${RDB_FILE} is there and is restored`];
  const means = 'by hand: stop the server, put the folder into its own, start it with appendonly yes';
  return [`not restored: redis has an append-only log alone, without ${RDB_FILE}; ${means}`];
}

function wordOther(path: string): string {
  return `not restored: ${JSON.stringify(path)}, which this layout does not have`;
}

/** The database's name in `database.txt`. Throws Failure "damaged" when it is missing or no name. */
export function databaseIn(text: string | undefined): string {
  const name = text?.trim() ?? '';
  // MongoDB: at most 63 bytes, none of these characters (docs, "Naming Restrictions").
  if (name !== '' && Buffer.byteLength(name) < 64 && !/[/\\. "$*<>:|?\s]/.test(name)) return name;
  throw new Failure('damaged', {
    message: `"${DATABASE_FILE}" says ${JSON.stringify(text)}, expected the name of a database`,
    step: 'check',
  });
}
