import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { all, BEFORE, broken, databaseWith, FORWARD, type Layout, layout, run, unbroken } from './exchange-bench.ts';

test('an exchange that dies after any of its changes is ended by the same words', async () => {
  const property = async (old: Layout, fresh: Layout): Promise<void> => {
    const end = await unbroken(old, fresh);
    for (let die = 1; die <= end.changes; die++) {
      const [database] = await broken(old, fresh, { die });
      await run(database, FORWARD);
      assert.deepEqual(all(database), all(end), `died at change ${die}`);
    }
  };
  await fc.assert(fc.asyncProperty(layout, layout, property), { numRuns: 40 });
});

for (const kind of ['refuse', 'lose'] as const) {
  const words = { refuse: 'that a server refuses at any of its changes', lose: 'of which any answer is lost' }[kind];
  test(`an exchange ${words} is taken back, or was done`, async () => {
    const property = async (old: Layout, fresh: Layout): Promise<void> => {
      const end = await unbroken(old, fresh);
      const untouched = await databaseWith(old, fresh);
      for (let at = 1; at <= end.changes; at++) {
        const [database, failure] = await broken(old, fresh, { [kind]: at });
        const wanted = failure === undefined ? end : untouched;
        if (failure !== undefined) assert.equal(failure.stands, 'the old data is live');
        if (failure !== undefined) assert.ok(!database.things.has(`${BEFORE}.about`), 'no record is left of it');
        assert.deepEqual(all(database), all(wanted), `change ${at}`);
        await run(database, FORWARD);
        assert.deepEqual(all(database), all(end), 'and can be done afterwards');
      }
    };
    await fc.assert(fc.asyncProperty(layout, layout, property), { numRuns: 40 });
  });

  test(`an exchange ${words}, and that dies while it is taken back, is ended by the same words as well`, async () => {
    const property = async (old: Layout, fresh: Layout, at: number, later: number): Promise<void> => {
      const [database] = await broken(old, fresh, { [kind]: at, die: at + later });
      await run(database, FORWARD);
      assert.deepEqual(all(database), all(await unbroken(old, fresh)));
    };
    const [first, later] = [fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 12 })];
    await fc.assert(fc.asyncProperty(layout, layout, first, later, property), { numRuns: 200 });
  });
}
