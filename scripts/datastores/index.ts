import type { Kind } from '../common/kinds.ts';
import type { Datastore } from './datastore.ts';
import { sourceOfFile as influxSourceOfFile } from './influxdb/recognize.ts';
import { sourceOfFile as mongoSourceOfFile } from './mongodb/recognize.ts';
import { sourceOfFile as postgresSourceOfFile } from './postgres/recognize.ts';
import { sourceOfFile as redisSourceOfFile } from './redis/recognize.ts';

/** What is known of a kind without loading it whole: a list of sets needs no driver. */
interface Member {
  readonly load: () => Promise<Datastore>;
  readonly sourceOfFile: Datastore['sourceOfFile'];
  /** True where a source has a folder of its own below that of the kind. */
  readonly hasFolders?: true;
}

/** Every kind of store, loaded only when it is used. To add one: a folder here, and a line below. */
const MEMBERS: Readonly<Record<Kind, Member>> = {
  mongo: { load: async () => (await import('./mongodb/mongodb.ts')).mongodb, sourceOfFile: mongoSourceOfFile },
  postgres: { load: async () => (await import('./postgres/postgres.ts')).postgres, sourceOfFile: postgresSourceOfFile },
  redis: {
    load: async () => (await import('./redis/redis.ts')).redis,
    sourceOfFile: redisSourceOfFile,
    hasFolders: true,
  },
  influxdb: { load: async () => (await import('./influxdb/influxdb.ts')).influxdb, sourceOfFile: influxSourceOfFile },
  // Archives of scripts hold what no reader of ours checked: without a manifest they are nobody's source.
  files: { load: async () => (await import('./files/files.ts')).files, sourceOfFile: () => undefined },
};

/** All kinds, in the order in which people see them. */
export const KINDS = Object.keys(MEMBERS) as Kind[];

/** True when `word` is a kind of store that this version knows. */
export function isKind(word: string): word is Kind {
  return Object.hasOwn(MEMBERS, word);
}

/** Loads the datastore of one kind. */
export function loadDatastore(kind: Kind): Promise<Datastore> {
  return MEMBERS[kind].load();
}

/**
 * The source that a file of a set without a manifest belongs to; the folder is the kind, the name may have folders below
 * it. Undefined: none of ours.
 */
export function sourceOfFile(folder: string, fileName: string): string | undefined {
  if (!isKind(folder)) return undefined;
  const { sourceOfFile: known, hasFolders } = MEMBERS[folder];
  return fileName.includes('/') && !hasFolders ? undefined : known(fileName);
}
