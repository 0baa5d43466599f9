import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Failure } from '../../../../scripts/common/failure.ts';
import type { StoredGeneration } from '../../../../scripts/datastores/generation.ts';
import { prefixOf } from '../../../../scripts/datastores/mongodb/generations/names.ts';
import { type PreparedRestore, runSteps } from '../../../../scripts/datastores/restore.ts';
import { contentOf, fillPlain } from './data.ts';
import { type Bench, dumpTo, restoreTo, startBench, wishFor, withServer } from './server.ts';

let bench: Bench;

before(async () => {
  bench = await startBench();
});

after(() => bench.close());

/** What a server estimates may be behind: whether it estimates anything is all that is looked at. */
const changesIn = ({ changes }: PreparedRestore) =>
  Object.fromEntries(changes.map(({ name, change, now, recorded }) => [name, [change, typeof now, recorded]]));
const of = (database: string, generations: readonly StoredGeneration[]) =>
  generations.filter((one) => one.database === database);

test('a swap restores beside, changes places, keeps the old, and an exchange back brings it', async () => {
  const database = bench.database('hfm_swap');
  await fillPlain(database);
  const recorded = await contentOf(database);
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_swap', bench.context);
    await database.collection('users').insertOne({ later: true });
    await database.collection('spare').insertOne({ later: true });
    await database.collection('orders').drop();
    const live = await contentOf(database);
    const prepared = await server.prepare(dumped.source, wishFor('hfm_swap'), bench.context);
    assert.deepEqual([prepared.way, prepared.reason], ['swap', undefined]);
    assert.deepEqual(changesIn(prepared), {
      empty: ['replaced', 'number', 0],
      orders: ['added', 'undefined', 50],
      spare: ['removed', 'number', undefined],
      users: ['replaced', 'number', 50],
    });
    const { exchange } = prepared;
    assert.ok(exchange?.fresh);
    const report = await runSteps(prepared, bench.context);
    assert.deepEqual([report?.differences, report?.counts], [[], { empty: 0, orders: 50, users: 50 }]);
    assert.deepEqual(await contentOf(database), live, 'nothing of it is live yet');
    assert.ok(prepared.steps.every((step) => !step.live));
    await server.exchange([exchange], bench.context);
    await prepared.discard();
    assert.deepEqual(await contentOf(database), recorded);
    assert.deepEqual(await contentOf(database, prefixOf(exchange.kept)), live);
    const back = { ...exchange, fresh: exchange.kept, kept: exchange.fresh };
    await server.exchange([back], bench.context);
    assert.deepEqual(await contentOf(database), live);
    await dumped.remove();
  });
});

test('what a restore made or kept is told with its size, is in no plan, dump or target, and can be removed', async () => {
  const database = bench.database('hfm_kept');
  const foreign = 'holdfast_before_20200101_000000_mine';
  await fillPlain(database);
  await withServer(bench, async (server) => {
    const first = await dumpTo(server, 'hfm_kept', bench.context);
    await restoreTo(server, first.source, 'hfm_kept', bench.context);
    await database.collection(foreign).insertOne({ mine: true });
    const [kept, ...others] = of('hfm_kept', await server.generations(bench.context));
    assert.ok(kept && others.length === 0 && kept.sizeBytes > 0 && kept.part === 'before');
    assert.match(kept.place, /"holdfast_before_\d{8}_\d{6}_\*" in database "hfm_kept"/);
    const second = await dumpTo(server, 'hfm_kept', bench.context);
    assert.deepEqual(Object.keys(second.facts.fingerprint.counts), ['empty', foreign, 'orders', 'users']);
    const facts = async () => {
      const { sources } = await server.plan(bench.context);
      return [await server.target('hfm_kept', bench.context), sources.find(({ name }) => name === 'hfm_kept')];
    };
    const beside = await facts();
    await server.removeGeneration(kept, bench.context);
    await server.removeGeneration(kept, bench.context);
    assert.deepEqual(beside, await facts());
    const left = (await database.listCollections().toArray()).map(({ name }) => name).sort();
    assert.deepEqual(left, ['empty', foreign, 'orders', 'users']);
    await first.remove();
    await second.remove();
  });
});

