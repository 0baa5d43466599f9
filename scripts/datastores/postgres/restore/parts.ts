import type { RestoreParts } from '../../restore.ts';
import type { ArchiveEntry } from '../archive/contents.ts';
import { dropOrder, listOf } from './drop-order.ts';
import { findNamed, type NamedParts, spell } from './parts-names.ts';
import { dependenciesOf, isTie, type Owners, ownersOf } from './parts-owners.ts';
import { attachments, companionsOf, leftOut, type Standing } from './parts-target.ts';
import { warningsOf } from './parts-warnings.ts';

/** What of an archive is restored. */
export interface ChosenEntries {
  /** For `pg_restore --use-list`. */
  readonly list: string;
  /** In the order of the list, which is the archive's for all but what attaches a partition to a table that stands. */
  readonly entries: readonly ArchiveEntry[];
  /** "schema.table" of every table that is made, also of those that only hold partitions. */
  readonly tables: readonly string[];
  /** What does not come along and may be missed at the target, for people. */
  readonly warnings: readonly string[];
}

/** Never chosen, also where they are of a chosen schema: they belong to the database. */
const OF_DATABASE = /^(?:EXTENSION|PUBLICATION|SUBSCRIPTION|EVENT TRIGGER|DATABASE|BLOB)/;

/**
 * Chooses the entries of an archive that bring some tables or schemas. A table comes with its rows, defaults, sequences
 * of its own and their values, keys, indexes, triggers, rules, policies, grants and comments, and with its partitions; a
 * schema with all that is in it. pg_restore's own --table would bring bare rows (pitfall b14), and take a name that
 * matches nothing for nothing to do (b21). With `standing` the choice fits that target, see {@link Standing}; without
 * it what is not known is kept, and named in the warnings. Throws Failure "not-found" or "ambiguous".
 */
export function chooseEntries(
  entries: readonly ArchiveEntry[],
  parts: RestoreParts,
  standing?: Standing,
): ChosenEntries {
  const owners = ownersOf(entries);
  const named = findNamed(entries, parts);
  const roots = new Set(entries.filter((entry) => isNamed(entry, named, standing)));
  const { grown, remade } = grow(entries, roots, owners, standing);
  const left = leftOut([...grown], named.relations, owners, standing);
  const inOrder = entries.filter((entry) => grown.has(entry) && !left.has(entry));
  const last = attachments(entries, grown, owners, standing);
  return {
    list: (dropOrder(inOrder) ?? listOf(inOrder)) + listOf(last),
    entries: [...inOrder, ...last],
    tables: inOrder.filter(({ description }) => description === 'TABLE').map(spell),
    warnings: warningsOf({ entries, chosen: new Set([...inOrder, ...last]), left, owners, remade, standing }),
  };
}

/** Adds what the chosen need or move at the target until nothing is added any more. */
function grow(
  entries: readonly ArchiveEntry[],
  named: ReadonlySet<ArchiveEntry>,
  owners: Owners,
  standing: Standing | undefined,
): { readonly grown: ReadonlySet<ArchiveEntry>; readonly remade: readonly ArchiveEntry[] } {
  const roots = new Set(named);
  const remade: ArchiveEntry[] = [];
  for (;;) {
    const grown = withParts(entries, roots, owners);
    const more = standing && companionsOf(entries, grown, owners, standing);
    if (more === undefined || more.needed.length + more.remade.length === 0) return { grown, remade };
    for (const entry of [...more.needed, ...more.remade]) roots.add(entry);
    remade.push(...more.remade);
  }
}

/** Adds what belongs to the roots. One walk is enough: what something belongs to is listed before it. */
function withParts(
  entries: readonly ArchiveEntry[],
  roots: ReadonlySet<ArchiveEntry>,
  owners: Owners,
): Set<ArchiveEntry> {
  const chosen = new Set<ArchiveEntry>();
  const has = (entry: ArchiveEntry | undefined): boolean => entry !== undefined && chosen.has(entry);
  const belongs = (entry: ArchiveEntry): boolean =>
    isTie(entry)
      ? dependenciesOf(entry, owners.byId).every(has)
      : has(owners.ownerOf(entry)) || has(owners.parentOf(entry));
  for (const entry of entries) if (roots.has(entry) || belongs(entry)) chosen.add(entry);
  return chosen;
}

/**
 * A schema that stands stays: dropping it would fail for whatever came into it since. Ties come with what they tie, see
 * {@link withParts}.
 */
function isNamed(entry: ArchiveEntry, { relations, schemas }: NamedParts, standing: Standing | undefined): boolean {
  if (OF_DATABASE.test(entry.description) || isTie(entry)) return false;
  if (entry.description === 'SCHEMA') return schemas.has(entry.tag) && !standing?.schemas.has(entry.tag);
  return relations.has(entry) || schemas.has(entry.schema ?? '');
}
