import type { Document } from 'mongodb';
import type { TargetFacts } from '../datastore.ts';
import { APP_NAME } from './connection/client.ts';
import type { Connection } from './connection/connection.ts';
import { asked, serverCode } from './connection/errors.ts';

/**
 * What stands where a restore would write. `lastWrite` stays unknown: the server keeps no such time for a database, and
 * the time in an ObjectId is that of an insert by a client's clock.
 */
export async function targetFacts(connection: Connection, name: string): Promise<TargetFacts> {
  return asked(connection.address.label, async () => {
    const collections = await connection.client.db(name).listCollections({}, { nameOnly: true }).toArray();
    const stats: Document = collections.length === 0 ? {} : await connection.client.db(name).stats();
    return {
      name,
      exists: collections.length > 0,
      sizeBytes: Number(stats.storageSize ?? 0) + Number(stats.indexSize ?? 0),
      objects: collections.length,
      lastWrite: undefined,
      sessions: await countSessions(connection),
    };
  });
}

/** Clients that are connected to the server, ours left out; 0 where the server does not tell us. */
async function countSessions(connection: Connection): Promise<number> {
  try {
    const sessions = await connection.client
      .db('admin')
      .aggregate([{ $currentOp: { allUsers: true, idleConnections: true } }])
      .toArray();
    const others = sessions.filter(({ client, appName }) => typeof client === 'string' && appName !== APP_NAME);
    return new Set(others.map(({ client }) => client)).size;
  } catch (error) {
    if (serverCode(error) !== undefined) return 0;
    throw error;
  }
}
