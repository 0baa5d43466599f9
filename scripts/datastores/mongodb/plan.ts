import type { PlannedSource, ServerPlan } from '../datastore.ts';
import type { Connection } from './connection/connection.ts';
import { asked, driverFailure, serverCode } from './connection/errors.ts';
import { listDatabases, SYSTEM_DATABASES, sizeOf } from './databases.ts';
import { type Contents, contentsOf } from './generations/contents.ts';
import { halfExchanged, sizeOfAll } from './generations/stored.ts';

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
    const looked = await lookAt(connection, name);
    if (typeof looked === 'string') plan.failed.push({ name, reason: looked });
    else if (looked.live.length === 0 && looked.generations.length > 0) {
      plan.skipped.push({ name, reason: `database "${name}" holds nothing but what a restore made or kept beside it` });
    } else plan.sources.push(await source(connection, name, sizeBytes, looked));
  }
  return plan;
}

async function source(
  connection: Connection,
  name: string,
  listed: number,
  contents: Contents,
): Promise<PlannedSource> {
  const database = connection.client.db(name);
  const sizeBytes = listed || (await sizeOf(database));
  const kept = await sizeOfAll(database, contents);
  return { kind: 'mongo', name, sizeBytes: Math.max(0, sizeBytes - kept.data) };
}

/** What a database holds, or why it cannot be dumped. */
async function lookAt(connection: Connection, name: string): Promise<Contents | string> {
  const database = connection.client.db(name);
  try {
    const contents = await contentsOf(database);
    const first = contents.live.find(({ type }) => type !== 'view');
    if (first !== undefined) await database.collection(first.name).findOne({}, { projection: { _id: 1 } });
    if ((await halfExchanged(database, contents)) === undefined) return contents;
    return `a restore of database "${name}" was broken off while old and new collections changed places`;
  } catch (error) {
    if (serverCode(error) === undefined) throw driverFailure(error, connection.address.label);
    return `database "${name}" cannot be read: ${(error as Error).message}`;
  }
}
