import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { dropMongo, dropPostgres, fill, mongoDatabase, postgresDatabases } from '../tests/stack/data/fill.ts';
import { psql } from '../tests/stack/data/psql.ts';
import type { ScaleName } from '../tests/stack/data/shop.ts';
import { type Stack, startStack } from '../tests/stack/stack.ts';

/** The launcher that people run. */
export const holdfast = join(import.meta.dirname, '..', 'holdfast');

/** Where the measuring happens: servers that nobody else uses, and a folder for what is written. */
export interface Place {
  readonly stack: Stack;
  readonly folder: string;
  /** What Holdfast sees: our servers, and none of the settings of whoever runs the bench. */
  readonly environment: NodeJS.ProcessEnv;
}

const settings = /^(BACKUP|POSTGRES|MONGO|PG|AWS|CONTAINER|HOLDFAST)_?/;

/** Brings up the servers of the bench, filled; `close` takes everything away again. */
export async function openPlace(scale: ScaleName, say: (text: string) => void): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const project = process.env.BENCH_PROJECT ?? 'holdfast-bench';
  const stack = await startStack({ project, say });
  const place = { stack, folder, environment: environmentFor(stack) };
  try {
    // its workers would start in the middle of one measurement or the other
    await psql(stack.postgres, 'postgres', 'ALTER SYSTEM SET autovacuum = off');
    await psql(stack.postgres, 'postgres', 'SELECT pg_reload_conf()');
    if (process.env.BENCH_FILLED !== 'yes') await fill(stack, scale);
    return place;
  } catch (error) {
    await closePlace(place);
    throw error;
  }
}

/** Removes the folder, and the servers unless they ran before. BENCH_FILLED=yes promises that they are filled. */
export async function closePlace({ stack, folder }: Place): Promise<void> {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
}

/** Another empty folder beside the others. */
export async function newFolder({ folder }: Place, name: string): Promise<string> {
  const path = join(folder, name);
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  return path;
}

/** Takes the data away, to make room for other data. */
export async function dropAll({ stack }: Place): Promise<void> {
  await Promise.all([dropPostgres(stack.postgres), dropMongo(stack.mongo)]);
}

/** What the other measurement left to be written to disk is not this one's burden. */
export async function settle({ stack }: Place): Promise<void> {
  await psql(stack.postgres, 'postgres', 'CHECKPOINT');
}

function environmentFor({ postgres, mongo }: Stack): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !settings.test(name));
  return {
    ...Object.fromEntries(kept),
    CONTAINER_CMD: postgres.engine,
    POSTGRES_CONTAINER: postgres.container,
    POSTGRES_DATABASES: postgresDatabases.join(','),
    MONGO_CONTAINER: mongo.container,
    MONGO_DATABASE: mongoDatabase,
  };
}
