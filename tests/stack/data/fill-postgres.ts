/** Fills the shop's PostgreSQL databases, all of them side by side, by SQL that runs in the server. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Server } from '../containers.ts';
import { psql } from './psql.ts';
import type { PostgresDatabase, Scale } from './shop.ts';
import { postgresDatabases } from './shop.ts';

/** Measured: megabytes of a database without rows, and bytes that one of its main rows adds with all that follows from it. */
const measured: Readonly<Record<PostgresDatabase, { empty: number; bytesPerRow: number }>> = {
  ngwenya_auth: { empty: 9, bytesPerRow: 2340 },
  ngwenya_uchat: { empty: 9, bytesPerRow: 372 },
  ngwenya_scim: { empty: 9, bytesPerRow: 1670 },
};

/** Makes the databases, which must not exist yet, in about the size asked for. */
export async function fillPostgres(server: Server, scale: Scale): Promise<void> {
  await psql(server, 'postgres', await sql('roles'));
  const common = await sql('common');
  await Promise.all(postgresDatabases.map((database) => fillOne(server, database, scale.postgres[database], common)));
}

async function fillOne(server: Server, database: PostgresDatabase, megabytes: number, common: string): Promise<void> {
  const { empty, bytesPerRow } = measured[database];
  const rows = Math.max(400, Math.round(((megabytes - empty) * 1e6) / bytesPerRow));
  // ngwenya_scim has another owner and locale, so that a restore cannot get by on the defaults
  const special =
    database === 'ngwenya_scim' ? ` OWNER ngwenya_owner TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'` : '';
  await psql(server, 'postgres', `CREATE DATABASE ${database}${special}`);
  await psql(server, database, common + (await sql(database)), { rows });
}

function sql(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, 'sql', `${name}.sql`), 'utf8');
}
