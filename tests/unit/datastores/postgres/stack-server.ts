import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context, RunEvent } from '../../../../scripts/common/context.ts';
import { Secret } from '../../../../scripts/common/secret.ts';
import { completeFacts } from '../../../../scripts/datastores/complete-facts.ts';
import type {
  ArtifactReader,
  Compression,
  Server,
  ServerAddress,
  StoredSource,
} from '../../../../scripts/datastores/datastore.ts';
import { type ConnectedClient, connectClient } from '../../../../scripts/datastores/postgres/connection/connect.ts';
import type { Conversation } from '../../../../scripts/datastores/postgres/connection/conversation.ts';
import { converse } from '../../../../scripts/datastores/postgres/connection/talks.ts';
import { postgres } from '../../../../scripts/datastores/postgres/postgres.ts';
import type { Engine } from '../../../../scripts/engines/engine.ts';
import { allEngines } from '../../../../scripts/engines/select.ts';
import { attach } from '../../../stack/stack.ts';

/** Tests with servers need the stack to be up: `make test` brings it up and says where it is. */
export const skip = process.env.HOLDFAST_STACK_STATE ? false : 'needs HOLDFAST_STACK_STATE: run it by `make test`';

/** Everything that a test makes on the shared server carries this in its name. */
export const PREFIX = `hf_test_${process.pid}`;

export const signal = new AbortController().signal;

/** A context whose events can be looked at. */
export function testContext(): Context & { events: RunEvent[] } {
  const events: RunEvent[] = [];
  return { signal, report: (event) => void events.push(event), events };
}

export function engineNamed(name: string): Engine {
  const engine = allEngines(process.env).find((candidate) => candidate.name === name);
  if (engine === undefined) throw new Error(`no engine "${name}"`);
  return engine;
}

/** The PostgreSQL of the stack, reached inside its container. */
export async function stackAddress(): Promise<ServerAddress> {
  const { postgres } = await attach(['postgres']);
  if (postgres.engine === null) throw new Error('the stack has no container for postgres');
  const service = postgres.container;
  return { kind: 'postgres', name: 'default', engine: engineNamed(postgres.engine), service, label: service };
}

/** The same server over TCP, by the programs of this machine. */
export async function hostAddress(): Promise<ServerAddress> {
  const { postgres } = await attach(['postgres']);
  const { host, port, user, password } = postgres;
  return {
    kind: 'postgres',
    name: 'default',
    engine: engineNamed('host'),
    service: '',
    label: host,
    host,
    port,
    user,
    password: new Secret(password),
  };
}

/** What {@link finish} closes. */
const open: (() => Promise<void>)[] = [];

/** Connects; the connection is closed by {@link finish}. */
export async function connect(address: ServerAddress): Promise<Server> {
  const server = await postgres.connect(address, testContext());
  open.push(() => server.close());
  return server;
}

let administrator: Promise<ConnectedClient> | undefined;

async function connectAdministrator(): Promise<ConnectedClient> {
  const client = await connectClient(await stackAddress(), signal);
  open.push(() => client.close());
  return client;
}

/** Talks to one database as the administrator. */
export async function ask<Result>(database: string, use: (talk: Conversation) => Promise<Result>): Promise<Result> {
  administrator ??= connectAdministrator();
  return converse(await administrator, { database }, signal, use);
}

/** Removes what the tests made and closes every connection. */
export async function finish(): Promise<void> {
  await sweep();
  await Promise.all(open.map((close) => close()));
}

/** Removes databases and roles with our prefix. */
export async function sweep(): Promise<void> {
  await ask('postgres', async (talk) => {
    const databases = await talk.rows<{ name: string }>(
      `select datname as name from pg_database where datname like '%${PREFIX}%'`,
    );
    for (const { name } of databases) await talk.run(`drop database "${name.replaceAll('"', '""')}" with (force)`);
    const roles = await talk.rows<{ name: string }>(
      `select rolname as name from pg_roles where rolname like '%${PREFIX}%'`,
    );
    for (const { name } of roles) await talk.run(`drop role "${name}"`);
  });
}

