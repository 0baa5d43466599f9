import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerCli } from '../stack/container-cli.ts';
import type { Server } from '../stack/containers.ts';
import { differences, type Hashes, hashMongo, hashPostgres } from '../stack/data/hash.ts';
import { openMongo } from '../stack/data/mongo.ts';
import { dropDatabase, psql } from '../stack/data/psql.ts';
import { openProject, type Project } from './holdfast.ts';

/** The servers that the tiny databases live on. */
export interface Servers {
  readonly postgres: Server;
  readonly mongo: Server;
}

/** One PostgreSQL and one MongoDB database of a test's own, small enough that a backup of both takes a moment. */
export interface Tiny extends AsyncDisposable {
  /** The name of both databases. */
  readonly name: string;
  /** Drops both and makes them anew, the same bytes every time. */
  fill(): Promise<void>;
  drop(): Promise<void>;
  /** Writes to both, so that a restore has something to undo. */
  change(): Promise<void>;
  /** Hashes of everything that both hold. */
  content(): Promise<Hashes>;
  /** Holds a lock that every dump of the PostgreSQL database waits for, until it is disposed of. */
  block(): Promise<AsyncDisposable>;
  /** Resolves when a session waits for that lock. */
  blocked(): Promise<void>;
  /** Makes a project folder whose settings name these databases alone. */
  project(): Promise<Project>;
}

const ROWS = `
  CREATE TABLE bags (id serial PRIMARY KEY, name text NOT NULL, price numeric(8, 2));
  INSERT INTO bags (name, price) SELECT 'bag ' || g, g * 1.25 FROM generate_series(1, 300) g;
  CREATE TABLE sales (bag int REFERENCES bags, day date);
  INSERT INTO sales SELECT 1 + g % 300, date '2026-01-01' + g FROM generate_series(1, 200) g;
  CREATE INDEX ON sales (day);`;

/** Opens and fills the databases `hf_<word>`; what an earlier run left of them is replaced. */
export async function openTiny(servers: Servers, word: string): Promise<Tiny> {
  const name = `hf_${word}`;
  const { postgres, mongo } = servers;
  const drop = async (): Promise<void> => {
    await dropDatabase(postgres, name);
    await inMongo(mongo, name, (database) => database.dropDatabase());
  };
  const tiny: Tiny = {
    name,
    drop,
    fill: async () => {
      await drop();
      await psql(postgres, 'postgres', `CREATE DATABASE ${name}`);
      await psql(postgres, name, ROWS);
      await inMongo(mongo, name, async (database) => {
        await database.collection<{ _id: number }>('bags').insertMany(documents(120));
        await database.collection('bags').createIndex({ name: 1 });
        await database.collection<{ _id: number }>('sales').insertMany(documents(40));
      });
    },
    change: async () => {
      await psql(
        postgres,
        name,
        `UPDATE bags SET price = 0; DELETE FROM sales; INSERT INTO bags (name) VALUES ('new')`,
      );
      await inMongo(mongo, name, (database) => database.collection('bags').updateMany({}, { $set: { price: 0 } }));
    },
    content: async () => ({ ...(await hashPostgres(postgres, [name])), ...(await hashMongo(mongo, name)) }),
    block: () => holdLock(postgres, name),
    blocked: async () => {
      const waiting = `SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = '${name}')`;
      while ((await psql(postgres, 'postgres', waiting)).trim() === '0') await sleep(50);
    },
    project: async () => {
      const project = await openProject(servers);
      Object.assign(project.environment, { POSTGRES_DATABASES: name, MONGO_DATABASE: name });
      return project;
    },
    [Symbol.asyncDispose]: drop,
  };
  await tiny.fill();
  return tiny;
}

/** What has changed in the databases since `before`; the list is empty when nothing did. */
export async function changesSince(before: Hashes, tiny: Tiny): Promise<string[]> {
  return differences(before, await tiny.content());
}

function documents(count: number): { _id: number; name: string; price: number }[] {
  return Array.from({ length: count }, (_, at) => ({ _id: at, name: `bag ${at}`, price: at * 1.25 }));
}

/** A session of psql that keeps its transaction open as long as its standard input. */
async function holdLock(server: Server, database: string): Promise<AsyncDisposable> {
  const { environment, name } = containerCli(server.engine, server.dockerHost);
  const words = ['exec', '-i', server.container, 'psql', '-X', '-q', '-U', server.user, '-d', database];
  const child = spawn(name, words, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write('BEGIN; LOCK TABLE bags IN ACCESS EXCLUSIVE MODE;\n\\echo locked\n');
  await once(child.stdout, 'data');
  return {
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'close');
    },
  };
}

async function inMongo(
  server: Server,
  name: string,
  use: (database: ReturnType<Awaited<ReturnType<typeof openMongo>>['db']>) => Promise<unknown>,
): Promise<void> {
  const client = await openMongo(server);
  try {
    await use(client.db(name));
  } finally {
    await client.close();
  }
}
