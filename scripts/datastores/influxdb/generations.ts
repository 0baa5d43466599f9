import type { CallOptions } from '../../engines/engine.ts';
import { type StoredGeneration, spellGeneration } from '../generation.ts';
import type { Connection } from './connection/connection.ts';
import { dropDatabase, generationOfName, listDatabases, sizesOf } from './databases.ts';

/** What restores made beside the live databases; they keep nothing there, since the server renames no database. */
export async function storedGenerations(connection: Connection, options: CallOptions): Promise<StoredGeneration[]> {
  const [names, sizes] = [await listDatabases(connection, options), await sizesOf(connection, options)];
  return names.flatMap((place) => {
    const generation = generationOfName(place);
    return generation === undefined ? [] : [{ ...generation, place, sizeBytes: sizes.get(place) ?? 0 }];
  });
}

/** The database that a restore makes beside the live one, to compare it there. */
export function besideName(database: string, stamp: string): string {
  return `${database}_${spellGeneration({ part: 'new', stamp })}`;
}

/** Removes what a restore made beside; only names that are spelled as such are ever removed. */
export async function removeGeneration(
  connection: Connection,
  { database, stamp }: Pick<StoredGeneration, 'database' | 'stamp'>,
  options: CallOptions,
): Promise<void> {
  await dropDatabase(connection, besideName(database, stamp), options);
}
