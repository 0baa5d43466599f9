import type { ArchiveEntry } from '../archive/contents.ts';

/** What has rows or is looked at like a table, and can be chosen by its name. */
const RELATIONS = new Set(['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW']);

/** What belongs to a table by its tag, "table name", because it may depend on other tables as well. */
const TAGGED = new Set(['CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT', 'TRIGGER', 'RULE', 'POLICY', 'DEFAULT']);

/** What belongs to the first relation that it depends on. */
const OF_RELATION = new Set([
  'INDEX',
  'STATISTICS',
  'ROW SECURITY',
  'TABLE DATA',
  'MATERIALIZED VIEW DATA',
  'SEQUENCE',
]);

/** What belongs to the very thing that it depends on first: a table, an index, a function, a schema. */
const OF_ANYTHING = new Set([
  'COMMENT',
  'ACL',
  'SECURITY LABEL',
  'SEQUENCE OWNED BY',
  'SEQUENCE SET',
  'STATISTICS DATA',
]);

/** What ties two others together, and comes when both do. */
const TIES = new Set(['TABLE ATTACH', 'INDEX ATTACH']);

/** A partition and the table that it is a part of. */
interface Attachment {
  readonly part: ArchiveEntry | undefined;
  readonly whole: ArchiveEntry | undefined;
}

/** The entries of an archive, and what belongs to what. */
export interface Owners {
  readonly byId: ReadonlyMap<number, ArchiveEntry>;
  /** What an entry is a part of: the table of an index, the index of a comment. Undefined: it stands by itself. */
  ownerOf(entry: ArchiveEntry): ArchiveEntry | undefined;
  /** What the entry is a part of in the end: the table of a comment on an index, or the entry itself. */
  rootOf(entry: ArchiveEntry): ArchiveEntry;
  /** The table that a partition is attached to. */
  parentOf(entry: ArchiveEntry): ArchiveEntry | undefined;
  /** What an entry ties together, where it is one that attaches a partition. */
  endsOf(entry: ArchiveEntry): Attachment;
}

/** True for tables, views and their like. */
export function isRelation({ description }: ArchiveEntry): boolean {
  return RELATIONS.has(description);
}

/** True for what ties two others together, such as a partition and its table. */
export function isTie({ description }: ArchiveEntry): boolean {
  return TIES.has(description);
}

/** Reads from the dependencies in an archive what belongs to what. */
export function ownersOf(entries: readonly ArchiveEntry[]): Owners {
  const byId = new Map(entries.map((entry) => [entry.dumpId, entry]));
  const parents = parentsOf(entries, byId);
  const owners = new Map(entries.map((entry) => [entry, findOwner(entry, byId)]));
  const ownerOf = (entry: ArchiveEntry): ArchiveEntry | undefined => owners.get(entry);
  const rootOf = (entry: ArchiveEntry): ArchiveEntry => {
    const owner = ownerOf(entry);
    return owner === undefined ? entry : rootOf(owner);
  };
  return { byId, ownerOf, rootOf, parentOf: (entry) => parents.get(entry), endsOf: (entry) => endsOf(entry, byId) };
}

/** What an entry depends on, as far as it is in the archive, each once. */
export function dependenciesOf(entry: ArchiveEntry, byId: ReadonlyMap<number, ArchiveEntry>): ArchiveEntry[] {
  const found = [...new Set(entry.dependencies)].map((id) => byId.get(id));
  return found.filter((dependency) => dependency !== undefined && dependency !== entry) as ArchiveEntry[];
}

function findOwner(entry: ArchiveEntry, byId: ReadonlyMap<number, ArchiveEntry>): ArchiveEntry | undefined {
  const dependencies = dependenciesOf(entry, byId);
  if (OF_ANYTHING.has(entry.description)) return dependencies[0];
  const relations = dependencies.filter(isRelation);
  if (OF_RELATION.has(entry.description)) return relations[0];
  if (!TAGGED.has(entry.description)) return undefined;
  const named = relations.filter(({ schema, tag }) => schema === entry.schema && entry.tag.startsWith(`${tag} `));
  return named.length > 1 ? firstNamed(entry, named) : named[0];
}

/** Tables "a" and "a b" can both begin a tag. Each statement names the table that it is about before any other. */
function firstNamed({ definition }: ArchiveEntry, relations: readonly ArchiveEntry[]): ArchiveEntry | undefined {
  const place = ({ tag }: ArchiveEntry): number => {
    const found = [`.${tag} `, `.${tag}\n`, `"${tag.replaceAll('"', '""')}"`].map((name) => definition.indexOf(name));
    return Math.min(...found.map((at) => (at === -1 ? Number.POSITIVE_INFINITY : at)));
  };
  return relations.toSorted((left, right) => place(left) - place(right))[0];
}

/** Up to version 13 pg_dump wrote no "TABLE ATTACH": the statement stood behind the one that makes the partition. */
const ATTACHED_AT_ONCE = /^(?:ALTER TABLE ONLY .* ATTACH PARTITION |CREATE .*TABLE .* PARTITION OF )/m;

function parentsOf(
  entries: readonly ArchiveEntry[],
  byId: ReadonlyMap<number, ArchiveEntry>,
): Map<ArchiveEntry, ArchiveEntry> {
  const parents = new Map<ArchiveEntry, ArchiveEntry>();
  for (const entry of entries) {
    const { whole, part } = endsOf(entry, byId);
    if (whole !== undefined && part !== undefined) parents.set(part, whole);
  }
  return parents;
}

/** The partition and its table, where this entry attaches one to the other. */
function endsOf(entry: ArchiveEntry, byId: ReadonlyMap<number, ArchiveEntry>): Attachment {
  const tables = dependenciesOf(entry, byId).filter(isTable);
  const isPart = ({ schema, tag }: ArchiveEntry): boolean => schema === entry.schema && tag === entry.tag;
  if (entry.description === 'TABLE ATTACH')
    return { part: tables.find(isPart), whole: tables.find((table) => !isPart(table)) };
  const atOnce = isTable(entry) && ATTACHED_AT_ONCE.test(entry.definition);
  return atOnce ? { part: entry, whole: tables[0] } : { part: undefined, whole: undefined };
}

function isTable({ description }: ArchiveEntry): boolean {
  return description === 'TABLE' || description === 'FOREIGN TABLE';
}
