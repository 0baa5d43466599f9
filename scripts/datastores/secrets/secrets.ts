import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import { bytesOf } from '../archive/entry.ts';
import type { ArtifactSink, Datastore, DumpFacts, Server, ServerAddress } from '../datastore.ts';
import type { Exchange } from '../generation.ts';
import { dumpSecrets } from './dump.ts';
import { exchangeSecrets } from './exchange.ts';
import { removeStages, storedGenerations } from './generations.ts';
import { manualRestore } from './manual.ts';
import { OLDER_ARCHIVE, SOURCE } from './names.ts';
import { placeOf } from './place.ts';
import { bytesOfAll, planSecrets } from './plan.ts';
import { prepare } from './prepare.ts';
import { read } from './read.ts';

/**
 * Env files, keys and certificates of this machine, one source: `secrets/config`. The "server" is this machine. Their
 * content is shown nowhere, and summed in no manifest.
 */
export const secrets: Datastore = {
  kind: 'secrets',
  title: 'Secrets and config',
  recognizes: () => false,
  sourceOfFile: (fileName) => (fileName === OLDER_ARCHIVE ? SOURCE : undefined),
  connect: async (address) => serverOf(address),
  read: (source) => read(source),
  failsWhenEmptied: true,
  manualRestore,
};

function serverOf(address: ServerAddress): Server {
  const source = address.secrets ?? { base: '/', paths: [] };
  return {
    address,
    version: 'pax',
    tools: {},
    plan: ({ signal }) => planSecrets(source, signal),
    dump: (_planned, sink, context) => dump(address, sink, context),
    target: async (name, { signal }) => ({
      // What is not there is kept as such, so that an undo takes away what was made: to it there is always something.
      ...{ name, exists: true, objects: 0, lastWrite: undefined, sessions: 0 },
      // Lost files are the usual reason for a restore; the size is for people.
      sizeBytes: await bytesOfAll(source, signal).catch(() => 0),
    }),
    prepare: (stored, wish, { signal }) => prepare(source, stored, wish, signal),
    exchange: async (exchanges) => {
      for (const exchange of exchanges) await exchangeOne(address, exchange);
      return [];
    },
    generations: ({ signal }, also = []) => storedGenerations(source, also, signal),
    removeGeneration: async ({ database, ...generation }) => {
      await removeStages(bytesOf((await placeOf(database, source)).base), generation);
    },
    ask: async () => {
      throw new Failure('settings', { message: 'secrets cannot be asked: checks of a drill are for databases' });
    },
    identity: async () => undefined,
    drop: async () => {
      throw new Failure('refused', { message: 'a drill of secrets removes its own folder, and nothing else' });
    },
    restoreObstacle: async () => undefined,
    close: async () => undefined,
  };
}

async function dump({ secrets: source }: ServerAddress, sink: ArtifactSink, context: Context): Promise<DumpFacts> {
  if (source === undefined) throw new Failure('internal', { message: 'no secrets were planned' });
  return await dumpSecrets(source, sink, context);
}

async function exchangeOne({ secrets: source }: ServerAddress, exchange: Exchange): Promise<void> {
  try {
    if (source === undefined) throw new Failure('internal', { message: 'secrets were connected without their folder' });
    await exchangeSecrets(await placeOf(exchange.database, source), exchange);
  } catch (error) {
    throw toFailure(error, { source: `secrets/${exchange.database}`, step: 'exchange' });
  }
}
