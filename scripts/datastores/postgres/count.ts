import type { TableRow } from './backup/catalog.ts';
import type { Conversation } from './connection/conversation.ts';
import { quoteIdentifier, quoteLiteral } from './sql.ts';

/** Tables counted by one statement: few enough that a statement stays small, many enough to save round trips. */
const BATCH = 50;

/** A table as SQL spells it. */
export function quoteTable(table: Pick<TableRow, 'schema' | 'name'>): string {
  return `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.name)}`;
}

/** "schema.table", as fingerprints spell a table. */
export function spellTable(table: Pick<TableRow, 'schema' | 'name'>): string {
  return `${table.schema}.${table.name}`;
}

/** Counts the rows of every table, the ones of its children left out. */
export async function countRows(talk: Conversation, tables: readonly TableRow[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const counted = tables.filter((table) => !table.parent);
  for (let at = 0; at < counted.length; at += BATCH) {
    const batch = counted
      .slice(at, at + BATCH)
      .map(countStatement)
      .join('\nunion all ');
    for (const { name, rows } of await talk.rows<{ name: string; rows: number }>(batch)) {
      // Two tables can be spelled alike ("a.b"."c" and "a"."b.c"): they then share a sum, here and after a restore.
      counts[name] = (counts[name] ?? 0) + rows;
    }
  }
  return counts;
}

function countStatement(table: TableRow): string {
  return `select ${quoteLiteral(spellTable(table))} as name, count(*) as rows from only ${quoteTable(table)}`;
}
