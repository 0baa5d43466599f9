import type { Db } from 'mongodb';
import { runPool } from '../../../common/pool.ts';
import type { ObjectChange } from '../../restore.ts';
import { isServersOwn, type ListedCollection } from '../generations/contents.ts';
import { type Expected, namesIn } from './expected.ts';

/** What becomes of collections that are live and not in the set; "hidden": others are not the matter of this restore. */
export type Others = 'removed' | 'left' | 'hidden';

/** What becomes of each collection, with the documents that the server estimates. Throws the driver's errors. */
export async function changesOf(
  database: Db,
  live: readonly ListedCollection[],
  expected: Expected,
  others: Others,
): Promise<ObjectChange[]> {
  const names = namesIn(expected);
  const there = new Map(live.filter(({ name }) => !isServersOwn(name)).map(({ name, type }) => [name, type]));
  const extras = others === 'hidden' ? [] : extrasOf([...there.keys()], expected);
  return await runPool([...names, ...extras].sort(), 2, async (name) => ({
    name,
    change: !names.includes(name) && others !== 'hidden' ? others : there.has(name) ? 'replaced' : 'added',
    // Views and time series are not counted by estimate.
    now: there.get(name) === 'collection' ? await database.collection(name).estimatedDocumentCount() : undefined,
    recorded: expected.fingerprint.counts[name],
  }));
}

/** The names among some that a set does not have; those of the server itself left out. */
export function extrasOf(names: readonly string[], expected: Expected): string[] {
  const known = new Set(namesIn(expected));
  return names.filter((name) => !known.has(name) && !isServersOwn(name)).sort();
}
