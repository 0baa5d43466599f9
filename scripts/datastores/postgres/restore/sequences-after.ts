import { readSequences } from '../backup/facts.ts';
import type { Conversation } from '../connection/conversation.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';
import { type AheadColumn, columnsAhead } from './lagging.ts';

/**
 * After some tables were restored: a note for every sequence that is behind a column that takes its values from it, with
 * the statement that mends it. The next row would get a number that is taken (pitfall b14).
 */
export async function checkSequences(talk: Conversation): Promise<readonly string[]> {
  const furthest = new Map<string, AheadColumn>();
  for (const column of await columnsAhead(talk, await readSequences(talk))) {
    const before = furthest.get(column.quoted);
    if (before === undefined || BigInt(before.most) < BigInt(column.most)) furthest.set(column.quoted, column);
  }
  return [...furthest.values()].map(noteOf);
}

function noteOf({ quoted, schema, table, column, most, last }: AheadColumn): string {
  const place = [schema, table, column].map(quoteIdentifier).join('.');
  const stands = last === null ? 'was never used' : `is at ${last}`;
  return `the sequence ${quoted} ${stands}, ${place} goes up to ${most}; to mend it: select setval(${quoteLiteral(quoted)}, ${most});`;
}
