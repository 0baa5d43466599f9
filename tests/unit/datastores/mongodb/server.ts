import assert from 'node:assert/strict';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import type { Context, RunEvent } from '../../../../scripts/common/context.ts';
import type { DumpFacts, Server, ServerAddress, StoredSource } from '../../../../scripts/datastores/datastore.ts';
import { stampOf } from '../../../../scripts/datastores/generation.ts';
import { mongodb } from '../../../../scripts/datastores/mongodb/mongodb.ts';
import { type RestoreReport, type RestoreWish, runSteps } from '../../../../scripts/datastores/restore.ts';
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

let stamps = 0;

/** What somebody wants who says nothing else; every restore has a stamp of its own. */
export function wishFor(target: string, wish: Partial<RestoreWish> = {}): RestoreWish {
  const stamp = stampOf(new Date(Date.UTC(2026, 10, 21) + stamps++ * 1000));
  return { target, stamp, exact: false, wasRead: false, ...wish };
}

/** Prepares, restores, discards. */
export async function restoreTo(
  server: Server,
  source: StoredSource,
  target: string,
  context: Context,
  wish: Partial<RestoreWish> = {},
): Promise<RestoreReport> {
  const prepared = await server.prepare(source, wishFor(target, wish), context);
  try {
    const report = await runSteps(prepared, context);
    if (prepared.exchange !== undefined) await server.exchange([prepared.exchange], context);
    assert.ok(report);
    return report;
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
