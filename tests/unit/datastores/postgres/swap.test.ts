import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Secret } from '../../../../scripts/common/secret.ts';
import type { Server, StoredSource } from '../../../../scripts/datastores/datastore.ts';
import type { StoredGeneration } from '../../../../scripts/datastores/generation.ts';
import type { Command } from '../../../../scripts/engines/engine.ts';
import { carryOut, finishPrepared, textOf, wishFor } from './carry-out.ts';
import {
  artifactFolder,
  ask,
  connect,
  contentOf,
  dumpTo,
  finish,
  PREFIX,
  SHOP,
  skip,
  stackAddress,
  sweep,
  testContext,
} from './stack-server.ts';

const SHOP_DATABASE = `${PREFIX}_swap "Shop"`;
const QUOTED = `"${SHOP_DATABASE.replaceAll('"', '""')}"`;
const OWNER = `${PREFIX} Swap Owner`;
const LIMITED = `${PREFIX}_limited`;

const ABOUT = `select pg_get_userbyid(datdba) as owner, shobj_description(oid, 'pg_database') as comment, datconnlimit as limit,
  has_database_privilege('public', oid, 'TEMPORARY') as temporary,
  (select json_agg(array_to_string(setconfig, ';') order by setrole) from pg_db_role_setting where setdatabase = d.oid) as settings
  from pg_database d where datname = '${SHOP_DATABASE}'`;

/** Of the tables of the shop that have rows and columns. */
const ANALYZED = `select count(distinct starelid) as tables from pg_statistic where starelid >= 16384
  and starelid in (select oid from pg_class where relkind = 'r' and relname <> 'newer')`;

