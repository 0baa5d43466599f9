import type { Document } from 'mongodb';
import type { ListedCollection } from './contents.ts';

/** The definitions of the views among some collections, as extended JSON by name. */
export async function viewsOf(collections: readonly ListedCollection[]): Promise<Record<string, string>> {
  const views = collections.filter(({ type }) => type === 'view');
  return definitions(Object.fromEntries(views.map(({ name, options }) => [name, options ?? {}])));
}

/**
 * Writes definitions in one form, whatever types the values came with. Without the version of a collation: a server
 * refuses another than its own, and fills it in by itself.
 */
export async function definitions(options: Readonly<Record<string, unknown>>): Promise<Record<string, string>> {
  const { BSON } = await import('mongodb');
  return Object.fromEntries(
    Object.entries(options).map(([name, one]) => {
      const { collation, ...view } = BSON.EJSON.deserialize(BSON.EJSON.serialize(one as Document)) as Document;
      const { version: _, ...kept } = collation ?? {};
      return [name, BSON.EJSON.stringify({ ...view, ...(collation && { collation: kept }) }, { relaxed: true })];
    }),
  );
}

/** The options for "create" again. */
export async function parseDefinition(text: string): Promise<Document> {
  const { BSON } = await import('mongodb');
  return BSON.EJSON.parse(text) as Document;
}
