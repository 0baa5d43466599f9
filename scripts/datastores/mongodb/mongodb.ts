import type { Context } from '../../common/context.ts';
import type { Datastore, Server, ServerAddress } from '../datastore.ts';
import { askDatabase } from './ask.ts';
import { type Connection, openConnection } from './connection/connection.ts';
import { asked, serverCode } from './connection/errors.ts';
import { dump } from './dump.ts';
import { exchange } from './exchange/exchange.ts';
import { removeGeneration, storedGenerations } from './generations/stored.ts';
import { manualRestore } from './manual.ts';
import { planSources } from './plan.ts';
import { read } from './read.ts';
import { recognizes, sourceOfFile } from './recognize.ts';
import { prepare } from './restore/prepare.ts';
import { targetFacts } from './target.ts';
import { mongoThrowaway } from './throwaway.ts';

/**
 * MongoDB, and servers that speak its protocol. Questions go through the official driver, data through mongodump and
 * mongorestore of the server's own image (host engine: of this machine), version 100.3.0 or later. One source is one
 * database; the dump of one database is not a point in time ("fuzzy"): mongodump takes the oplog along only for a whole
 * server, `admin` included, whose restore would replace the users of the target.
 */
export const mongodb: Datastore = {
  kind: 'mongo',
  title: 'MongoDB',
  recognizes,
  sourceOfFile,
  connect,
  read,
  throwaway: mongoThrowaway,
  manualRestore,
};

async function connect(address: ServerAddress, context: Context): Promise<Server> {
  return serverOf(await openConnection(address, { signal: context.signal }));
}

function serverOf(connection: Connection): Server {
  return {
    address: connection.address,
    version: connection.version,
    tools: connection.tools,
    plan: () => planSources(connection),
    dump: (source, sink, context) => dump(connection, source, sink, context),
    target: (name) => targetFacts(connection, name),
    prepare: (source, wish, context) => prepare(connection, source, wish, context),
    exchange: (exchanges, context) => exchange(connection, exchanges, context),
    generations: () => storedGenerations(connection),
    removeGeneration: (generation) => removeGeneration(connection, generation.database, generation),
    ask: (question, database) => askDatabase(connection, question, database),
    identity: () => identityOf(connection),
    drop: async (database) => {
      await asked(connection.address.label, () => connection.client.db(database).dropDatabase());
    },
    restoreObstacle: async () => obstacleOf(connection),
    close: () => connection.close(),
  };
}

/** The rights of the login are not judged: which of them mongorestore needs differs from version to version. */
function obstacleOf({ tools, writable }: Connection): string | undefined {
  if (tools.mongorestore === undefined) return 'there is no mongorestore where it runs';
  return writable ? undefined : 'it takes no writes: it is not the primary';
}

/** A replica set has an id; a server alone has the host and the number of its process, which other servers may share. */
async function identityOf({ client }: Connection): Promise<string | undefined> {
  const admin = client.db('admin');
  const answer = async (command: Record<string, unknown>) => {
    try {
      return await admin.command(command);
    } catch (error) {
      // Servers alone have no configuration of a set, and not everybody may ask for the status.
      if (serverCode(error) !== undefined) return undefined;
      throw error;
    }
  };
  const set = (await answer({ replSetGetConfig: 1 }))?.config?.settings?.replicaSetId;
  if (set !== undefined) return `replica set ${set}`;
  const status = await answer({ serverStatus: 1 });
  return status && `host ${status.host}, process ${status.pid}`;
}
