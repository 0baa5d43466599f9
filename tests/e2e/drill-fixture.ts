/** Databases for the drill of damaged sets: small ones, each to be damaged in its own way. */
import { containerCli } from '../stack/container-cli.ts';
import { openMongo } from '../stack/data/mongo.ts';
import { psql } from '../stack/data/psql.ts';
import type { Stack } from '../stack/stack.ts';

export const ROLE = 'hf_drill_role';
export const MONGO = 'hf_drill';

const TABLES = `
  CREATE TABLE bags (id serial PRIMARY KEY, name text NOT NULL);
  INSERT INTO bags (name) SELECT 'bag ' || g FROM generate_series(1, 300) g;
  CREATE TABLE sales (bag int REFERENCES bags, day date);
  INSERT INTO sales SELECT 1 + g % 300, date '2026-01-01' + g FROM generate_series(1, 200) g;
  CREATE INDEX sales_by_day ON sales (day);
  CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
  INSERT INTO alembic_version VALUES ('0042');
  CREATE VIEW dear AS SELECT * FROM bags WHERE id > 100;
  CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';`;

/** What is damaged after the first backup, in which database; each SQL changes one thing. */
export const DAMAGES = {
  table: { place: 'two', sql: 'DROP TABLE sales', names: /public\.sales: found no such table, expected 200 rows/ },
  rows: {
    place: 'one',
    sql: "DELETE FROM sales WHERE day > date '2026-03-01'",
    names: /public\.sales: found \d+ rows, expected 200 rows/,
  },
  more: {
    place: 'two',
    sql: 'CREATE TABLE spare (id int); CREATE VIEW dearer AS SELECT 1',
    names: /public\.spare: found a table, expected no such table[\s\S]*views: found 2, expected 1/,
  },
  index: {
    place: 'one',
    sql: 'DROP INDEX sales_by_day',
    names: /public\.sales: found indexes none, expected indexes sales_by_day/,
  },
  sequence: {
    place: 'one',
    sql: "SELECT setval('bags_id_seq', 7)",
    names: /public\.bags_id_seq: found 7, expected .*bags\.id goes up to 300/,
  },
  view: { place: 'one', sql: 'DROP VIEW dear', names: /views: found 0, expected 1/ },
  migration: {
    place: 'one',
    sql: "UPDATE alembic_version SET version_num = '0041'",
    names: /alembic_version: found migrations up to 0041, expected .*0042/,
  },
  extension: {
    place: 'two',
    sql: 'DROP EXTENSION pg_trgm',
    names: /extension pg_trgm: found no such extension, expected version/,
  },
} as const;
type Damage = keyof typeof DAMAGES;
export const damages = Object.keys(DAMAGES) as Damage[];

/** Two for what SQL can damage; another encoding, a role, a cut, a library. */
const NAMES = ['one', 'two', 'encoding', 'owner', 'cut', 'library'] as const;
export const databases = NAMES.map((name) => `hf_drill_${name}`);

/** Makes the databases, whole. */
export async function makeAll(stack: Stack): Promise<void> {
  await dropAll(stack);
  await psql(stack.postgres, 'postgres', `CREATE ROLE ${ROLE} LOGIN`);
  await library(stack, 'add');
  for (const name of databases) await psql(stack.postgres, 'postgres', `CREATE DATABASE ${name}`);
  await Promise.all(databases.map((name) => psql(stack.postgres, name, TABLES)));
  await psql(stack.postgres, 'hf_drill_two', 'CREATE EXTENSION pg_trgm');
  await psql(stack.postgres, 'hf_drill_library', 'CREATE EXTENSION hf_nowhere');
  await psql(stack.postgres, 'hf_drill_owner', `ALTER TABLE bags OWNER TO ${ROLE}`);
  await fillMongo(stack, 120);
}

/** Damages all of them in place. */
export async function damage(stack: Stack): Promise<void> {
  for (const name of damages) await psql(stack.postgres, `hf_drill_${DAMAGES[name].place}`, DAMAGES[name].sql);
  await psql(stack.postgres, 'postgres', 'DROP DATABASE hf_drill_encoding');
  await psql(
    stack.postgres,
    'postgres',
    "CREATE DATABASE hf_drill_encoding TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
  );
  await psql(stack.postgres, 'hf_drill_encoding', TABLES);
  await fillMongo(stack, 20);
}

/** An extension that only the live server has, as one that was installed by hand. */
async function library(stack: Stack, what: 'add' | 'remove'): Promise<void> {
  const cli = containerCli(stack.postgres.engine, stack.postgres.dockerHost);
  const place = 'cd "$(ls -d /usr/share/postgresql/*/extension | tail -n 1)"';
  const write = `printf "default_version = '1'\\n" > hf_nowhere.control; : > hf_nowhere--1.sql`;
  const words = what === 'add' ? write : 'rm -f hf_nowhere.control hf_nowhere--1.sql';
  await cli.run(['exec', stack.postgres.container, 'sh', '-c', `${place} && { ${words}; }`]);
}

async function fillMongo(stack: Stack, count: number): Promise<void> {
  const client = await openMongo(stack.mongo);
  try {
    await client.db(MONGO).dropDatabase();
    const bags = client.db(MONGO).collection<{ _id: number; name: string }>('bags');
    await bags.insertMany(Array.from({ length: count }, (_, at) => ({ _id: at, name: `bag ${at}` })));
    await bags.createIndex({ name: 1 });
  } finally {
    await client.close();
  }
}

/** Takes them all away. */
export async function dropAll(stack: Stack): Promise<void> {
  await library(stack, 'remove');
  for (const name of databases) await psql(stack.postgres, 'postgres', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await psql(stack.postgres, 'postgres', `DROP ROLE IF EXISTS ${ROLE}`);
  const client = await openMongo(stack.mongo);
  await client
    .db(MONGO)
    .dropDatabase()
    .finally(() => client.close());
}
