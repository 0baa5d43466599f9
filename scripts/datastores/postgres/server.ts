import type { Context } from '../../common/context.ts';
import type { Server, ServerAddress } from '../datastore.ts';
import { askDatabase } from './ask.ts';
import { dumpDatabase } from './backup/dump.ts';
import { dumpGlobals } from './backup/globals.ts';
import { planServer } from './backup/plan.ts';
import { type ConnectedClient, connectClient } from './connection/connect.ts';
import { exchangeDatabases } from './generations/exchange.ts';
import { listGenerations, removeGeneration } from './generations/generations.ts';
import { GLOBALS } from './names.ts';
import { dropDatabase } from './restore/database.ts';
import { prepareRestore } from './restore/prepare.ts';
import { restoreObstacle } from './restore/rights.ts';
import { inspectTarget } from './target.ts';

/** Connects and returns the server. One idle session is held until it is closed. */
export async function connectServer(address: ServerAddress, context: Context): Promise<Server> {
  const client = await connectClient(address, context.signal);
  const version = client.tools.version;
  return {
    address,
    version: client.serverVersion,
    tools: { pg_dump: version, pg_dumpall: version, pg_restore: version },
    plan: (now) => planServer(client, now),
    async dump(source, sink, now) {
      if (source.name === GLOBALS) return dumpGlobals(client, sink, now);
      return dumpDatabase(client, source.name, sink, now);
    },
    target: (name, { signal }) => inspectTarget(client, name, signal),
    prepare: (source, wish, now) => prepareRestore(client, source, wish, now),
    exchange: (exchanges) => exchangeDatabases(client, exchanges),
    generations: () => listGenerations(client),
    removeGeneration: (generation, { signal }) => removeGeneration(client, generation, signal),
    ask: (question, database, now) => askDatabase(client, question, database, now),
    identity: () => identityOf(client),
    drop: (database, { signal }) => dropDatabase(client, database, signal),
    restoreObstacle: () => restoreObstacle(client),
    close: () => client.close(),
  };
}

/** Made by initdb, and the same for the standbys of a server. A role without the right to ask gets none. */
const IDENTITY = `select case when has_function_privilege('pg_control_system()', 'EXECUTE')
  then (select system_identifier::text from pg_control_system()) end as identity`;

async function identityOf(client: ConnectedClient): Promise<string | undefined> {
  const { identity } = await client.standing.ask((talk) => talk.row<{ identity: string | null }>(IDENTITY));
  return identity ?? undefined;
}