describe('a restore beside the live database', { skip }, () => {
  let server: Server;
  let folder: Awaited<ReturnType<typeof artifactFolder>>;
  let dumped: StoredSource;
  let content: Record<string, string>;

  before(async () => {
    await sweep();
    await ask('postgres', (talk) =>
      talk.run(`create role "${OWNER}" login password 'x'; create role ${LIMITED} login password 'x';
        create database ${QUOTED} owner "${OWNER}" template template0 connection limit 17;
        alter database ${QUOTED} set work_mem = '6MB'; alter role "${OWNER}" in database ${QUOTED} set statement_timeout = '7s';
        revoke temporary on database ${QUOTED} from public; comment on database ${QUOTED} is 'first line
second line'`),
    );
    await ask(SHOP_DATABASE, (talk) => talk.run(SHOP(OWNER)));
    server = await connect(await stackAddress());
    folder = await artifactFolder();
    dumped = await dumpTo(folder.path, server, SHOP_DATABASE);
    content = await contentOf(SHOP_DATABASE);
  });

  after(async () => {
    await finish();
    await folder?.[Symbol.asyncDispose]();
  });

  /** Other tests have theirs on the same server. */
  async function generations(): Promise<StoredGeneration[]> {
    const all = await server.generations(testContext());
    return all.filter(({ database }) => database === SHOP_DATABASE);
  }

  const about = () => ask('postgres', (talk) => talk.row<Record<string, unknown>>(ABOUT));

  it('leaves the live one alone until it is exchanged, takes nothing of it over, and is undone whole', async () => {
    const recorded = await about();
    await ask('postgres', (talk) =>
      talk.run(`alter database ${QUOTED} set work_mem = '9MB'; comment on database ${QUOTED} is 'changed';
        grant temporary on database ${QUOTED} to public; alter database ${QUOTED} connection limit -1`),
    );
    await ask(SHOP_DATABASE, (talk) =>
      talk.run(
        `delete from "Odd.Schema"."t""q"; drop materialized view public.stale; create table public.newer as select 1 as a; analyze`,
      ),
    );
    const [changed, changedAbout] = [await contentOf(SHOP_DATABASE), await about()];
    const wish = wishFor(SHOP_DATABASE);
    const prepared = await server.prepare(dumped, wish, testContext());
    assert.deepEqual([prepared.way, prepared.reason], ['swap', undefined]);
    assert.deepEqual(
      prepared.steps.map(({ kind, live }) => [kind, live]),
      ['create', 'restore', 'describe', 'compare'].map((kind) => [kind, false]),
    );
    assert.deepEqual(
      prepared.changes.filter(({ name }) => /newer|t"q/.test(name)),
      [
        { name: 'Odd.Schema.t"q', change: 'replaced', now: 0, recorded: 100 },
        { name: 'public.newer', change: 'removed', now: 1, recorded: undefined },
      ],
    );
    for (const step of prepared.steps) await step.run(testContext());
    assert.deepEqual([await contentOf(SHOP_DATABASE), await about()], [changed, changedAbout]);
    const [waiting] = await generations();
    assert.deepEqual([waiting?.database, waiting?.part, waiting?.stamp], [SHOP_DATABASE, 'new', wish.stamp]);

    const statistics = await ask(SHOP_DATABASE, (talk) => talk.row<{ tables: number }>(ANALYZED));
    const restored = await ask(waiting?.place ?? '', (talk) => talk.row<{ tables: number }>(ANALYZED));
    assert.ok(restored.tables >= statistics.tables, 'every table has statistics');

    const { exchange } = prepared;
    assert.ok(exchange?.fresh);
    await server.exchange([exchange], testContext());
    assert.deepEqual([await contentOf(SHOP_DATABASE), await about()], [content, recorded]);
    await server.exchange([{ ...exchange, fresh: exchange.kept, kept: exchange.fresh }], testContext());
    assert.deepEqual([await contentOf(SHOP_DATABASE), await about()], [changed, changedAbout]);
    for (const step of prepared.steps.toReversed()) await step.undo?.();
    assert.deepEqual(await generations(), []);
    await prepared.discard();
  });

  it('is known as ours from its first moment, and taken back when it breaks off', async () => {
    const wish = wishFor(SHOP_DATABASE);
    const prepared = await server.prepare(dumped, wish, testContext());
    const [create] = prepared.steps;
    for (const moment of [60, 120, 180, 240]) {
      const signal = AbortSignal.timeout(moment);
      await create?.run({ ...testContext(), signal }).catch(() => {});
      await create?.undo?.();
      assert.deepEqual(await generations(), [], `broken off after ${moment} ms`);
    }
    // What a server makes after we were killed: a database without our comment.
    const name = `"${SHOP_DATABASE.replaceAll('"', '""')}_new_${wish.stamp}"`;
    await ask('postgres', (talk) => talk.run(`create database ${name} template template0 connection limit 1480726993`));
    assert.equal((await generations()).length, 1);
    await create?.undo?.();
    assert.deepEqual(await generations(), []);
    await prepared.discard();
  });

  it('tells differences instead of throwing, and nothing was exchanged then', async () => {
    const counts = { ...dumped.facts?.fingerprint.counts, 'public.nothing': 7 };
    const facts = { ...(dumped.facts ?? assert.fail()), fingerprint: { ...dumped.facts?.fingerprint, counts } };
    const prepared = await server.prepare({ ...dumped, facts }, wishFor(SHOP_DATABASE), testContext());
    const outcomes = [];
    for (const step of prepared.steps) outcomes.push(await step.run(testContext()));
    const { report } = outcomes.at(-1) ?? {};
    assert.deepEqual(report?.differences, [{ name: 'public.nothing', expected: '7 rows', found: '1 rows' }]);
    assert.equal(report?.counts['public.nothing'], 1);
    assert.equal(report?.target, SHOP_DATABASE);
    for (const step of prepared.steps.toReversed()) await step.undo?.();
    await prepared.discard();
  });

  it('is not made when rights or room do not allow it: the reason is told, and it goes over the live one', async () => {
    await ask('postgres', (talk) =>
      talk.run(`alter role ${LIMITED} nocreatedb; grant connect on database ${QUOTED} to ${LIMITED}`),
    );
    const address = await stackAddress();
    const limited = await connect({ ...address, user: LIMITED, password: new Secret('x') });
    const reasonFor = async (to: Server) => {
      const prepared = await to.prepare(dumped, wishFor(SHOP_DATABASE), testContext());
      await prepared.discard();
      assert.deepEqual([prepared.way, prepared.exchange], ['transaction', undefined]);
      return prepared.reason;
    };
    assert.match((await reasonFor(limited)) ?? '', /may not make databases: it lacks CREATEDB/);
    await ask('postgres', (talk) => talk.run(`alter role ${LIMITED} createdb`));
    assert.match((await reasonFor(limited)) ?? '', /may not rename ".*": it belongs to/);
    await ask('postgres', (talk) => talk.run(`grant "${OWNER}" to ${LIMITED}`));
    await ask(SHOP_DATABASE, async (talk) => {
      await talk.run(`set application_name = 'the shop'`);
      assert.match((await reasonFor(limited)) ?? '', /may not end the sessions that are connected: 1 of "the shop" as/);
      await assert.rejects(limited.prepare(dumped, wishFor(SHOP_DATABASE, { way: 'swap' }), testContext()), {
        code: 'refused',
        message: /may not end/,
      });
    });
    const { engine } = address;
    const small: typeof engine = Object.create(engine, {
      run: {
        value: async (service: string, command: Command, ...rest: object[]) => {
          const isAsked = command.argv.some((word) => word.includes('postmaster.pid'));
          return isAsked ? { code: 0, stdout: '1000\n', stderr: '' } : engine.run(service, command, ...rest);
        },
      },
    });
    const cramped = await connect({ ...address, engine: small });
    assert.match((await reasonFor(cramped)) ?? '', /no room for a second copy: found 1 MiB free/);
    await assert.rejects(cramped.prepare(dumped, wishFor(`${PREFIX}_nowhere`), testContext()), { code: 'no-space' });
  });

  it('is not asked for where the wish is another', async () => {
    const other = `${PREFIX}_direct`;
    await assert.rejects(server.prepare(dumped, wishFor(SHOP_DATABASE, { way: 'direct' }), testContext()), {
      code: 'refused',
    });
    const over = await server.prepare(dumped, wishFor(SHOP_DATABASE, { way: 'in-place' }), testContext());
    assert.deepEqual(
      [over.way, over.changes.find(({ name }) => name === 'public.newer')?.change],
      ['transaction', 'left'],
    );
    await over.discard();
    const wish = wishFor(SHOP_DATABASE);
    const taken = `"${SHOP_DATABASE.replaceAll('"', '""')}_new_${wish.stamp}"`;
    await ask('postgres', (talk) => talk.run(`create database ${taken} template template0`));
    const occupied = await server.prepare(dumped, wish, testContext());
    await occupied.discard();
    assert.match(occupied.reason ?? '', /there is a database ".*_new_\d+_\d+" already/);
    const direct = await server.prepare(dumped, wishFor(other, { way: 'direct' }), testContext());
    assert.deepEqual(
      [direct.way, direct.exchange, (await finishPrepared(server, direct)).differences],
      ['direct', undefined, []],
    );
  });

  it('over the live one removes what is not in the set when that is asked for', async () => {
    await ask(SHOP_DATABASE, (talk) =>
      talk.run(
        `create schema extra; create table extra.more (a int references public."Mixed Case"); create view public.w as select 1 as x`,
      ),
    );
    const prepared = await server.prepare(
      dumped,
      wishFor(SHOP_DATABASE, { way: 'in-place', exact: true }),
      testContext(),
    );
    assert.match(textOf(prepared), /remove what is not in the set .*schema "extra"/);
    assert.equal(prepared.changes.find(({ name }) => name === 'extra.more')?.change, 'removed');
    assert.deepEqual((await finishPrepared(server, prepared)).differences, []);
    assert.deepEqual(await contentOf(SHOP_DATABASE), content);
  });

  it('brings parts over the live one, and leaves the rest of it', async () => {
    await ask(SHOP_DATABASE, (talk) =>
      talk.run(`delete from "Odd.Schema"."t""q"; delete from public.part; create table public.newer as select 1 as a`),
    );
    const parts = { tables: ['part'], schemas: [], collections: [] };
    await assert.rejects(server.prepare(dumped, wishFor(SHOP_DATABASE, { way: 'swap', parts }), testContext()), {
      code: 'refused',
    });
    const prepared = await server.prepare(dumped, wishFor(SHOP_DATABASE, { parts }), testContext());
    assert.equal(prepared.way, 'transaction');
    assert.deepEqual(
      prepared.changes.map(({ name, change }) => [name, change]),
      [
        ['public.part_1', 'replaced'],
        ['public.part_2', 'replaced'],
      ],
    );
    const report = await finishPrepared(server, prepared);
    assert.deepEqual([report.differences, report.counts], [[], { 'public.part_1': 10, 'public.part_2': 10 }]);
    const { rows } = await ask(SHOP_DATABASE, (talk) =>
      talk.row<{
        rows: number[];
      }>(`select array[(select count(*) from public.part), (select count(*) from "Odd.Schema"."t""q"),
        (select count(*) from public.newer)] as rows`),
    );
    assert.deepEqual(rows, [20, 0, 1]);
  });

  it('brings parts into a database of their own, with the types that they need', async () => {
    const scratch = `${PREFIX}_scratch`;
    const parts = { tables: ['"Mixed Case"'], schemas: ['Odd.Schema'], collections: [] };
    const report = await carryOut(server, dumped, wishFor(scratch, { parts }));
    assert.deepEqual([report.differences, report.rows], [[], 600]);
    const restored = await contentOf(scratch);
    for (const name of ['public."Mixed Case"', '"Odd.Schema"."t""q"']) assert.equal(restored[name], content[name]);
    assert.equal('public.part' in restored, false);
  });
});
