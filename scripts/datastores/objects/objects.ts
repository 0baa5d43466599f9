import type { Context } from '../../common/context.ts';
import { Failure } from '../../common/failure.ts';
import type { Datastore, Server, ServerAddress } from '../datastore.ts';
import { isBucketThere, listBuckets } from './buckets.ts';
import { type Connection, openConnection } from './connection.ts';
import { dump } from './dump.ts';
import { folderServer } from './folder.ts';
import { manualRestore } from './manual.ts';
import { outsideServer } from './outside.ts';
import { planSources } from './plan.ts';
import { prepare } from './prepare.ts';
import { read } from './read.ts';
import { recognizes, sourceOfFile } from './recognize.ts';
import { targetFacts } from './target.ts';

/**
 * Buckets of a server that speaks the protocol of S3: MinIO, RustFS, any other. A "database" is a bucket. Its objects lie
 * in a pax file under numbers; an index beside it says which number is which key, and everything else that is kept of it.
 */
export const objects: Datastore = {
  kind: 'objects',
  title: 'Object buckets',
  recognizes,
  sourceOfFile,
  connect,
  read: (source) => read(source),
  manualRestore,
};

/** Neither a container nor a host: a drill's folder. */
async function connect(address: ServerAddress, { signal }: Context): Promise<Server> {
  const { outside } = address.own ?? {};
  if (outside !== undefined) return outsideServer(address, String(outside));
  if (address.service === '' && address.host === undefined) return folderServer(address);
  const connection = await openConnection(address, { signal });
  const [named] = address.databases ?? [];
  if (named === undefined) await listBuckets(connection, signal);
  else await isBucketThere(connection.bucket(named), signal);
  return serverOf(connection);
}

function serverOf(connection: Connection): Server {
  const { address } = connection;
  return {
    address,
    version: 's3',
    tools: {},
    plan: ({ signal }) => planSources(connection, signal),
    dump: (source, sink, context) => dump(connection, source, sink, context),
    target: (name, { signal }) => targetFacts(connection, name, signal),
    prepare: (source, wish, { signal }) => prepare(connection, source, wish, signal),
    exchange: async () => {
      throw new Failure('internal', { message: 'buckets are not exchanged' });
    },
    generations: async () => [],
    removeGeneration: async () => undefined,
    ask: async () => {
      throw new Failure('settings', { message: 'buckets cannot be asked: checks of a drill are for databases' });
    },
    identity: async () => undefined,
    drop: async () => {
      throw new Failure('refused', { message: 'a drill of buckets restores into a folder, and makes no bucket' });
    },
    restoreObstacle: async () => undefined,
    close: async () => undefined,
  };
}
