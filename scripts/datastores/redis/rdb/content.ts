/** What an RDB file holds. */
export interface RdbContent {
  /** Of the format: 1 to 12 for Redis, 80 and more for Valkey. */
  readonly version: number;
  readonly bytes: number;
  /** Keys that stay, by "db0 string". */
  readonly counts: Readonly<Record<string, number>>;
  /** Keys with a time to live, by the same names. */
  readonly expiring: Readonly<Record<string, number>>;
  /** Libraries of functions. */
  readonly functions: number;
  /** False where the server wrote none (rdbchecksum no, or a version below 5): then only the structure was proven. */
  readonly hasChecksum: boolean;
}

/** Keys of all databases and types. */
export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Counts by name, in an order that does not change from dump to dump. */
export function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
}
