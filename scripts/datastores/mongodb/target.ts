import type { Document } from 'mongodb';
import type { TargetFacts } from '../restore.ts';
import { APP_NAME } from './connection/client.ts';
import type { Connection } from './connection/connection.ts';
import { asked, serverCode } from './connection/errors.ts';
import { contentsOf } from './generations/contents.ts';
import { sizeOfAll } from './generations/stored.ts';

/**
 * What stands where a restore would write. `lastWrite` stays unknown: the server keeps no such time for a database, and
 * the time in an ObjectId is that of an insert by a client's clock.
 */
export async function targetFacts(connection: Connection, name: string): Promise<TargetFacts> {
  return asked(connection.address.label, async () => {
    const database = connection.client.db(name);
    const contents = await contentsOf(database);
    const stats: Document = contents.live.length === 0 ? {} : await database.stats();
    const kept = await sizeOfAll(database, contents);
    const size = Number(stats.storageSize ?? 0) + Number(stats.indexSize ?? 0);
    return {
      name,
      exists: contents.live.length > 0,
      sizeBytes: Math.max(0, size - kept.data - kept.indexes),
      objects: contents.live.length,
      lastWrite: undefined,
      sessions: await countSessions(connection),
    };
  });
}

/** Clients that are connected to the server, ours left out; 0 where the server does not tell us. */
export async function countSessions(connection: Connection): Promise<number> {
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
