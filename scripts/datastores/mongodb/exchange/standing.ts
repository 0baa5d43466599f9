import type { Db } from 'mongodb';
import type { ListedCollection } from '../generations/contents.ts';
import { viewsOf } from '../generations/views.ts';
import type { Standing } from './plan.ts';

/** What stands in a database now. Throws the driver's errors. */
export async function standingOf(database: Db): Promise<Standing> {
  const found = (await database.listCollections().toArray()) as ListedCollection[];
  return {
    collections: new Set(found.filter(({ type }) => type !== 'view').map(({ name }) => name)),
    views: new Map(Object.entries(await viewsOf(found))),
  };
}
