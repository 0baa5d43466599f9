/** A question of a person's own to a database, that changes nothing. */
export type Question =
  /** A query; its first row counts, values divided by "|". */
  | { readonly sql: string }
  /** How many documents fit a filter, in extended JSON. */
  | { readonly collection: string; readonly count: string }
  /** A command, in extended JSON, and the way to a value in its answer, such as "cursor.firstBatch.0.name". */
  | { readonly command: string; readonly path: string };
