import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { ServerAddress } from '../../../../scripts/datastores/datastore.ts';
import { type ArchiveEntry, contentsOf } from '../../../../scripts/datastores/postgres/archive/contents.ts';
import { chooseEntries } from '../../../../scripts/datastores/postgres/restore/parts.ts';
import {
  contentOf,
  DATABASE,
  endTalks,
  look,
  PLACE,
  pgRestore,
  run,
  SCRATCH,
  scratch,
  shapeOf,
  standingOf,
  WHOLE,
} from './parts-database.ts';
import { artifactFolder, connect, dumpTo, finish, skip, stackAddress, sweep } from './stack-server.ts';

describe('parts of an archive, restored by the plain pg_restore', { skip }, () => {
  let address: ServerAddress;
  let folder: Awaited<ReturnType<typeof artifactFolder>>;
  let entries: readonly ArchiveEntry[];
  let user: string;
  let content: Record<string, string>;

  before(async () => {
    await sweep();
    await run(`create database ${DATABASE} template template0`, 'postgres');
    await run(WHOLE);
    address = await stackAddress();
    folder = await artifactFolder();
    const dumped = await dumpTo(folder.path, await connect(address), DATABASE);
    const file = `${folder.path}/${dumped.artifacts[0]?.fileName}`;
    ({ entries } = await contentsOf(createReadStream(file)));
    content = await contentOf(DATABASE);
    const { engine, service } = address;
    user = (await engine.inspect(service)).environment.get('POSTGRES_USER') ?? 'postgres';
    const copy = { argv: ['sh', '-c', 'cat > "$0"', PLACE] as const };
    await engine.write(service, copy, createReadStream(file), (await stat(file)).size);
  });

  after(async () => {
    const { engine, service } = address;
    await engine.run(service, { argv: ['rm', '-f', PLACE, `${PLACE}.list`] });
    await endTalks();
    await finish();
    await folder?.[Symbol.asyncDispose]();
  });

  /** Restores tables or schemas as a restore would: fitted to the target. Gives the warnings. */
  async function bring(database: string, tables: string[], schemas: string[] = []): Promise<readonly string[]> {
    const standing = await standingOf(database);
    const { list, warnings } = chooseEntries(entries, { tables, schemas, collections: [] }, standing);
    assert.equal(await pgRestore({ address, user, database }, list, '--clean', '--if-exists'), '');
    return warnings;
  }

  it('bring a table into an empty database with all that is its own, and without what needs others', async () => {
    const warnings = await bring(await scratch(), ['My Orders']);
    const orders = 'public."My Orders"';
    assert.deepEqual(await contentOf(SCRATCH), { [orders]: content[orders] });
    const [found, whole] = [await shapeOf(SCRATCH, orders), await shapeOf(DATABASE, orders)];
    const without = (list: unknown, word: RegExp): unknown[] => (list as string[]).filter((text) => !word.test(text));
    assert.deepEqual(found, {
      ...whole,
      constraints: without(whole.constraints, /FOREIGN KEY/),
      policies: ['own'],
    });
    assert.deepEqual(warnings, [
      'the foreign key "My Orders_customer_fkey" of "public.My Orders" is left out: it needs "public.customers", which is not at the target',
      'the policy "known" of "public.My Orders" is left out: it needs "public.customers", which is not at the target',
    ]);
    await run(`insert into ${orders} (customer, price) values (1, 7)`, SCRATCH);
    const added = await look(`select id, note from ${orders} where price = 7`, SCRATCH);
    assert.deepEqual(added, { id: 21, note: 'stamped' });
  });

  it('put a table in the place of the live one, with the views and keys that hang on it, and leave the rest alone', async () => {
    const orders = 'public."My Orders"';
    const whole = await shapeOf(DATABASE, orders);
    await run(`delete from lines where id > 10; update public."My Orders" set note = 'wrong', price = 1 + id;
      insert into public."My Orders" (customer, price) values (1, 900); drop index public.by_note;
      alter table public."My Orders" add column extra int; insert into public.customers (name) values ('new')`);
    const changed = await contentOf(DATABASE);
    const warnings = await bring(DATABASE, ['My Orders']);
    const { [orders]: rows, ...rest } = await contentOf(DATABASE);
    assert.equal(rows, content[orders]);
    const { [orders]: _, ...others } = changed;
    assert.deepEqual(rest, others);
    assert.deepEqual(await shapeOf(DATABASE, orders), whole);
    assert.deepEqual(
      warnings.filter((warning) => / hangs on /.test(warning)),
      [
        '"public.dear" hangs on "public.My Orders" and is made again as it was',
        'the foreign key "lines_order_fkey" of "public.lines" hangs on "public.My Orders" and is made again as it was',
        '"public.per_note" hangs on "public.dear" and is made again as it was',
      ],
    );
    const hanging = await look(
      `select (select count(*) from public.dear) as dear, (select n from public.per_note) as noted,
        has_table_privilege('public', 'public.dear', 'SELECT') as granted,
        (select count(*) from pg_constraint where conname = 'lines_order_fkey' and convalidated) as keys`,
      DATABASE,
    );
    assert.deepEqual(hanging, { dear: 15, noted: 15, granted: true, keys: 1 });
    await run(`insert into public."My Orders" (customer, price) values (1, 3)`);
  });

  it('change nothing when rows of other tables need a row that is not in the dump', async () => {
    await run(
      `insert into public."My Orders" (id, customer, price) values (500, 1, 8); insert into lines ("order") values (500)`,
    );
    const before = await contentOf(DATABASE);
    await assert.rejects(bring(DATABASE, ['My Orders']), /lines_order_fkey/);
    assert.deepEqual(await contentOf(DATABASE), before);
    await run('delete from lines where "order" = 500');
  });

  it('bring a partitioned table with its partitions, over a live one and into an empty database', async () => {
    const whole = await shapeOf(DATABASE, 'public.log_2a');
    await run(`delete from log where k > 5; drop index log_v_idx; alter table log detach partition log_1`);
    await bring(DATABASE, ['log']);
    await bring(await scratch(), ['log']);
    for (const database of [DATABASE, SCRATCH]) {
      const found = await contentOf(database);
      for (const table of ['public.log', 'public.log_1', 'public.log_2a']) assert.equal(found[table], content[table]);
    }
    assert.deepEqual(await shapeOf(DATABASE, 'public.log_2a'), whole);
  });

  it('bring back a partition that was dropped, to its place', async () => {
    const [whole, key] = [await shapeOf(DATABASE, 'public.log_1'), await shapeOf(DATABASE, 'public.log')];
    await run('drop table log_1');
    assert.deepEqual(await bring(DATABASE, ['log_1']), []);
    assert.deepEqual(await shapeOf(DATABASE, 'public.log_1'), whole);
    assert.deepEqual(await shapeOf(DATABASE, 'public.log'), key);
    assert.equal((await contentOf(DATABASE))['public.log'], content['public.log']);
    const [warning] = await bring(await scratch(), ['public.log_1']);
    assert.match(warning ?? '', /comes as a table by itself, without "public\.log"/);
    assert.equal((await contentOf(SCRATCH))['public.log_1'], content['public.log_1']);
  });

  it('bring one tenant: the rows of its schema, and no rows of a table that is called alike elsewhere', async () => {
    await run(`delete from "Tenant A".orders; delete from tenant_b.orders; create table "Tenant A".newer (a int);
      create or replace function "Tenant A".n() returns bigint language sql as 'select 0::bigint'`);
    const changed = await contentOf(DATABASE);
    await bring(DATABASE, [], ['Tenant A']);
    const found = await contentOf(DATABASE);
    const tenant = '"Tenant A".orders';
    assert.deepEqual(found, { ...changed, [tenant]: content[tenant] });
    assert.deepEqual(await look('select "Tenant A".n() as n', DATABASE), { n: 5 });
    await run('insert into "Tenant A".orders (customer) values (1)');
    const warnings = await bring(await scratch(), [], ['"Tenant A"']);
    const alone = await contentOf(SCRATCH);
    assert.deepEqual(Object.keys(alone), [tenant]);
    assert.equal(alone[tenant], content[tenant]);
    assert.match(warnings.join(), /foreign key "orders_customer_fkey" of "Tenant A\.orders" is left out/);
    const n = await look(
      `select (select count(*) from "Tenant A".all_orders) as n, has_schema_privilege('public', 'Tenant A', 'USAGE') as granted`,
      SCRATCH,
    );
    assert.deepEqual(n, { n: 5, granted: true });
  });

  it('name what they need where nothing is known of the target, and fit one that has it', async () => {
    const parts = { tables: ['My Orders', 'customers'], schemas: [], collections: [] };
    const { list, warnings, tables } = chooseEntries(entries, parts);
    assert.deepEqual(tables, ['public.My Orders', 'public.customers']);
    for (const word of ['type "public.mood"', 'domain "public.amount"', 'function "public.stamp()"']) {
      assert.ok(
        warnings.some((warning) => warning.includes(`My Orders" needs the ${word} at the target`)),
        word,
      );
    }
    assert.ok(warnings.includes('"public.customers" needs the extension "citext" at the target'));
    assert.match(
      warnings.join(),
      /foreign key "lines_order_fkey" of "public\.lines" hangs on "public\.My Orders" and was not chosen/,
    );
    await run(
      `create extension citext schema public; create type public.mood as enum ('good', 'bad'); create domain public.amount as numeric;
      create function public.stamp() returns trigger language plpgsql as $$ begin return new; end $$`,
      await scratch(),
    );
    assert.equal(await pgRestore({ address, user, database: SCRATCH }, list), '');
    const found = await contentOf(SCRATCH);
    for (const table of ['public.customers', 'public."My Orders"']) assert.equal(found[table], content[table]);
    const next = `with next as (select nextval('public.customers_id_seq') as id) select id from next`;
    assert.deepEqual(await look(next, SCRATCH), { id: 21 });
  });
});
