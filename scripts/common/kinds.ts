/**
 * A kind of store: the name of a file in datastores/members/. The folder of a set carries the same name, so that there may
 * be kinds in sets that this version does not know.
 */
export type Kind = string;

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
