#!/usr/bin/env node
/** Fills the shop's databases: `node tests/stack/data/fill.ts [small|demo|bench]`, after dropping what is there. */
import { attach } from '../stack.ts';
import { dropMongo, dropPostgres } from './drop.ts';
import { fillMongo } from './fill-mongo.ts';
import { fillPostgres } from './fill-postgres.ts';
import { openMongo } from './mongo.ts';
import { psql } from './psql.ts';
import type { ScaleName } from './shop.ts';
import { mongoDatabase, postgresDatabases, scales } from './shop.ts';

export { dropMongo, dropPostgres } from './drop.ts';
export { fillMongo } from './fill-mongo.ts';
export { fillPostgres } from './fill-postgres.ts';
export { mongoDatabase, postgresDatabases, scales } from './shop.ts';

type Servers = Pick<Awaited<ReturnType<typeof attach>>, 'postgres' | 'mongo'>;

/** Drops and fills both servers, side by side. */
export async function fill({ postgres, mongo }: Servers, scaleName: ScaleName = 'demo'): Promise<void> {
  const scale = scales[scaleName];
  await Promise.all([
    dropPostgres(postgres).then(() => fillPostgres(postgres, scale)),
    dropMongo(mongo).then(() => fillMongo(mongo, scale)),
  ]);
}

/** Bytes of each of the shop's databases, by the servers' own measure. */
export async function sizes({ postgres, mongo }: Servers): Promise<Record<string, number>> {
  const names = postgresDatabases.map((name) => `'${name}'`).join(', ');
  const lines = await psql(
    postgres,
    'postgres',
    `SELECT datname, pg_database_size(oid) FROM pg_database WHERE datname IN (${names})`,
  );
  const client = await openMongo(mongo);
  const stats = await client
    .db(mongoDatabase)
    .stats()
    .finally(() => client.close());
  const measured = lines
    .trim()
    .split('\n')
    .map((line): [string, number] => {
      const [name = '', bytes] = line.split('|');
      return [name, Number(bytes)];
    });
  return { ...Object.fromEntries(measured), [mongoDatabase]: Number(stats.totalSize) };
}

if (import.meta.main) {
  const name = process.argv[2] ?? 'demo';
  if (!Object.hasOwn(scales, name)) throw new Error(`no scale "${name}": there are ${Object.keys(scales).join(', ')}`);
  const servers = await attach();
  await fill(servers, name as ScaleName);
  for (const [database, bytes] of Object.entries(await sizes(servers)))
    console.log(`${database.padEnd(15)} ${(bytes / 1e6).toFixed(1)} MB`);
}
