/** The kinds of store that are servers: reached by container or by URL. */
export type ServerKind = 'postgres' | 'mongo' | 'redis' | 'influxdb';

/** The kinds of store. The folder of a set and the room in `datastores/` carry the same name. */
export type Kind = ServerKind | 'files';

/** What things of a kind are called, for people. */
export interface KindWords {
  /** What is counted by name: "table". */
  readonly object: string;
  /** What is counted in it: "row". */
  readonly row: string;
}

const WORDS: Readonly<Record<Kind, KindWords>> = {
  mongo: { object: 'collection', row: 'document' },
  postgres: { object: 'table', row: 'row' },
  redis: { object: 'key space', row: 'key' },
  influxdb: { object: 'measurement', row: 'point' },
  files: { object: 'folder', row: 'file' },
};

/** The words of a kind; general ones for a kind of a newer version's set. */
export function kindWords(kind: string): KindWords {
  return Object.hasOwn(WORDS, kind) ? WORDS[kind as Kind] : { object: 'object', row: 'entry' };
}

/** How consistent a dump is: one snapshot, snapshot by oplog, or collection after collection while writers went on. */
export type Consistency = 'snapshot' | 'oplog' | 'fuzzy';

/**
 * What a restore is compared with: a number of rows or documents per table or collection.
 * Names are as the store spells them: "public.users" for a table (schema.table, no quotes), "users" for a collection.
 */
export interface Fingerprint {
  /** Rows or documents per table or collection. */
  readonly counts: Readonly<Record<string, number>>;
  /** Index names per table or collection, sorted. */
  readonly indexes?: Readonly<Record<string, readonly string[]>>;
  /** Sums over the content of tables, where they were asked for (BACKUP_FINGERPRINT=sums). */
  readonly sums?: Readonly<Record<string, string>>;
}
