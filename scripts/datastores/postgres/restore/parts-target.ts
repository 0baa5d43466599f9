import type { ArchiveEntry } from '../archive/contents.ts';
import { spell } from './parts-names.ts';
import { dependenciesOf, isRelation, isTie, type Owners } from './parts-owners.ts';

/**
 * What stands at the target. Where nothing does, as in a database that was just made, types, functions, extensions and
 * schemas that the chosen need come along. Where something does, what hangs on a chosen table is dropped with it and made
 * again: foreign keys of other tables, views. In both, what needs a table that is not there is left out.
 */
export interface Standing {
  /** Tables and views, "schema.name"; empty: a new database. */
  readonly relations: ReadonlySet<string>;
  readonly schemas: ReadonlySet<string>;
}

/** Can be dropped and made again with no loss. */
const REMADE = new Set(['FK CONSTRAINT', 'VIEW', 'MATERIALIZED VIEW', 'POLICY', 'RULE', 'TRIGGER', 'DEFAULT']);

/** What a restore into this target has to bring beside the chosen, as far as it is not chosen yet. */
export function companionsOf(
  entries: readonly ArchiveEntry[],
  chosen: ReadonlySet<ArchiveEntry>,
  owners: Owners,
  standing: Standing,
): { readonly needed: readonly ArchiveEntry[]; readonly remade: readonly ArchiveEntry[] } {
  const there = availability(chosen, owners, standing);
  const needed = [...chosen]
    .flatMap((entry) => dependenciesOf(entry, owners.byId))
    .map(owners.rootOf)
    .filter((other) => !chosen.has(other) && !isRelation(other) && isBrought(other, standing) && there(other));
  const remade = entries.filter((entry) => !chosen.has(entry) && isRemade(entry, chosen, owners, standing));
  return { needed, remade };
}

/** Into a database that has something only schemas that it lacks are brought: of the rest nobody knows. */
function isBrought({ description, tag }: ArchiveEntry, { relations, schemas }: Standing): boolean {
  return description === 'SCHEMA' ? !schemas.has(tag) : relations.size === 0;
}

/** True for what the server would not let a chosen table be dropped for, and can be made again. */
function isRemade(
  entry: ArchiveEntry,
  chosen: ReadonlySet<ArchiveEntry>,
  owners: Owners,
  { relations }: Standing,
): boolean {
  if (!REMADE.has(entry.description) || !relations.has(spell(owners.rootOf(entry)))) return false;
  return dependenciesOf(entry, owners.byId).some((other) => chosen.has(owners.rootOf(other)));
}

/** What of the grown choice cannot be made at this target, since a table is missing there. Tables themselves stay. */
export function leftOut(
  grown: readonly ArchiveEntry[],
  named: ReadonlySet<ArchiveEntry>,
  owners: Owners,
  standing: Standing | undefined,
): Map<ArchiveEntry, ArchiveEntry> {
  const left = new Map<ArchiveEntry, ArchiveEntry>();
  if (standing === undefined) return left;
  const there = availability(new Set(grown), owners, standing);
  const isMissing = (other: ArchiveEntry): boolean => left.has(other) || !there(other);
  for (const entry of grown) {
    if (isTie(entry) || entry.description === 'TABLE' || named.has(entry)) continue;
    const missing = dependenciesOf(entry, owners.byId).find(
      (other) => isMissing(other) && !isWhole(entry, other, owners),
    );
    if (missing !== undefined) left.set(entry, missing);
  }
  return left;
}

/**
 * Ties of chosen partitions that the target lacks to the table that it has. They are made when everything else is done:
 * the server would give the partition its keys at once, and the dump's own would then be there twice.
 */
export function attachments(
  entries: readonly ArchiveEntry[],
  chosen: ReadonlySet<ArchiveEntry>,
  owners: Owners,
  standing: Standing | undefined,
): ArchiveEntry[] {
  const stands = (entry: ArchiveEntry): boolean => standing?.relations.has(spell(entry)) ?? false;
  return entries.filter((entry) => {
    if (entry.description !== 'TABLE ATTACH' || chosen.has(entry)) return false;
    const { whole, part } = owners.endsOf(entry);
    return whole !== undefined && part !== undefined && chosen.has(part) && !stands(part) && stands(whole);
  });
}

/** The key of a partition names the key of the whole table, and is made without it. */
function isWhole(entry: ArchiveEntry, other: ArchiveEntry, owners: Owners): boolean {
  const whole = owners.parentOf(owners.rootOf(entry));
  return whole !== undefined && owners.rootOf(other) === whole;
}

/** Whether something comes along, or stands, or can be brought. */
function availability(
  chosen: ReadonlySet<ArchiveEntry>,
  owners: Owners,
  standing: Standing,
): (entry: ArchiveEntry) => boolean {
  const known = new Map<ArchiveEntry, boolean>();
  const find = (entry: ArchiveEntry): boolean => {
    if (chosen.has(entry)) return true;
    const root = owners.rootOf(entry);
    if (root !== entry) return there(root);
    if (isRelation(entry)) return standing.relations.has(spell(entry));
    return !isBrought(entry, standing) || dependenciesOf(entry, owners.byId).every(there);
  };
  const there = (entry: ArchiveEntry): boolean => {
    const before = known.get(entry);
    if (before !== undefined) return before;
    // Types and their functions need each other.
    known.set(entry, true);
    const found = find(entry);
    known.set(entry, found);
    return found;
  };
  return there;
}
