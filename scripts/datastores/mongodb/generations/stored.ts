import type { Db } from 'mongodb';
import { Failure } from '../../../common/failure.ts';
import { runPool } from '../../../common/pool.ts';
import type { Generation, StoredGeneration } from '../../generation.ts';
import type { Connection } from '../connection/connection.ts';
import { asked, serverCode, UNAUTHORIZED } from '../connection/errors.ts';
import { listDatabases, SYSTEM_DATABASES } from '../databases.ts';
import { dropCollection, forgetAbout, readAbout } from './about.ts';
import { type Contents, contentsOf, type ListedGeneration } from './contents.ts';
import { aboutOf, isSame, prefixOf } from './names.ts';

/** What restores made or kept beside the live collections of all databases of a server. */
export async function storedGenerations(connection: Connection): Promise<StoredGeneration[]> {
  return asked(connection.address.label, async () => {
    const stored: StoredGeneration[] = [];
    for (const name of (await listDatabases(connection)).keys()) {
      if (SYSTEM_DATABASES.has(name)) continue;
      const database = connection.client.db(name);
      for (const listed of await listedIn(database)) stored.push(await storedOf(database, listed));
    }
    return stored;
  });
}

/** Restores made nothing where we may not look. */
async function listedIn(database: Db): Promise<readonly ListedGeneration[]> {
  try {
    return (await contentsOf(database)).generations;
  } catch (error) {
    if (serverCode(error) === UNAUTHORIZED) return [];
    throw error;
  }
}

async function storedOf(database: Db, listed: ListedGeneration): Promise<StoredGeneration> {
  const place = `collections "${prefixOf(listed.generation)}*" in database "${database.databaseName}"`;
  const { data, indexes } = await sizeOfAll(database, { generations: [listed] });
  return { ...listed.generation, database: database.databaseName, place, sizeBytes: data + indexes };
}

/** Bytes on the disk. */
export interface Size {
  readonly data: number;
  readonly indexes: number;
}

/** What all generations of a database take; 0 where the server does not tell. */
export async function sizeOfAll(database: Db, { generations }: Pick<Contents, 'generations'>): Promise<Size> {
  const names = generations.flatMap(({ generation, collections }) => [
    aboutOf(generation),
    ...collections.map(({ name }) => prefixOf(generation) + name),
  ]);
  const sizes = await runPool(names, 2, (name) => sizeOf(database, name));
  return {
    data: sizes.reduce((sum, { data }) => sum + data, 0),
    indexes: sizes.reduce((sum, { indexes }) => sum + indexes, 0),
  };
}

async function sizeOf(database: Db, collStats: string): Promise<Size> {
  try {
    const { storageSize, totalIndexSize } = await database.command({ collStats });
    return { data: Number(storageSize ?? 0), indexes: Number(totalIndexSize ?? 0) };
  } catch (error) {
    if (serverCode(error) === undefined) throw error;
    return { data: 0, indexes: 0 };
  }
}

/**
 * Drops the collections of a generation, the one that says what they are last; none is fine. Throws Failure "refused"
 * while an exchange that was broken off still needs them.
 */
export async function removeGeneration(
  connection: Connection,
  database: string,
  generation: Generation,
): Promise<void> {
  await asked(connection.address.label, async () => {
    const place = connection.client.db(database);
    const contents = await contentsOf(place);
    const listed = contents.generations.find((one) => isSame(one.generation, generation));
    if (listed === undefined) return;
    await requireNotNeeded(place, contents, generation);
    for (const { name } of listed.collections) await dropCollection(place, prefixOf(generation) + name);
    await forgetAbout(place, generation);
  });
}

async function requireNotNeeded(database: Db, contents: Contents, generation: Generation): Promise<void> {
  const half = await halfExchanged(database, contents);
  if (half === undefined || !(isSame(half.kept, generation) || isSame(half.fresh, generation))) return;
  throw new Failure('refused', {
    message: `old and new collections of database "${database.databaseName}" are changing places, or were broken off in it`,
    stands: 'nothing was removed',
  });
}

/** The exchange that was begun in a database and has not ended; undefined where there is none. */
export async function halfExchanged(
  database: Db,
  { generations }: Contents,
): Promise<{ kept: Generation; fresh: Generation | undefined } | undefined> {
  for (const { generation } of generations) {
    const exchange = (await readAbout(database, generation))?.exchange;
    if (exchange !== undefined && !exchange.done) return { kept: generation, fresh: exchange.fresh };
  }
  return undefined;
}
