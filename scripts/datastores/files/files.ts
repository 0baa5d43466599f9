import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import type { ArtifactSink, Datastore, DumpFacts, PlannedSource, Server, ServerAddress } from '../datastore.ts';
import type { Exchange } from '../generation.ts';
import { dumpCommand } from './command/dump.ts';
import { dumpFolder } from './dump.ts';
import { exchangePlace, pathsOf } from './exchange.ts';
import { removeGenerationAt, storedGenerations } from './generations.ts';
import { manualRestore } from './manual.ts';
import { placeOf } from './place.ts';
import { planSources } from './plan.ts';
import { prepare } from './prepare.ts';
import { read } from './read.ts';
import { targetFacts } from './target.ts';

/**
 * Folders and files of this machine, and what commands of a product export. The "server" is this machine; a "database" is
 * a folder, by its name in the settings or by its path. Archives are pax files (POSIX.1-2017) as stock `tar` reads them.
 */
export const files: Datastore = {
  kind: 'files',
  title: 'Files',
  recognizes: () => false,
  sourceOfFile: () => undefined,
  connect: async (address) => serverOf(address),
  read: (source) => read(source),
  failsWhenEmptied: true,
  manualRestore,
};

function serverOf(address: ServerAddress): Server {
  const sources = address.files ?? [];
  return {
    address,
    version: 'pax',
    tools: {},
    plan: ({ signal }) => planSources(sources, address.databases, signal),
    dump: (source, sink, context) => dump(address, source, sink, context),
    target: (name, { signal }) => targetFacts(name, sources, signal),
    prepare: (source, wish) => prepare(address, source, wish),
    exchange: async (exchanges) => {
      for (const exchange of exchanges) await exchangeOne(address, exchange);
      return [];
    },
    generations: ({ signal }, also = []) => storedGenerations(sources, also, signal),
    removeGeneration: async ({ database, ...generation }, { signal }) => {
      for (const path of pathsOf(await placeOf(database, sources), generation)) await removeGenerationAt(path, signal);
    },
    ask: async () => {
      throw new Failure('settings', { message: 'files cannot be asked: checks of a drill are for databases' });
    },
    identity: async () => undefined,
    drop: async () => {
      throw new Failure('refused', { message: 'a drill of files removes its own folder, and nothing else' });
    },
    restoreObstacle: async () => undefined,
    close: async () => undefined,
  };
}

async function dump(
  address: ServerAddress,
  { name }: PlannedSource,
  sink: ArtifactSink,
  context: Context,
): Promise<DumpFacts> {
  const sources = address.files ?? [];
  const source = sources.find((each) => each.name === name);
  if (source === undefined) throw new Failure('internal', { message: `no source "${name}" was planned` });
  if ('command' in source) return await dumpCommand(source, address, sink, context);
  return await dumpFolder(source, sources, sink, context);
}

async function exchangeOne({ files: sources = [] }: ServerAddress, exchange: Exchange): Promise<void> {
  try {
    await exchangePlace(await placeOf(exchange.database, sources), exchange);
  } catch (error) {
    throw toFailure(error, { source: `files/${exchange.database}`, step: 'exchange' });
  }
}
