/** What a name of the database stands for. */
export type Occupant = 'collection' | 'view';

/** A name that an exchange is about: what is live under it, and what is to be. */
export interface Entry {
  readonly name: string;
  readonly live?: Occupant;
  readonly fresh?: Occupant;
}

/** What stands in a database. */
export interface Standing {
  readonly collections: ReadonlySet<string>;
  /** Definitions by name. */
  readonly views: ReadonlyMap<string, string>;
}

/** Where the two sides of an exchange are. */
export interface Sides {
  /** Before the names of what becomes live; undefined: nothing does. */
  readonly fresh: string | undefined;
  /** Before the names of what was live. */
  readonly kept: string;
  /** The views that become live, by name. */
  readonly views: Readonly<Record<string, string>>;
}

/** One thing to do. Each is done at once or not at all. */
export type Move =
  | { readonly kind: 'aside'; readonly name: string; readonly to: string }
  | { readonly kind: 'in'; readonly name: string; readonly from: string }
  | { readonly kind: 'drop view'; readonly name: string }
  | { readonly kind: 'make view'; readonly name: string; readonly definition: string }
  | { readonly kind: 'change view'; readonly name: string; readonly definition: string };

/**
 * All that an exchange still has to do, from whatever it has done already. Name by name, the old one aside and the new
 * one in, so that a name is without its collection for a moment only. What stands tells how far a name is: the old one is
 * aside before the new one comes in.
 */
export function movesLeft(entries: readonly Entry[], standing: Standing, sides: Sides): Move[] {
  return entries.flatMap((entry) => movesOf(entry, standing, sides));
}

/** The exchange that takes another back, from wherever it stands. */
export function reversed(entries: readonly Entry[]): Entry[] {
  return entries.map(({ name, live, fresh }) => ({
    name,
    ...(fresh && { live: fresh }),
    ...(live && { fresh: live }),
  }));
}

function movesOf(entry: Entry, standing: Standing, sides: Sides): Move[] {
  const { name } = entry;
  if (entry.fresh === 'collection') {
    const from = `${sides.fresh}${name}`;
    return standing.collections.has(from) ? [...clear(entry, standing, sides), { kind: 'in', name, from }] : [];
  }
  if (entry.fresh === undefined) return goAway(entry, standing, sides);
  const definition = sides.views[name] ?? '';
  const there = standing.views.get(name);
  if (there === undefined) return [...clear(entry, standing, sides), { kind: 'make view', name, definition }];
  return there === definition ? [] : [{ kind: 'change view', name, definition }];
}

/** What is there when the old one is aside was written meanwhile; who moves in deals with it. */
function clear(entry: Entry, standing: Standing, sides: Sides): Move[] {
  const { name } = entry;
  if (standing.views.has(name)) return [{ kind: 'drop view', name }];
  return entry.live === 'collection' ? goAside(name, standing, sides) : [];
}

function goAway({ name, live }: Entry, standing: Standing, sides: Sides): Move[] {
  if (live === 'collection') return goAside(name, standing, sides);
  return live === 'view' && standing.views.has(name) ? [{ kind: 'drop view', name }] : [];
}

function goAside(name: string, { collections }: Standing, { kept }: Sides): Move[] {
  const to = `${kept}${name}`;
  return collections.has(name) && !collections.has(to) ? [{ kind: 'aside', name, to }] : [];
}
