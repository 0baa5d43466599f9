import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BSON, type Db, MongoClient } from 'mongodb';
import type { Context, RunEvent } from '../../../../scripts/common/context.ts';
import type { DumpFacts, Server, ServerAddress, StoredSource } from '../../../../scripts/datastores/datastore.ts';
import { mongodb } from '../../../../scripts/datastores/mongodb/mongodb.ts';
import type { Command, Engine, RunResult } from '../../../../scripts/engines/engine.ts';
import { allEngines } from '../../../../scripts/engines/select.ts';
import type { Server as StackServer } from '../../../stack/containers.ts';
import { attachOrStart } from '../../../stack/stack.ts';

/** Everything that a test of this room needs of the stack's server. */
export interface Bench {
  readonly stack: StackServer;
  readonly engine: Engine;
  readonly address: ServerAddress;
  /** A connection of the test itself, past the code under test. */
  readonly client: MongoClient;
  readonly events: RunEvent[];
  readonly context: Context;
  /** A database of the test's own, dropped at the end. */
  database(name: string): Db;
  close(): Promise<void>;
}

/** Attaches to a server of the stack. */
export async function openBench(stack: StackServer): Promise<Bench> {
  const engine = allEngines(process.env).find(({ name }) => name === stack.engine);
  if (engine === undefined) throw new Error(`no engine ${stack.engine}`);
  const client = await new MongoClient(stack.url, { directConnection: true }).connect();
  const made = new Set<string>();
  const events: RunEvent[] = [];
  return {
    stack,
    engine,
    client,
    events,
    address: {
      kind: 'mongo',
      name: 'default',
      engine,
      service: stack.container,
      label: `container ${stack.container}`,
    },
    context: { signal: new AbortController().signal, report: (event) => events.push(event) },
    database: (name) => {
      made.add(name);
      return client.db(name);
    },
    close: async () => {
      for (const name of made) await client.db(name).dropDatabase();
      await client.close();
    },
  };
}

/**
 * The stack that is up, else a new one. Temp files go to a folder of our own: what other tests leave in the common one is
 * none of our business.
 */
export async function startBench(): Promise<Bench> {
  process.env.TMPDIR = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  const stack = await attachOrStart({ services: ['mongo'] });
  const bench = await openBench(stack.mongo);
  const close = async () => {
    await bench.close();
    await stack.stop();
    await rm(tmpdir(), { recursive: true });
  };
  return { ...bench, close };
}

/** Fills three collections: with indexes, with nested values of many types, and empty. */
export async function fill(database: Db, documents = 500): Promise<void> {
  await database.dropDatabase();
  const users = Array.from({ length: documents }, (_, n) => ({ n, email: `u${n}@example.org`, at: new Date(n * 1e6) }));
  await database.collection('users').insertMany(users);
  await database.collection('users').createIndex({ email: 1 }, { unique: true });
  await database.collection('users').createIndex({ n: -1, at: 1 });
  const price = BSON.Decimal128.fromString('19.90');
  const orders = users.map(({ n }) => ({
    n: BSON.Long.fromNumber(n),
    price,
    lines: [{ sku: `s${n}`, data: new BSON.Binary(Buffer.alloc(n % 50, n)) }],
  }));
  await database.collection('Orders.2026-ü').insertMany(orders);
  await database.createCollection('empty');
}

/** The sha256 of the documents of every collection by _id, and its indexes. */
export async function contentOf(database: Db): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const { name } of await database.listCollections().toArray()) {
    const hash = createHash('sha256');
    for await (const bytes of database.collection(name).find({}, { raw: true }).sort({ _id: 1 })) {
      hash.update(bytes as unknown as Uint8Array);
    }
    const indexes = await database.collection(name).listIndexes().toArray();
    content[name] =
      `${hash.digest('hex')} ${JSON.stringify(indexes.map((index) => [index.name, index.key, index.unique]).sort())}`;
  }
  return content;
}

/** A set in a temp folder. */
export interface Dumped {
  readonly folder: string;
  readonly source: StoredSource;
  readonly facts: DumpFacts;
  remove(): Promise<void>;
}

/** Dumps a database into a temp folder, as the backup command would. */
export async function dumpTo(server: Server, name: string, context: Context): Promise<Dumped> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const sink = (file: string) => createWriteStream(join(folder, file));
    const facts = await server.dump({ kind: 'mongo', name, sizeBytes: 0 }, sink, context);
    return { folder, facts, source: await storedIn(folder, name, facts), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The source that lies in a folder. */
export async function storedIn(folder: string, name: string, facts: DumpFacts | undefined): Promise<StoredSource> {
  const artifacts = (await readdir(folder)).map(async (fileName) => ({
    fileName,
    bytes: (await stat(join(folder, fileName))).size,
    compression: undefined,
    open: async () => createReadStream(join(folder, fileName)),
  }));
  return { kind: 'mongo', name, facts, serverVersion: undefined, artifacts: await Promise.all(artifacts) };
}

/** Prepares, restores, discards. */
export async function restoreTo(server: Server, source: StoredSource, target: string, context: Context) {
  const prepared = await server.prepare(source, target, context);
  try {
    return await prepared.restore(context);
  } finally {
    await prepared.discard();
  }
}

/** Connects with the code under test, runs the action, closes. */
export async function withServer<T>(
  { address, context }: Bench,
  action: (server: Server) => Promise<T>,
  change: Partial<ServerAddress> = {},
): Promise<T> {
  const server = await mongodb.connect({ ...address, ...change }, context);
  try {
    return await action(server);
  } finally {
    await server.close();
  }
}

/** The same engine; `see` is told of every short command that ran and may lie about its result. */
export function watchRun(engine: Engine, see: (command: Command, result: RunResult) => RunResult): Engine {
  const run: Engine['run'] = async (service, command, options) =>
    see(command, await engine.run(service, command, options));
  return Object.create(engine, { run: { value: run } });
}
