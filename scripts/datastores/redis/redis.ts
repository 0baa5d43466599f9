import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import type { Datastore, Server, ServerAddress } from '../datastore.ts';
import { type StoredGeneration, spellGeneration } from '../generation.ts';
import { type Connection, openConnection } from './connection/connection.ts';
import { dump } from './dump.ts';
import { exchange } from './exchange/exchange.ts';
import { fileOf, findPlace, listGenerations, removeFiles } from './files.ts';
import { manualRestore } from './manual.ts';
import { planSources } from './plan.ts';
import { read } from './read.ts';
import { recognizes, sourceOfFile } from './recognize.ts';
import { obstacleOf } from './restore/checks.ts';
import { prepare } from './restore/prepare.ts';
import { targetFacts } from './target.ts';
import { redisThrowaway } from './throwaway.ts';

/**
 * Redis, and servers that keep its format: Valkey, KeyDB. One source is one server with all its databases, dumped as an
 * RDB file. Everything goes through the client program beside the server. A restore never touches the files that the
 * server reads at its start: a second server loads the dump, and the live one becomes its replica for a moment. So the
 * server itself writes its files, with an append-only log or without, and is not restarted (docs/redis.md).
 */
export const redis: Datastore = {
  kind: 'redis',
  title: 'Redis',
  recognizes,
  sourceOfFile,
  connect,
  read,
  preparesByReading: true,
  throwaway: redisThrowaway,
  manualRestore,
};

async function connect(address: ServerAddress, { signal }: Context): Promise<Server> {
  return serverOf(await openConnection(address, { signal }));
}

function serverOf(connection: Connection): Server {
  const { address, version, farSide, runId } = connection;
  return {
    address,
    version,
    tools: { [farSide.cli.split('/').at(-1) as string]: farSide.cliVersion },
    plan: (context) => planSources(connection, context),
    dump: (_, sink, context) => dump(connection, sink, context),
    target: (name, context) => targetFacts(connection, name, context),
    prepare: (source, wish, context) => prepare(connection, source, wish, context),
    exchange: (exchanges, context) => exchange(connection, exchanges, context),
    generations: (context) => generationsOf(connection, context),
    removeGeneration: (generation, context) => removeGeneration(connection, generation, context),
    ask: async () => {
      throw new Failure('settings', { message: 'a drill cannot ask a Redis server anything of its own yet' });
    },
    identity: async () => (runId === '' ? undefined : `run ${runId}`),
    drop: async () => {
      throw new Failure('refused', { message: `${address.label} is a whole server, and is not emptied` });
    },
    restoreObstacle: async () => {
      const reason = await obstacleOf(connection, {});
      if (reason !== undefined) return reason;
      const place = await findPlace(connection, {});
      return typeof place === 'string' ? place : undefined;
    },
    close: () => connection.client.close(),
  };
}

/** Where the files cannot be reached, no restore has made any. */
async function generationsOf(connection: Connection, { signal }: Context): Promise<readonly StoredGeneration[]> {
  const place = await findPlace(connection, { signal });
  return typeof place === 'string' ? [] : await listGenerations(connection, place, { signal });
}

async function removeGeneration(connection: Connection, generation: StoredGeneration, { signal }: Context) {
  const place = await findPlace(connection, { signal });
  if (typeof place !== 'string') return await removeFiles(connection, place, [fileOf(generation)], { signal });
  const message = `"${spellGeneration(generation)}" cannot be removed from ${connection.address.label}: ${place}`;
  throw new Failure('refused', { message });
}
