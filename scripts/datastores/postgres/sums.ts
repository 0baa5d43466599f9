import type { Difference } from '../restore.ts';
import type { TableRow } from './backup/catalog.ts';
import type { Conversation } from './connection/conversation.ts';
import { quoteTable, spellTable } from './count.ts';
import { quoteLiteral } from './sql.ts';

/** A sum per table over the content of all its rows, whatever their order: "schema.table" and a whole number as text. */
export type Sums = Readonly<Record<string, string>>;

/**
 * Before version 12 the shortest text of a floating-point number depended on a setting, so that sums of older servers
 * would differ without anything being wrong.
 */
export const FIRST_MAJOR_WITH_SUMS = 12;

/** What the text of a value depends on beside the value itself; the same here and after a restore. */
const SAME_WORDS = `select set_config('datestyle', 'ISO, YMD', false), set_config('timezone', 'UTC', false),
  set_config('intervalstyle', 'postgres', false), set_config('bytea_output', 'hex', false),
  set_config('extra_float_digits', '1', false), set_config('lc_monetary', 'C', false),
  set_config('xmlbinary', 'base64', false), set_config('search_path', 'pg_catalog', false)`;

/**
 * Sums the content of every table in the snapshot of an open transaction: of each row the first half of its md5 as a
 * number, added up. Reads every table once, so that it is done on request only.
 */
export async function sumRows(talk: Conversation, tables: readonly TableRow[]): Promise<Sums> {
  await talk.rows(SAME_WORDS);
  const sums: Record<string, string> = {};
  for (const table of tables.filter(({ parent }) => !parent)) {
    const { name, sum } = await talk.row<{ name: string; sum: string }>(sumStatement(table));
    // Two tables can be spelled alike ("a.b"."c" and "a"."b.c"): they then share a sum, here and after a restore.
    sums[name] = String(BigInt(sums[name] ?? 0) + BigInt(sum));
  }
  return sums;
}

function sumStatement(table: TableRow): string {
  return `select ${quoteLiteral(spellTable(table))} as name,
    coalesce(sum(('x' || left(md5((holdfast_row.*)::text), 16))::bit(64)::bigint::numeric), 0)::text as sum
    from only ${quoteTable(table)} holdfast_row`;
}

/** Tables whose content is not the recorded one. */
export function sumDifferences(expected: Sums, found: Sums): Difference[] {
  return Object.entries(expected)
    .filter(([name, sum]) => found[name] !== sum)
    .map(([name, sum]) => ({ name, expected: `rows with the sum ${sum}`, found: found[name] ?? 'no such table' }));
}
