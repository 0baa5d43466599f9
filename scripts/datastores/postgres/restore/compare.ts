import type { DumpFacts } from '../../datastore.ts';
import type { Difference } from '../../restore.ts';
import { TABLES, type TableRow } from '../backup/catalog.ts';
import { readIndexes, readObjects, readSequences } from '../backup/facts.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import type { Conversation } from '../connection/conversation.ts';
import { converse } from '../connection/talks.ts';
import { countRows, spellTable } from '../count.ts';
import { detailsOf } from '../details.ts';
import { migrationDifferences, readMigrations } from '../migrations.ts';
import { sumDifferences, sumRows } from '../sums.ts';
import { compareNew } from './compare-new.ts';

/** What was found after a restore, set against what was recorded. */
export interface Comparison {
  readonly objects: number;
  readonly rows: number;
  /** Rows of each table that was counted. */
  readonly counts: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
  /** Tables that were at the target before and are not in the dump. */
  readonly extra: readonly string[];
  /** What is otherwise because of the server, and not because of the dump. */
  readonly notes: readonly string[];
}

/** What is compared. */
export interface Compared {
  readonly target: string;
  /**
   * The database was made for the restore, so that there must not be more than was recorded either, and it is itself as
   * recorded.
   */
  readonly made: boolean;
  /** The tables that were restored, when it were not all: only their rows are counted and compared. */
  readonly only: readonly string[] | undefined;
}

/** Counts everything at the target and compares it with the facts of the dump, where there are some. */
export function compareWithFacts(
  client: ConnectedClient,
  { target, made, only }: Compared,
  facts: DumpFacts | undefined,
  signal: AbortSignal,
): Promise<Comparison> {
  return converse(client, { database: target }, signal, async (talk) => {
    const all = await talk.rows<TableRow>(TABLES);
    if (only !== undefined) return compareSome(talk, all, only, facts);
    const counts = await countRows(talk, all);
    const differences = facts === undefined ? [] : await differencesOf(talk, facts, { tables: all, counts });
    const more = facts !== undefined && made ? await compareNew(talk, facts, all) : { differences: [], notes: [] };
    const known = new Set([...Object.keys(facts?.fingerprint.counts ?? counts), ...parentsOf(all)]);
    const extra = all.map(spellTable).filter((name) => !known.has(name));
    return { ...sumOf(counts), differences: [...differences, ...more.differences], extra, notes: more.notes };
  });
}

/** Parts of a dump: the rows of their tables. */
async function compareSome(
  talk: Conversation,
  all: readonly TableRow[],
  only: readonly string[],
  facts: DumpFacts | undefined,
): Promise<Comparison> {
  const tables = all.filter((table) => only.includes(spellTable(table)));
  const counts = await countRows(talk, tables);
  const recorded = Object.entries(facts?.fingerprint.counts ?? {}).filter(([name]) => only.includes(name));
  const differences = countDifferences(Object.fromEntries(recorded), counts);
  return { ...sumOf(counts), differences, extra: [], notes: [] };
}

function sumOf(counts: Readonly<Record<string, number>>): Pick<Comparison, 'objects' | 'rows' | 'counts'> {
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { objects: Object.keys(counts).length, rows, counts };
}

async function differencesOf(
  talk: Conversation,
  facts: DumpFacts,
  { tables, counts }: { readonly tables: readonly TableRow[]; readonly counts: Record<string, number> },
): Promise<Difference[]> {
  const details = detailsOf(facts);
  const { sums } = facts.fingerprint;
  const unlogged = new Set(details.unlogged ?? []);
  const { largeObjects } = await talk.row<{ largeObjects: number }>(
    'select count(*) as "largeObjects" from pg_largeobject_metadata',
  );
  return [
    ...countDifferences(facts.fingerprint.counts, counts).filter(({ name }) => !unlogged.has(name)),
    ...indexDifferences(facts.fingerprint.indexes ?? {}, await readIndexes(talk)),
    ...sequenceDifferences(details.sequences ?? {}, await readSequences(talk)),
    ...migrationDifferences(details.migrations ?? {}, await readMigrations(talk, tables)),
    ...tooFew(details.objects ?? {}, await readObjects(talk)),
    ...tooFew({ 'large objects': details.largeObjects ?? 0 }, { 'large objects': largeObjects }),
    // Last, because it changes settings of the session.
    ...(sums === undefined ? [] : sumDifferences(sums, await sumRows(talk, tables))),
  ];
}

/** Tables whose number of rows is not the recorded one. */
export function countDifferences(
  expected: Readonly<Record<string, number>>,
  found: Readonly<Record<string, number>>,
): Difference[] {
  return Object.entries(expected)
    .filter(([name, rows]) => found[name] !== rows)
    .map(([name, rows]) => ({
      name,
      expected: `${rows} rows`,
      found: name in found ? `${found[name]} rows` : 'no such table',
    }));
}

type Names = Readonly<Record<string, readonly string[]>>;

/** Tables whose indexes are not the recorded ones. */
export function indexDifferences(expected: Names, found: Names): Difference[] {
  const spell = (names: readonly string[]): string => `indexes ${names.join(', ') || 'none'}`;
  return Object.entries(expected)
    .filter(([name, indexes]) => spell(indexes) !== spell(found[name] ?? []))
    .map(([name, indexes]) => ({ name, expected: spell(indexes), found: spell(found[name] ?? []) }));
}

type Values = Readonly<Record<string, string | null>>;

/**
 * Sequences that are missing or were never used although they had been. Their values are no part of any snapshot and
 * may have moved between our look and pg_dump's, so that they are not compared.
 */
export function sequenceDifferences(expected: Values, found: Values): Difference[] {
  return Object.entries(expected)
    .filter(([name, last]) => found[name] === undefined || (last !== null && found[name] === null))
    .map(([name, last]) => ({
      name,
      expected: `sequence at ${last ?? 'its start'}`,
      found: name in found ? 'unused' : 'no such sequence',
    }));
}

/** Kinds of which there are fewer than recorded; more is what --clean leaves of a newer schema. */
export function tooFew(
  expected: Readonly<Record<string, number>>,
  found: Readonly<Record<string, number>>,
): Difference[] {
  return Object.entries(expected)
    .filter(([name, count]) => (found[name] ?? 0) < count)
    .map(([name, count]) => ({ name, expected: String(count), found: String(found[name] ?? 0) }));
}

function parentsOf(tables: readonly TableRow[]): string[] {
  return tables.filter((table) => table.parent).map(spellTable);
}
