import type { Db } from 'mongodb';
import type { PlannedSource, ServerPlan } from '../datastore.ts';
import type { Connection } from './connection/connection.ts';
import { asked, driverFailure, serverCode, UNAUTHORIZED } from './connection/errors.ts';

/** Databases of the server itself. Taken only when the settings name them; "admin" holds the users of everything. */
export const SYSTEM_DATABASES: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

/**
 * Finds what there is to dump, with sizes (FerretDB lists all with 0; each is then asked for its own); tries each database with a small read, so that a missing right shows early.
 */
export async function planSources(connection: Connection): Promise<ServerPlan> {
  const { label } = connection.address;
  const sizes = await asked(label, () => listDatabases(connection));
  const wanted = connection.address.databases ?? [...sizes.keys()].filter((name) => !SYSTEM_DATABASES.has(name));
  const plan: { [Key in keyof ServerPlan]: ServerPlan[Key][number][] } = { sources: [], skipped: [], failed: [] };
  for (const name of wanted) {
    const sizeBytes = sizes.get(name);
    if (sizeBytes === undefined) {
      plan.skipped.push({ name, reason: `there is no database "${name}" on ${label}` });
      continue;
    }
    const reason = await whyUnreadable(connection, name);
    if (reason === undefined) plan.sources.push(source(name, sizeBytes || (await sizeOf(connection.client.db(name)))));
    else plan.failed.push({ name, reason });
  }
  return plan;
}

function source(name: string, sizeBytes: number): PlannedSource {
  return { kind: 'mongo', name, sizeBytes };
}

/**
 * Names and bytes. A user without the right to list all gets those that he may read. When even that is refused and the
 * settings name databases, these are asked one by one.
 */
async function listDatabases(connection: Connection): Promise<Map<string, number>> {
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
async function sizeOf(database: Db): Promise<number> {
  try {
    return Number((await database.stats()).storageSize ?? 0);
  } catch (error) {
    if (serverCode(error) === undefined) throw error;
    return 0;
  }
}

async function whyUnreadable(connection: Connection, name: string): Promise<string | undefined> {
  const database = connection.client.db(name);
  try {
    const collections = await database.listCollections({}, { nameOnly: true }).toArray();
    const first = collections.find(({ type }) => type !== 'view');
    if (first !== undefined) await database.collection(first.name).findOne({}, { projection: { _id: 1 } });
    return undefined;
  } catch (error) {
    if (serverCode(error) === undefined) throw driverFailure(error, connection.address.label);
    return `database "${name}" cannot be read: ${(error as Error).message}`;
  }
}
