import type { Db, Document } from 'mongodb';
import type { Generation } from '../../generation.ts';
import { generationOfAbout, prefixOf } from './names.ts';

/** A collection as a server lists it. */
export interface ListedCollection {
  readonly name: string;
  /** "collection", "view" or "timeseries". */
  readonly type?: string;
  readonly options?: Document;
  readonly info?: { readonly uuid?: unknown };
}

/** A generation in a list of collections. */
export interface ListedGeneration {
  readonly generation: Generation;
  /** Without the prefix. */
  readonly collections: readonly ListedCollection[];
}

/** What a database holds: what is live, and what restores made or kept beside it. */
export interface Contents {
  readonly live: readonly ListedCollection[];
  readonly generations: readonly ListedGeneration[];
}

/** Asks a database what it holds. Throws the driver's errors. */
export async function contentsOf(database: Db): Promise<Contents> {
  return sortOut((await database.listCollections().toArray()) as ListedCollection[]);
}

/** Tells apart what is live and what is not. */
export function sortOut(found: readonly ListedCollection[]): Contents {
  const generations = found.map(({ name }) => generationOfAbout(name)).filter((one) => one !== undefined);
  const prefixes = generations.map(prefixOf);
  return {
    live: found.filter(({ name }) => !prefixes.some((prefix) => name.startsWith(prefix))),
    generations: generations.map((generation) => ({ generation, collections: within(found, prefixOf(generation)) })),
  };
}

function within(found: readonly ListedCollection[], prefix: string): ListedCollection[] {
  return found
    .filter(({ name }) => name.startsWith(prefix) && generationOfAbout(name) === undefined)
    .map((one) => ({ ...one, name: one.name.slice(prefix.length) }));
}

/** What begins with this belongs to the server itself: it is neither restored nor renamed. */
export function isServersOwn(name: string): boolean {
  return name.startsWith('system.');
}
