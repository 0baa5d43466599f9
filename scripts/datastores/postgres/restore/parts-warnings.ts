import type { ArchiveEntry } from '../archive/contents.ts';
import { spell } from './parts-names.ts';
import { dependenciesOf, isRelation, isTie, type Owners } from './parts-owners.ts';
import type { Standing } from './parts-target.ts';

/** What was chosen, and from what. */
export interface Choice {
  readonly entries: readonly ArchiveEntry[];
  readonly chosen: ReadonlySet<ArchiveEntry>;
  /** What cannot be made at the target, and what it lacks for that. */
  readonly left: ReadonlyMap<ArchiveEntry, ArchiveEntry>;
  readonly owners: Owners;
  /** What was not asked for and hangs on what was. */
  readonly remade: readonly ArchiveEntry[];
  readonly standing: Standing | undefined;
}

/** What a restore of the chosen entries asks of its target, or does to what was not chosen; each said once. */
export function warningsOf(choice: Choice): readonly string[] {
  const { entries, chosen, left, remade, standing } = choice;
  const isNew = standing?.relations.size === 0;
  const others = isNew ? [] : entries.filter((entry) => !chosen.has(entry) && !left.has(entry));
  return [
    ...new Set([
      ...needsOf(choice),
      ...[...left].flatMap(([entry, missing]) => missesOf(entry, missing, choice)),
      ...remade.flatMap((entry) => remadeOf(entry, choice)),
      ...others.flatMap((entry) => obstacleOf(entry, choice)),
      ...largeObjects(entries),
    ]),
  ];
}

/** What the chosen depend on, does not come along, and is not known to stand; each named once. */
function needsOf(choice: Choice): string[] {
  const { chosen, owners, standing } = choice;
  const alone = new Set<string>();
  const needs = new Map<ArchiveEntry, Map<ArchiveEntry, string>>();
  for (const entry of chosen) {
    const root = owners.rootOf(entry);
    for (const other of dependenciesOf(entry, owners.byId).map(owners.rootOf)) {
      if (chosen.has(other)) continue;
      if (other === owners.parentOf(root)) {
        // Keys and triggers of the whole table are not its own.
        if (!isAttached(root, other, choice)) alone.add(aloneOf(root, other, standing));
      } else if (!stands(other, standing)) {
        const before = needs.get(other) ?? new Map<ArchiveEntry, string>();
        needs.set(other, before.set(root, before.get(root) ?? purpose(entry, root)));
      }
    }
  }
  return [...alone, ...[...needs].map(([other, by]) => needText(other, by))];
}

function needText(needed: ArchiveEntry, by: ReadonlyMap<ArchiveEntry, string>): string {
  const [[first, why] = [needed, '']] = by;
  if (by.size === 1) return `${nameOf(first)} needs ${nameOf(needed)} at the target${why}`;
  return `${nameOf(first)} and ${by.size - 1} more need ${nameOf(needed)} at the target`;
}

/** True when the partition goes to its table, which stands. */
function isAttached(part: ArchiveEntry, whole: ArchiveEntry, { chosen, owners }: Choice): boolean {
  return [...chosen].some((entry) => {
    const ends = owners.endsOf(entry);
    return ends.part === part && ends.whole === whole;
  });
}

function aloneOf(part: ArchiveEntry, whole: ArchiveEntry, standing: Standing | undefined): string {
  const alone = `${nameOf(part)} comes as a table by itself, without ${nameOf(whole)} that it is a part of`;
  return standing?.relations.size === 0 ? alone : `${alone}: where it is attached, it cannot be replaced alone`;
}

function stands(entry: ArchiveEntry, standing: Standing | undefined): boolean {
  if (entry.description === 'SCHEMA') return standing?.schemas.has(entry.tag) ?? false;
  return isRelation(entry) && (standing?.relations.has(spell(entry)) ?? false);
}

function missesOf(entry: ArchiveEntry, missing: ArchiveEntry, { owners, left }: Choice): string[] {
  const owner = owners.ownerOf(entry);
  if (owner !== undefined && left.has(owner)) return [];
  const lacked = nameOf(owners.rootOf(missing));
  return [`${describe(entry, owners)} is left out: it needs ${lacked}, which is not at the target`];
}

/** What was not asked for, and is dropped and made again because it hangs on what was. */
function remadeOf(entry: ArchiveEntry, { chosen, owners }: Choice): string[] {
  const held = heldBy(entry, chosen, owners);
  return held === undefined ? [] : [`${describe(entry, owners)} hangs on ${nameOf(held)} and is made again as it was`];
}

/** What is not chosen and keeps the server from dropping what is. */
function obstacleOf(entry: ArchiveEntry, { chosen, owners, standing }: Choice): string[] {
  const root = owners.rootOf(entry);
  const held = isTie(entry) ? undefined : heldBy(entry, chosen, owners);
  if (held === undefined || (isRelation(root) && standing && !stands(root, standing))) return [];
  if (entry.description.startsWith('PUBLICATION')) return [leaves(entry, held, owners)];
  return [
    `${describe(entry, owners)} hangs on ${nameOf(held)} and was not chosen: where it is, nothing can be replaced`,
  ];
}

function heldBy(entry: ArchiveEntry, chosen: ReadonlySet<ArchiveEntry>, owners: Owners): ArchiveEntry | undefined {
  const root = owners.rootOf(entry);
  const held = dependenciesOf(entry, owners.byId).map(owners.rootOf);
  return held.find((other) => other !== root && chosen.has(other));
}

function leaves(entry: ArchiveEntry, member: ArchiveEntry, owners: Owners): string {
  const publication = dependenciesOf(entry, owners.byId).find(({ description }) => description === 'PUBLICATION');
  return `${nameOf(member)} leaves the publication "${publication?.tag ?? entry.tag}" when it is replaced: add it again`;
}

function largeObjects(entries: readonly ArchiveEntry[]): string[] {
  const some = entries.some(({ description }) => description === 'BLOBS');
  return some ? ['large objects are left out: they belong to no table'] : [];
}

/** "the foreign key "lines_fkey" of "public.lines"". */
function describe(entry: ArchiveEntry, owners: Owners): string {
  const root = owners.rootOf(entry);
  return root === entry ? nameOf(entry) : `the ${partName(entry, root)} of ${nameOf(root)}`;
}

function purpose(entry: ArchiveEntry, root: ArchiveEntry): string {
  return entry === root ? '' : `, for its ${partName(entry, root)}`;
}

function partName({ description, tag }: ArchiveEntry, root: ArchiveEntry): string {
  const name = tag.startsWith(`${root.tag} `) ? tag.slice(root.tag.length + 1) : tag;
  return `${wordFor(description)} "${name}"`;
}

function nameOf(entry: ArchiveEntry): string {
  const name = `"${spell(entry)}"`;
  return isRelation(entry) ? name : `the ${wordFor(entry.description)} ${name}`;
}

function wordFor(description: string): string {
  return description === 'FK CONSTRAINT' ? 'foreign key' : description.toLowerCase();
}
