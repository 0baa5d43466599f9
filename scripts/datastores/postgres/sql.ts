/** A name as SQL spells it, always in double quotes. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as SQL spells it. Relies on `standard_conforming_strings`, which every connection of ours turns on. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * A connection string that names only the database. Tools take a bare name with "=" in it for a connection string,
 * so a bare name is never handed to them.
 */
export function connectionString(database: string): string {
  return `dbname='${database.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
