import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import type { Datastore, Server, ServerAddress } from '../datastore.ts';
import { type Connection, openConnection } from './connection/connection.ts';
import { dropDatabase } from './databases.ts';
import { dump } from './dump.ts';
import { removeGeneration, storedGenerations } from './generations.ts';
import { manualRestore } from './manual.ts';
import { planSources } from './plan.ts';
import { read } from './read.ts';
import { recognizes, sourceOfFile } from './recognize.ts';
import { prepare } from './restore/prepare.ts';
import { targetFacts } from './target.ts';
import { influxThrowaway } from './throwaway.ts';

/**
 * InfluxDB of the first generation, 1.5 and later. Questions go through its client `influx`, data through `influxd backup`
 * and `influxd restore` in their portable form, beside the server or on this machine. One source is one database. The
 * server can rename no database: a restore is compared beside the live one and then made over it (docs/influxdb.md).
 */
export const influxdb: Datastore = {
  kind: 'influxdb',
  title: 'InfluxDB',
  recognizes,
  sourceOfFile,
  connect: async (address: ServerAddress, { signal }: Context) => serverOf(await openConnection(address, { signal })),
  read,
  throwaway: influxThrowaway,
  manualRestore,
};

function serverOf(connection: Connection): Server {
  const { address, version, toolVersion, identity } = connection;
  return {
    address,
    version,
    tools: { influxd: toolVersion },
    plan: ({ signal }) => planSources(connection, { signal }),
    dump: (source, sink, context) => dump(connection, source, sink, context),
    target: (name, { signal }) => targetFacts(connection, name, { signal }),
    prepare: (source, wish, context) => prepare(connection, source, wish, context),
    exchange: async (exchanges) => {
      if (exchanges.length === 0) return [];
      throw new Failure('internal', { message: 'databases of InfluxDB cannot change places' });
    },
    generations: ({ signal }) => storedGenerations(connection, { signal }),
    removeGeneration: (generation, { signal }) => removeGeneration(connection, generation, { signal }),
    ask: async () => {
      throw new Failure('settings', { message: 'a drill cannot ask an InfluxDB server anything of its own yet' });
    },
    identity: async () => identity,
    drop: (database, { signal }) => dropDatabase(connection, database, { signal }),
    restoreObstacle: async () => undefined,
    close: async () => {},
  };
}
