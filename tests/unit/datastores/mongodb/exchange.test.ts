import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Failure } from '../../../../scripts/common/failure.ts';
import { performExchanges } from '../../../../scripts/datastores/mongodb/exchange/perform.ts';
import { ownRunner } from '../../../../scripts/datastores/mongodb/exchange/runner.ts';
import type { Runner } from '../../../../scripts/datastores/mongodb/generations/about.ts';
import { all, BACK, BEFORE, broken, databaseWith, FORWARD, layout, live, NEW, run, STAMP } from './exchange-bench.ts';
import { FakeDatabase } from './fake-database.ts';

test('what was restored beside becomes live, what was live is kept, and an exchange back brings all of it', async () => {
  await fc.assert(
    fc.asyncProperty(layout, layout, async (old, fresh) => {
      const database = await databaseWith(old, fresh);
      const before = live(database);
      const waiting = database.seen(NEW);
      assert.deepEqual(await run(database, FORWARD), []);
      const now = live(database);
      assert.deepEqual(Object.keys(now).sort(), Object.keys(fresh).sort());
      for (const [name, id] of Object.entries(waiting)) assert.equal(now[name], id);
      const end = all(database);
      await run(database, FORWARD);
      assert.deepEqual(all(database), end, 'the same words once more change nothing');
      if (Object.keys(old).length === 0) return;
      await run(database, BACK);
      assert.deepEqual(live(database), before);
    }),
    { numRuns: 150 },
  );
});

test('what was written to a name while nobody ended the exchange is put aside as well', async () => {
  const [database] = await broken({ users: 'collection' }, { users: 'collection' }, { die: 3 });
  assert.deepEqual([database.seen(BEFORE), database.things.has('users')], [{ users: 'number 1' }, false]);
  await database.collection('users').insertOne({ _id: 1 });
  assert.match((await run(database, FORWARD)).join(), /1 documents are in "holdfast_gap_/);
  assert.deepEqual([database.seen(BEFORE), live(database).users], [{ users: 'number 1' }, 'number 2']);
});

test('collections that were only added go aside again, and nothing else does', async () => {
  const database = await databaseWith({ users: 'collection' }, { added: 'collection' }, ['added']);
  await run(database, FORWARD);
  await run(database, BACK);
  assert.deepEqual(live(database), { users: 'number 1' });
});

test('what a client writes to a name between old and new is put aside and told', async () => {
  const database = await databaseWith({ users: 'collection' }, { users: 'collection' });
  let writes = 0;
  database.afterChange = ({ renameCollection }) => {
    if (renameCollection !== 'shop.users' || writes++ > 0) return;
    database.make('users');
    database.things.get('users')?.documents.set(1, { _id: 1 });
  };
  const notes = await run(database, FORWARD);
  assert.match(notes.join(), /"users" was written to .*: 1 documents are in "holdfast_gap_20261121_235220_users"/);
  assert.deepEqual(database.seen(BEFORE), { users: 'number 1' });
  assert.equal(live(database).users, 'number 2');
});

test('a client that never stops making its collection anew does not keep the new one out', async () => {
  const database = await databaseWith({ users: 'collection' }, { users: 'collection' });
  database.afterChange = ({ renameCollection }) => {
    if (renameCollection === 'shop.users') database.make('users');
  };
  assert.match((await run(database, FORWARD)).join(), /others of that moment may be lost/);
  assert.equal(live(database).users, 'number 2');
});

test('an exchange of some collections leaves the others live, there and back', async () => {
  const old = { users: 'collection', orders: 'collection' } as const;
  const database = await databaseWith(old, { users: 'collection', added: 'collection' }, ['users', 'added']);
  await run(database, FORWARD);
  assert.deepEqual(live(database), { users: 'number 3', orders: 'number 2', added: 'number 4' });
  await run(database, BACK);
  assert.deepEqual(live(database), { users: 'number 1', orders: 'number 2' });
});

test('where nothing replaces what is live, it goes aside', async () => {
  const database = new FakeDatabase();
  database.make('users');
  database.make('names', { viewOn: 'users' });
  await run(database, { ...FORWARD, fresh: undefined });
  assert.deepEqual([live(database), database.seen(BEFORE)], [{}, { users: 'number 1' }]);
  await run(database, BACK);
  assert.deepEqual(live(database), { users: 'number 1', names: '{"viewOn":"users"}' });
});

test('another name for what is kept is refused when it is taken, and what is not there is not found', async () => {
  const database = await databaseWith({ users: 'collection' }, { users: 'collection' });
  await run(database, FORWARD);
  const again = { ...FORWARD, fresh: { part: 'before', stamp: STAMP } } as const;
  await assert.rejects(run(database, again), (error: Failure) => error.code === 'refused');
  await assert.rejects(run(new FakeDatabase(), FORWARD), (error: Failure) => error.code === 'not-found');
});

test('time series are refused before anything moves', async () => {
  const database = await databaseWith({ users: 'collection' }, { users: 'collection' });
  const list = database.listCollections.bind(database);
  database.listCollections = (filter) => ({
    toArray: async () => {
      const found = await list(filter).toArray();
      return found.map((one) => (one.name === 'users' ? { ...one, type: 'timeseries' as never } : one));
    },
  });
  await assert.rejects(
    run(database, FORWARD),
    (error: Failure) => error.code === 'refused' && /time series/.test(error.message),
  );
  assert.equal(database.changes, 0);
});

test('several processes at once do it once: the others wait for the first', async () => {
  const database = await databaseWith({ users: 'collection' }, { users: 'collection' });
  const [first, other, third] = await Promise.all([ownRunner(), ownRunner(), ownRunner()]);
  const exchange = (runner: Runner) => performExchanges(database.connection, [FORWARD], runner);
  let late: Promise<unknown> | undefined;
  database.afterChange = ({ renameCollection }) => {
    if (renameCollection !== undefined) late ??= exchange(third);
  };
  await Promise.all([exchange(first), exchange(other)]);
  assert.ok(late);
  await late;
  assert.deepEqual([live(database), database.seen(BEFORE)], [{ users: 'number 2' }, { users: 'number 1' }]);
});
