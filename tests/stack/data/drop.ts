#!/usr/bin/env node
/** Takes the shop's databases away: `node tests/stack/data/drop.ts`. The roles stay unless asked. */
import type { Server } from '../containers.ts';
import { attach } from '../stack.ts';
import { openMongo } from './mongo.ts';
import { dropDatabase, psql } from './psql.ts';
import { mongoDatabase, postgresDatabases } from './shop.ts';

/** Drops the databases that exist, with their sessions ended first; `roles` drops the shop's roles too. */
export async function dropPostgres(server: Server, options: { roles?: boolean } = {}): Promise<void> {
  await Promise.all(postgresDatabases.map((name) => dropDatabase(server, name)));
  if (options.roles)
    await psql(server, 'postgres', 'DROP ROLE IF EXISTS ngwenya_app, ngwenya_owner, "Ngwenya Reports"');
}

/** Drops the shop's database. */
export async function dropMongo(server: Server): Promise<void> {
  const client = await openMongo(server);
  try {
    await client.db(mongoDatabase).dropDatabase();
  } finally {
    await client.close();
  }
}

if (import.meta.main) {
  const { postgres, mongo } = await attach();
  await Promise.all([dropPostgres(postgres, { roles: true }), dropMongo(mongo)]);
}
