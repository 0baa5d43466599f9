/** A database whose tables hang together, and short ways to ask for what came of a restore of parts of it. */
import type { ServerAddress } from '../../../../scripts/datastores/datastore.ts';
import { type ConnectedClient, connectClient } from '../../../../scripts/datastores/postgres/connection/connect.ts';
import { Conversation } from '../../../../scripts/datastores/postgres/connection/conversation.ts';
import type { Standing } from '../../../../scripts/datastores/postgres/restore/parts-target.ts';
import { PREFIX, signal, stackAddress } from './stack-server.ts';

export const DATABASE = `${PREFIX}_whole`;
/** Where the dump lies beside the server. */
export const PLACE = `/tmp/${PREFIX}.dump`;
/** The database that {@link scratch} makes. */
export const SCRATCH = `${PREFIX}_scratch`;

/** Tables that hang together in every way that a dump knows, and a schema for each of two tenants. */
export const WHOLE = `create extension citext;
  create type mood as enum ('good', 'bad'); create domain amount as numeric check (value >= 0);
  create function stamp() returns trigger language plpgsql as $$ begin new.note := 'stamped'; return new; end $$;
  create table customers (id int generated always as identity primary key, name citext unique);
  insert into customers (name) select 'c' || g from generate_series(1, 20) g;
  create table "My Orders" (id serial primary key, customer int not null references customers, feels mood,
    price amount, note text default 'none', check (price < 1000), unique (customer, price));
  insert into "My Orders" (customer, feels, price) select g, 'good', g * 2 from generate_series(1, 20) g;
  create trigger stamp before insert on "My Orders" for each row execute function stamp();
  create index by_note on "My Orders" (lower(note)); create statistics both_of on customer, price from "My Orders";
  alter table "My Orders" enable row level security; create policy own on "My Orders" using (customer > 0);
  create policy known on "My Orders" using (customer in (select id from customers));
  comment on column "My Orders".price is 'with tax'; grant select on "My Orders" to public;
  alter table "My Orders" replica identity full;
  create table lines (id bigserial primary key, "order" int references "My Orders", qty int);
  insert into lines ("order", qty) select g, g from generate_series(1, 20) g;
  create view dear as select * from "My Orders" where price > 10; grant select on dear to public;
  create materialized view per_note as select note, count(*) as n from dear group by note;
  create unique index on per_note (note);
  create table log (k int primary key, customer int references customers, v text) partition by range (k);
  create table log_1 partition of log for values from (0) to (10);
  create table log_2 partition of log for values from (10) to (100) partition by range (k);
  create table log_2a partition of log_2 for values from (10) to (20);
  create index on log (v); insert into log select g, g, 'v' from generate_series(1, 19) g;
  create trigger never before update on log for each row execute function stamp();
  create schema "Tenant A"; create table "Tenant A".orders (id serial primary key, customer int references public.customers, v text);
  insert into "Tenant A".orders (customer, v) select g, 'a' || g from generate_series(1, 5) g;
  create function "Tenant A".n() returns bigint language sql as 'select count(*) from "Tenant A".orders';
  create view "Tenant A".all_orders as select * from "Tenant A".orders; grant usage on schema "Tenant A" to public;
  create schema tenant_b; create table tenant_b.orders (id serial primary key, customer int references public.customers, v text);
  insert into tenant_b.orders (customer, v) select g, 'b' || g from generate_series(1, 7) g;`;

/** What a table is beside its rows, as the catalogue tells. */
const SHAPE = `select (select json_agg(pg_get_indexdef(indexrelid) order by indexrelid::regclass::text) from pg_index where indrelid = c.oid) as indexes,
  (select json_agg(conname || ' ' || pg_get_constraintdef(oid) order by conname) from pg_constraint where conrelid = c.oid) as constraints,
  (select json_agg(pg_get_triggerdef(oid) order by tgname) from pg_trigger where tgrelid = c.oid and not tgisinternal) as triggers,
  (select json_agg(polname order by polname) from pg_policy where polrelid = c.oid) as policies,
  (select json_agg(pg_get_statisticsobjdef(oid) order by oid) from pg_statistic_ext where stxrelid = c.oid) as statistics,
  (select json_agg(pg_get_expr(adbin, adrelid) order by adnum) from pg_attrdef where adrelid = c.oid) as defaults,
  (select json_agg(description order by objsubid) from pg_description where objoid = c.oid) as comments,
  c.relacl::text as grants, c.relreplident as identity, c.relrowsecurity as secured, c.relispartition as partition
  from pg_class c where c.oid = `;

/** Open conversations by database: each costs a fifth of a second to begin. */
const talks = new Map<string, Conversation>();

let client: ConnectedClient | undefined;

async function talkTo(database: string): Promise<Conversation> {
  const open = talks.get(database);
  if (open !== undefined) return open;
  client ??= await connectClient(await stackAddress(), signal);
  const talk = Conversation.open(client, { database }, signal);
  talks.set(database, talk);
  await talk.run('set search_path = public');
  return talk;
}

export const shapeOf = async (database: string, table: string): Promise<Record<string, unknown>> =>
  (await talkTo(database)).row(`${SHAPE}'${table}'::regclass`);

export const run = async (statements: string, database = DATABASE): Promise<void> =>
  (await talkTo(database)).run(statements);

export const look = async (query: string, database = DATABASE): Promise<unknown> => (await talkTo(database)).row(query);

/** A hash of the rows of every table. */
export async function contentOf(database: string): Promise<Record<string, string>> {
  const query = `select format('%I.%I', schemaname, tablename) as name,
    md5(query_to_xml(format('select * from %I.%I t order by t::text', schemaname, tablename), true, false, '')::text) as hash
    from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`;
  const rows = await (await talkTo(database)).rows<{ name: string; hash: string }>(query);
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]));
}

export async function standingOf(database: string): Promise<Standing> {
  const talk = await talkTo(database);
  const relations = await talk.rows<{ name: string }>(
    `select nspname || '.' || relname as name from pg_class join pg_namespace n on n.oid = relnamespace
      where relkind in ('r', 'p', 'v', 'm', 'f') and nspname !~ '^pg_|^information'`,
  );
  const schemas = await talk.rows<{ name: string }>('select nspname as name from pg_namespace');
  return { relations: new Set(relations.map(({ name }) => name)), schemas: new Set(schemas.map(({ name }) => name)) };
}

/** An empty database. */
export async function scratch(): Promise<string> {
  await talks.get(SCRATCH)?.close();
  talks.delete(SCRATCH);
  await run(`drop database if exists ${SCRATCH}`, 'postgres');
  await run(`create database ${SCRATCH} template template0`, 'postgres');
  return SCRATCH;
}

/** Gives pg_restore's words; empty when all is well. */
export async function pgRestore(
  { address, user, database }: { address: ServerAddress; user: string; database: string },
  list: string,
  ...options: string[]
): Promise<string> {
  const script = 'printf %s "$LIST" > "$0.list"; exec pg_restore --single-transaction --use-list="$0.list" "$@" "$0"';
  const argv = ['sh', '-c', script, PLACE, ...options, `--dbname=${database}`] as const;
  const { code, stderr } = await address.engine.run(address.service, { argv, env: { PGUSER: user, LIST: list } });
  return code === 0 ? stderr : stderr || `ended with ${code}`;
}

/** Closes every conversation. */
export async function endTalks(): Promise<void> {
  for (const talk of talks.values()) await talk.close();
  talks.clear();
  await client?.close();
}
