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

/** Components of which something can be restored, by their folder in the tarball. */
const KNOWN_COMPONENTS = ['mongodb'];

/** True for a file of a component that this version restores. */
export function isWanted(path: string): boolean {
  return KNOWN_COMPONENTS.includes(path.split('/', 1)[0] ?? '');
}

/** Where a file of an older tarball goes in a set without a manifest; undefined for what is not restored. */
export function placeOf(path: string, database: string | undefined): string | undefined {
  return path === ARCHIVE_FILE && database !== undefined ? `mongo/${encodeFileName(database)}.archive.gz` : undefined;
}

/** What the manifest names must be there. Throws Failure "damaged". Gives the components that this version does not restore. */
export function leftOutOf({ components }: OlderManifest, paths: readonly string[]): string[] {
  for (const component of components) {
    const folder = `${component}/`;
    if (!paths.some((path) => path.startsWith(folder)))
      throw refused(folder, 'is named by manifest.json and not there');
  }
  const folders = new Set([
    ...components,
    ...paths.flatMap((path) => (path.includes('/') ? [path.split('/', 1)[0] ?? ''] : [])),
  ]);
  return [...folders].filter((folder) => !KNOWN_COMPONENTS.includes(folder)).sort();
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
