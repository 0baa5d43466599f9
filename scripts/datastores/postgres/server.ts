import type { Context } from '../../common/context.ts';
import type { Server, ServerAddress } from '../datastore.ts';
import { dumpDatabase } from './backup/dump.ts';
import { dumpGlobals } from './backup/globals.ts';
import { planServer } from './backup/plan.ts';
import { connectClient } from './connection/connect.ts';
import { GLOBALS } from './names.ts';
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
    prepare: (source, target, now) => prepareRestore(client, source, target, now),
    restoreObstacle: () => restoreObstacle(client),
    close: () => client.standing.close(),
  };
}
