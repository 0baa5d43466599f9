import type { Difference } from '../../restore.ts';
import { readSequences } from '../backup/facts.ts';
import type { Conversation } from '../connection/conversation.ts';
import { quoteIdentifier } from '../sql.ts';

interface SequenceColumn {
  /** "schema.name". */
  readonly sequence: string;
  /** As SQL spells it. */
  readonly quoted: string;
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

/** A column that goes further than the sequence it takes its values from. */
export interface AheadColumn extends SequenceColumn {
  /** The largest value in the column. */
  readonly most: string;
  /** The last value of the sequence; null: it was never used. */
  readonly last: string | null;
}

/**
 * Columns that take their values from a sequence that counts up, by ownership or by default; partitions by their parent.
 * Those that our role may not read are left out: nothing can be said of them.
 */
const COLUMNS = `select distinct sn.nspname || '.' || s.relname as sequence,
  format('%I.%I', sn.nspname, s.relname) as quoted, n.nspname as schema, t.relname as table,
  a.attname as column
  from pg_depend d
  join pg_class s on s.oid = case when d.classid = 'pg_class'::regclass then d.objid else d.refobjid end and s.relkind = 'S'
  join pg_namespace sn on sn.oid = s.relnamespace
  join pg_sequence q on q.seqrelid = s.oid and q.seqincrement > 0 and not q.seqcycle
  left join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
  join pg_class t on t.oid = coalesce(f.adrelid, d.refobjid) and t.relkind in ('r', 'p') and not t.relispartition
  join pg_namespace n on n.oid = t.relnamespace
  join pg_attribute a on a.attrelid = t.oid and a.attnum = coalesce(f.adnum, d.refobjsubid) and a.attnum > 0
  join pg_type y on y.oid = a.atttypid and y.typname in ('int2', 'int4', 'int8')
  where has_sequence_privilege(s.oid, 'SELECT, USAGE') and has_column_privilege(t.oid, a.attnum, 'SELECT') and ((d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i'))
    or (d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype = 'n'))`;

type Values = Readonly<Record<string, string | null>>;

/**
 * Sequences that are behind what was recorded and behind a column that takes its values from them: the next row would
 * get a number that is taken. Behind the record alone proves nothing, since sequences are no part of a snapshot: with
 * writers at work pg_dump may have looked before us. Behind the column alone was so before.
 */
export async function laggingSequences(talk: Conversation, recorded: Values): Promise<Difference[]> {
  const found = await readSequences(talk);
  const behind = Object.keys(recorded).filter((name) => isBefore(found[name], recorded[name]));
  if (behind.length === 0) return [];
  const differences = new Map<string, Difference>();
  for (const { sequence: name, table, column, most, last } of await columnsAhead(talk, found, (name) =>
    behind.includes(name),
  )) {
    const expected = `sequence at ${recorded[name]}, ${table}.${column} goes up to ${most}`;
    differences.set(name, { name, expected, found: last ?? 'unused' });
  }
  return [...differences.values()];
}

/** Columns that are ahead of their sequence now, whatever was recorded; `found`: the last values of the sequences. */
export async function columnsAhead(
  talk: Conversation,
  found: Values,
  wanted: (sequence: string) => boolean = () => true,
): Promise<AheadColumn[]> {
  const ahead: AheadColumn[] = [];
  for (const column of await talk.rows<SequenceColumn>(COLUMNS)) {
    const last = found[column.sequence];
    if (last === undefined || !wanted(column.sequence)) continue;
    const most = await largest(talk, column);
    if (most !== null && isBefore(last, most)) ahead.push({ ...column, most, last });
  }
  return ahead;
}

/** Text, because a bigint may not fit into a JSON number. */
async function largest(talk: Conversation, { schema, table, column }: SequenceColumn): Promise<string | null> {
  const question = `select max(${quoteIdentifier(column)})::text as most from ${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
  return (await talk.row<{ most: string | null }>(question)).most;
}

/** A sequence that is missing is told by another comparison. */
function isBefore(found: string | null | undefined, wanted: string | null | undefined): boolean {
  if (wanted === null || wanted === undefined || found === undefined) return false;
  return found === null || BigInt(found) < BigInt(wanted);
}
