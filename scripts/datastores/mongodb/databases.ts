import type { Db } from 'mongodb';
import type { Connection } from './connection/connection.ts';
import { serverCode, UNAUTHORIZED } from './connection/errors.ts';

/** Databases of the server itself. Taken only when the settings name them; "admin" holds the users of everything. */
export const SYSTEM_DATABASES: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

/**
 * Names and bytes. A user without the right to list all gets those that he may read. When even that is refused and the
 * settings name databases, these are asked one by one. Throws the driver's errors.
 */
export async function listDatabases(connection: Connection): Promise<Map<string, number>> {
  try {
    const { databases } = await connection.client.db('admin').admin().listDatabases();
    return new Map(databases.map(({ name, sizeOnDisk }) => [name, sizeOnDisk ?? 0]));
  } catch (error) {
    const named = connection.address.databases;
    if (serverCode(error) !== UNAUTHORIZED || named === undefined) throw error;
    return new Map(
      await Promise.all(named.map(async (name) => [name, await sizeOf(connection.client.db(name))] as const)),
    );
  }
}

/** 0 where the size is not told: whether the database can be read shows in the next step. */
export async function sizeOf(database: Db): Promise<number> {
  try {
    return Number((await database.stats()).storageSize ?? 0);
  } catch (error) {
    if (serverCode(error) === undefined) throw error;
    return 0;
  }
}