test('a database that was not there is swapped in, and what is half restored is taken back', async () => {
  await fillPlain(bench.database('hfm_origin'));
  const content = await contentOf(bench.database('hfm_origin'));
  const database = bench.database('hfm_fresh');
  await database.dropDatabase();
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_origin', bench.context);
    const prepared = await server.prepare(dumped.source, wishFor('hfm_fresh'), bench.context);
    const [create, restore] = prepared.steps;
    await create?.run(bench.context);
    await restore?.run(bench.context);
    assert.ok((await database.listCollections().toArray()).length > 0);
    await create?.undo?.();
    assert.deepEqual(await database.listCollections().toArray(), []);
    await prepared.discard();
    await restoreTo(server, dumped.source, 'hfm_fresh', bench.context);
    assert.deepEqual(await contentOf(database), content);
    assert.deepEqual(of('hfm_fresh', await server.generations(bench.context)), [], 'nothing was there to be kept');
    const kept = { part: 'new', stamp: '20261121_235959' } as const;
    await server.exchange([{ database: 'hfm_fresh', fresh: undefined, kept }], bench.context);
    assert.equal((await server.target('hfm_fresh', bench.context)).exists, false);
    const { skipped } = await server.plan(bench.context);
    assert.match(
      skipped.find(({ name }) => name === 'hfm_fresh')?.reason ?? '',
      /nothing but what a restore made or kept/,
    );
    await dumped.remove();
  });
});

test('some collections are restored beside and change places, the others stay live', async () => {
  const database = bench.database('hfm_parts');
  await fillPlain(database);
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_parts', bench.context);
    const recorded = await contentOf(database);
    await database.collection('users').deleteMany({ n: { $lt: 9 } });
    await database.collection('orders').insertOne({ later: true });
    const live = await contentOf(database);
    const parts = { collections: ['users'], tables: [], schemas: [] };
    const report = await restoreTo(server, dumped.source, 'hfm_parts', bench.context, { parts });
    assert.deepEqual([report.counts, report.differences], [{ users: 50 }, []]);
    assert.deepEqual(await contentOf(database), { ...live, users: recorded.users });
    const wrong = wishFor('hfm_parts', { parts: { ...parts, collections: ['user'] } });
    const told = (error: Failure) => error.code === 'not-found' && error.hint === 'did you mean "users"?';
    await assert.rejects(server.prepare(dumped.source, wrong, bench.context), told);
    const inPlace = { parts, way: 'in-place' } as const;
    await database.collection('users').drop();
    await restoreTo(server, dumped.source, 'hfm_parts', bench.context, inPlace);
    assert.deepEqual(await contentOf(database), { ...live, users: recorded.users });
    await dumped.remove();
  });
});

test('in place, what is not in the set stays and is told, or goes when that is wanted', async () => {
  const database = bench.database('hfm_place');
  await fillPlain(database);
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_place', bench.context);
    const content = await contentOf(database);
    await database.collection('spare').insertOne({ later: true });
    const way = 'in-place';
    const left = await server.prepare(dumped.source, wishFor('hfm_place', { way }), bench.context);
    assert.equal(left.changes.find(({ name }) => name === 'spare')?.change, 'left');
    assert.match((await runSteps(left, bench.context))?.notes.join() ?? '', /stayed in "hfm_place": spare/);
    await left.discard();
    const exact = await server.prepare(dumped.source, wishFor('hfm_place', { way, exact: true }), bench.context);
    assert.deepEqual([exact.way, exact.exchange], [way, undefined]);
    assert.equal(exact.changes.find(({ name }) => name === 'spare')?.change, 'removed');
    assert.deepEqual(
      exact.steps.map((step) => [step.kind, step.live]),
      [
        ['restore', true],
        ['remove', true],
        ['compare', false],
      ],
    );
    await runSteps(exact, bench.context);
    await exact.discard();
    assert.deepEqual(await contentOf(database), content);
    await dumped.remove();
  });
});

test('a swap that cannot be had is refused with its reason when asked for, else it is done in place', async () => {
  const database = bench.database('hfm_dots');
  await fillPlain(database);
  await database.collection('Orders.2026').insertOne({ n: 1 });
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_dots', bench.context);
    const asked = server.prepare(dumped.source, wishFor('hfm_dots', { way: 'swap' }), bench.context);
    const refused = (error: Failure) => error.code === 'refused' && /"Orders.2026" has a dot/.test(error.message);
    await assert.rejects(asked, refused);
    const prepared = await server.prepare(dumped.source, wishFor('hfm_dots'), bench.context);
    assert.equal(prepared.way, 'in-place');
    assert.match(prepared.reason ?? '', /"Orders.2026" has a dot/);
    await prepared.discard();
    const full = server.prepare(dumped.source, wishFor('hfm_dots', { way: 'direct' }), bench.context);
    await assert.rejects(full, /"hfm_dots" holds 4 collections, expected none/);
    await database.dropDatabase();
    assert.deepEqual(
      (await restoreTo(server, dumped.source, 'hfm_dots', bench.context, { way: 'direct' })).differences,
      [],
    );
    await dumped.remove();
  });
});
