import { AFTER_DATA, type ArchiveEntry } from '../archive/contents.ts';
import { NAME, unquote } from '../roles/statements.ts';

/** `ALTER INDEX parent ATTACH PARTITION child`, both with their schema. */
const ATTACH = new RegExp(`ATTACH PARTITION (?:(${NAME})\\.)?(${NAME})`);
const PARENT = new RegExp(`^ALTER INDEX (?:ONLY )?(?:(${NAME})\\.)?(${NAME}) `);
const CONSTRAINT = new RegExp(`ADD CONSTRAINT (${NAME}) `);
/** Not objects: pg_restore takes them out of every list by itself. */
const NO_OBJECTS = new Set(['ENCODING', 'STDSTRINGS', 'SEARCHPATH']);

/**
 * A list for `pg_restore --use-list`, or undefined when the archive's own order is good. pg_restore --clean drops in
 * reverse order, and pg_dump lists the primary key of a partitioned table before those of its partitions: the first
 * drop is then refused with "cannot drop inherited constraint" (seen with 15 and 18). With the keys of the partitions
 * first, the one of the whole table goes first and takes them along.
 */
export function dropOrder(entries: readonly ArchiveEntry[]): string | undefined {
  const constraints = new Map(entries.filter(isConstraint).map((entry) => [constraintName(entry), entry]));
  const children = new Map<ArchiveEntry, ArchiveEntry[]>();
  for (const { definition } of entries.filter(({ description }) => description === 'INDEX ATTACH')) {
    const [parent, child] = [PARENT, ATTACH].map((shape) => constraints.get(indexName(shape.exec(definition))));
    if (parent !== undefined && child !== undefined) children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  if (children.size === 0) return undefined;
  return listOf(inDropOrder(entries, children));
}

function inDropOrder(
  entries: readonly ArchiveEntry[],
  children: ReadonlyMap<ArchiveEntry, readonly ArchiveEntry[]>,
): ArchiveEntry[] {
  const ordered = new Set<ArchiveEntry>();
  const take = (entry: ArchiveEntry): void => {
    for (const child of children.get(entry) ?? []) take(child);
    ordered.add(entry);
  };
  for (const entry of entries) if (!NO_OBJECTS.has(entry.description)) take(entry);
  return [...ordered];
}

export function listOf(entries: readonly ArchiveEntry[]): string {
  return entries.map(({ dumpId }) => `${dumpId};\n`).join('');
}

/**
 * Lists for `pg_restore --use-list` of the large objects of an archive (what makes them, not what is in them), and of
 * everything else. Undefined when it has none.
 */
export function largeObjectLists(
  entries: readonly ArchiveEntry[],
): { readonly largeObjects: string; readonly others: string } | undefined {
  const isObject = ({ description }: ArchiveEntry): boolean => !NO_OBJECTS.has(description);
  const named = entries.filter(isOfLargeObjects);
  const others = entries.filter((entry) => !isOfLargeObjects(entry) && isObject(entry));
  return named.length === 0 ? undefined : { largeObjects: listOf(named), others: listOf(others) };
}

/** BLOB up to version 16, "BLOB METADATA" from 17 on, and their grants and comments, which pg_dump tags so. */
function isOfLargeObjects({ description, tag }: ArchiveEntry): boolean {
  return description === 'BLOB' || description === 'BLOB METADATA' || tag.startsWith('LARGE OBJECT');
}

/** The statements that drop what is made after the data, the last one first. */
export function dropsAfterData(entries: readonly ArchiveEntry[]): string[] {
  return entries
    .filter(({ section, dropStatement }) => section === AFTER_DATA && dropStatement !== '')
    .map(({ dropStatement }) => dropStatement)
    .reverse();
}

function isConstraint({ description }: ArchiveEntry): boolean {
  return description === 'CONSTRAINT';
}

/** The index of a constraint has its name and its schema. */
function constraintName({ schema = '', definition }: ArchiveEntry): string {
  return JSON.stringify([schema, unquote(CONSTRAINT.exec(definition)?.[1] ?? '')]);
}

function indexName(found: RegExpExecArray | null): string {
  return JSON.stringify([unquote(found?.[1] ?? ''), unquote(found?.[2] ?? '')]);
}