/** A folder for artifacts that goes away with `await using`. */
export async function artifactFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'hf-postgres-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Dumps one source into a folder and reads it back, as a backup would. */
export async function dumpTo(folder: string, server: Server, name: string): Promise<StoredSource> {
  const written: { path: string; fileName: string; compression: Compression }[] = [];
  const facts = await server.dump(
    { kind: 'postgres', name, sizeBytes: 0 },
    (fileName, { compression }) => {
      const path = join(folder, fileName);
      written.push({ path, fileName, compression });
      return createWriteStream(path, { mode: 0o600 });
    },
    testContext(),
  );
  const artifacts = await Promise.all(written.map(({ path, ...rest }) => artifactOf(path, rest)));
  const source: StoredSource = { kind: 'postgres', name, facts, serverVersion: server.version, artifacts };
  return { ...source, facts: completeFacts(facts, await postgres.read(source, testContext())) };
}

async function artifactOf(path: string, rest: { fileName: string; compression: Compression }): Promise<ArtifactReader> {
  return { ...rest, bytes: (await stat(path)).size, open: async () => createReadStream(path) };
}

/** A hash of the content of every table, of every large object, and the definition of every view. */
export function contentOf(database: string): Promise<Record<string, string>> {
  return ask(database, async (talk) => {
    await talk.run('set max_parallel_workers_per_gather = 0');
    const tables = await talk.rows<{
      name: string;
    }>(`select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`);
    const content: Record<string, string> = {};
    for (const { name } of tables) {
      const query = `select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as hash from ${name} t`;
      content[name] = (await talk.row<{ hash: string }>(query)).hash;
    }
    const objects = `select coalesce(string_agg(oid || ':' || md5(lo_get(oid)), ' ' order by oid), '') as hash from pg_largeobject_metadata`;
    content['large objects'] = (await talk.row<{ hash: string }>(objects)).hash;
    const views = `select coalesce(string_agg(viewname || definition, ' ' order by 1), '') as hash from
      (select viewname, definition from pg_views where schemaname not in ('pg_catalog', 'information_schema') order by 1) v`;
    content.views = (await talk.row<{ hash: string }>(views)).hash;
    return content;
  });
}

/** A small shop with everything that a dump may trip over. */
export const SHOP = (owner: string): string => `
  set search_path = public;
  create schema "Odd.Schema" authorization "${owner}";
  create type mood as enum ('good', 'bad');
  create domain amount as numeric(10, 2) check (value >= 0);
  create table "Mixed Case" (id serial primary key, "Name" text not null, feels mood, at timestamptz default '2026-03-29 02:30:00 Europe/Berlin');
  insert into "Mixed Case" ("Name", feels) select E'n\\t\\n\\\\' || g, (array['good', 'bad'])[1 + g % 2]::mood from generate_series(1, 500) g;
  create table "Odd.Schema"."t""q" (a int references "Mixed Case", price amount);
  insert into "Odd.Schema"."t""q" select g, g * 1.5 from generate_series(1, 100) g;
  alter table "Odd.Schema"."t""q" owner to "${owner}";
  create table part (k int primary key, v text) partition by range (k);
  create table part_1 partition of part for values from (0) to (10);
  create table part_2 partition of part for values from (10) to (20);
  insert into part select g, 'p' from generate_series(0, 19) g;
  create index by_name on "Mixed Case" (lower("Name"));
  create view "V" as select count(*) as n from "Mixed Case";
  create materialized view stale as select count(*) as n from "Mixed Case";
  create function plus_one(x int) returns int language sql as 'select x + 1';
  create table nothing ();
  insert into nothing default values;
  select lo_from_bytea(0, decode(repeat('abcd', 5000), 'hex')), lo_from_bytea(0, ''::bytea)`;
