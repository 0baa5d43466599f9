import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Failure } from '../../../../scripts/common/failure.ts';
import { objectStorage } from '../../../../scripts/storage/objects/object-storage.ts';
import { storageContract } from '../../../contract/storage.ts';
import { type MemoryStore, memoryStore } from './memory-store.ts';

const FACTS = { name: 'memory', location: 'memory://' };
const SET = '2026-05-07T15-36';
const DAY = 24 * 60 * 60 * 1000;
const body = (text: string): Readable => Readable.from([Buffer.from(text)]);

storageContract('objects', async () => objectStorage(memoryStore(), FACTS));
storageContract('objects without conditional writes', async () =>
  objectStorage(memoryStore({ hasConditionalWrites: false }), FACTS),
);

async function published(store: MemoryStore, set = SET): Promise<void> {
  const storage = objectStorage(store, FACTS);
  await storage.reserve(set);
  await storage.put(set, 'a', body('x'));
  await storage.put(set, 'manifest.json', body('{}'));
  await storage.publish(set);
}

test('of two hosts that reserve one set at once no more than one succeeds, with conditions and without', async () => {
  for (const hasConditionalWrites of [true, false]) {
    for (let round = 0; round < 20; round += 1) {
      const store = memoryStore({ hasConditionalWrites });
      const hosts = [1, 2, 3].map(() => objectStorage(store, FACTS));
      const outcomes = await Promise.allSettled(hosts.map((host) => host.reserve(SET)));
      const winners = outcomes.filter(({ status }) => status === 'fulfilled').length;
      assert.ok(hasConditionalWrites ? winners === 1 : winners <= 1, `${winners}`);
    }
  }
});

test('a store that takes the condition and ignores it is found out', async () => {
  const store = memoryStore();
  store.putIfAbsent = async (key, bytes) => {
    await store.replace(key, bytes);
    return true;
  };
  const [one, other] = [objectStorage(store, FACTS), objectStorage(store, FACTS)];
  await one.reserve(SET);
  await assert.rejects(other.reserve(SET), { code: 'storage' });
  await one.put(SET, 'manifest.json', body('{}'));
  await one.publish(SET);
});

test('artifacts go straight to their place, and the manifest follows when the set is published', async () => {
  const store = memoryStore();
  const storage = objectStorage(store, FACTS);
  await storage.reserve(SET);
  await storage.put(SET, 'a', body('x'));
  await storage.put(SET, 'manifest.json', body('{}'));
  assert.deepEqual([...store.content.keys()].sort(), [
    `${SET}.partial/manifest.json`,
    `${SET}.partial/reservation`,
    `${SET}/a`,
  ]);
  store.calls.length = 0;
  await storage.publish(SET);
  assert.deepEqual([...store.content.keys()], [`${SET}/a`, `${SET}/manifest.json`]);
  const shown = store.calls.indexOf(`putIfAbsent ${SET}/manifest.json`);
  assert.ok(shown >= 0 && shown < store.calls.findIndex((call) => call.startsWith('remove')));
  assert.ok(!store.calls.some((call) => call.startsWith('get')), 'a key that may only write can publish');
});

test('of a removed set the marker comes first, the manifest goes first, and the marker goes last', async () => {
  const store = memoryStore();
  await published(store);
  store.calls.length = 0;
  await objectStorage(store, FACTS).remove(SET);
  const changes = store.calls.filter((call) => /^(replace|remove)/.test(call));
  assert.deepEqual(changes, [
    `replace ${SET}.removing/removal`,
    `remove ${SET}/manifest.json`,
    `remove ${SET}/a`,
    `remove ${SET}.removing/removal`,
  ]);
});

test('a set is whole or invisible after every single step of its removal', async () => {
  for (let steps = 0; ; steps += 1) {
    const store = memoryStore();
    await published(store);
    let left = steps;
    const { remove, replace } = store;
    const count = () => {
      left -= 1;
      if (left < 0) throw new Failure('unreachable', { message: 'gone' });
    };
    store.remove = async (keys) => {
      for (const key of keys) {
        count();
        await remove([key]);
      }
    };
    store.replace = async (key, bytes) => {
      count();
      await replace(key, bytes);
    };
    const outcome = await objectStorage(store, FACTS)
      .remove(SET)
      .then(
        () => 'done',
        () => 'cut off',
      );
    Object.assign(store, { remove, replace });
    const fresh = objectStorage(store, FACTS);
    const seen = (await fresh.entries()).map(({ name }) => name);
    if (seen.length > 0) assert.equal((await fresh.objects(SET)).length, 2);
    if (outcome === 'done') break;
    await fresh.sweep();
    if (seen.length === 0) assert.equal(store.content.size, 0);
  }
});

test('a thousand sets are listed by one question, and each by one more', async () => {
  const store = memoryStore();
  for (let index = 0; index < 1000; index += 1) {
    store.content.set(`2026-01-01T00-00-${index}/manifest.json`, { bytes: Buffer.from('{}'), modified: new Date() });
  }
  const storage = objectStorage(store, FACTS);
  assert.equal((await storage.entries()).length, 1000);
  assert.deepEqual(store.calls, ['list ']);
  await storage.objects('2026-01-01T00-00-7');
  await storage.get('2026-01-01T00-00-7', 'manifest.json');
  assert.deepEqual(store.calls.slice(1), ['list 2026-01-01T00-00-7/', 'get 2026-01-01T00-00-7/manifest.json']);
});

test('a list with objects takes one question more, and goes through nothing but sets', async () => {
  const store = memoryStore();
  for (const set of ['2025-12-31T00-00', '2026-01-01T00-00', '2026-01-01T00-01']) await published(store, set);
  const file = { bytes: Buffer.from('x'), modified: new Date() };
  for (const key of ['photos/1', '2026-01-02T00-00/old.dump', '2026-01-03T00-00/', '2026-01-03T00-00/manifest.json']) {
    store.content.set(key, file);
  }
  await objectStorage(store, FACTS).reserve('2026-01-04T00-00');
  await objectStorage(store, FACTS).put('2026-01-04T00-00', 'manifest.json', body('{}'));
  store.calls.length = 0;
  const found = await objectStorage(store, FACTS).entries({ withObjects: true });
  assert.deepEqual(
    found.map(({ name, objects }) => [name, objects?.map(({ path }) => path.slice(name.length))]),
    [
      ['2025-12-31T00-00', ['/a', '/manifest.json']],
      ['2026-01-01T00-00', ['/a', '/manifest.json']],
      ['2026-01-01T00-01', ['/a', '/manifest.json']],
      ['2026-01-02T00-00', undefined],
      ['2026-01-03T00-00', ['/manifest.json']],
      ['2026-01-04T00-00.partial', undefined],
      ['photos', undefined],
    ],
  );
  assert.deepEqual(
    store.calls.filter((call) => call.startsWith('list')),
    ['list ', 'list 2026-01-04T00-00.partial/', 'list 202'],
  );
});

test('an unfinished set that nobody touches shows its last sign of life', async () => {
  const store = memoryStore();
  await objectStorage(store, FACTS).reserve(SET);
  const modified = new Date('2026-05-07T15:36:10Z');
  store.content.set(`${SET}.partial/reservation`, { bytes: Buffer.from('x'), modified });
  assert.deepEqual(await objectStorage(store, FACTS).entries(), [{ name: `${SET}.partial`, isFolder: true, modified }]);
});

test('a long upload gives signs of life', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const store = memoryStore();
  const storage = objectStorage(store, FACTS);
  await storage.reserve(SET);
  const source = new Readable({ read: () => undefined });
  const putting = storage.put(SET, 'a', source);
  while (!store.calls.includes(`put ${SET}/a`)) await new Promise(setImmediate);
  context.mock.timers.tick(60 * 60 * 1000);
  source.push(null);
  await putting;
  assert.ok(store.calls.includes(`replace ${SET}.partial/alive`));
});

test('dead uploads of sets are ended, living ones and those of others stay', async () => {
  const store = memoryStore();
  const [now, old] = [new Date(), new Date(Date.now() - 2 * DAY)];
  const [dead, living, silent] = ['2026-01-01T00-00', '2026-01-02T00-00', '2026-01-03T00-00'];
  await objectStorage(store, FACTS).reserve(living);
  store.content.set(`${silent}.partial/reservation`, { bytes: Buffer.from('x'), modified: old });
  store.uploads = [
    { key: `${dead}/a`, begun: now },
    { key: `${living}/a`, begun: old },
    { key: `${silent}/a`, begun: old },
    { key: 'photos/a', begun: old },
    { key: '2026-01-01/a', begun: old },
  ];
  await objectStorage(store, FACTS).sweep();
  assert.deepEqual(
    store.uploads.map(({ key }) => key),
    [`${living}/a`, 'photos/a', '2026-01-01/a'],
  );
});

test('an upload that begins while a sweep looks around is not taken for a dead one', async () => {
  const store = memoryStore();
  const { list } = store;
  store.list = async (prefix, options) => {
    const found = await list(prefix, options);
    if (prefix === '') store.uploads.push({ key: `${SET}/a`, begun: new Date() });
    return found;
  };
  store.uploads = [{ key: '2026-01-01T00-00/a', begun: new Date() }];
  await objectStorage(store, FACTS).sweep();
  assert.deepEqual(
    store.uploads.map(({ key }) => key),
    [`${SET}/a`],
  );
});

test('markers of published sets are swept, and a lock that holds them is no failure', async () => {
  const store = memoryStore();
  await published(store);
  store.content.set(`${SET}.partial/reservation`, { bytes: Buffer.from('x'), modified: new Date() });
  store.failures.set('remove', new Failure('denied', { message: 'locked' }));
  const storage = objectStorage(store, FACTS);
  assert.deepEqual(await storage.sweep(), []);
  assert.deepEqual(
    (await storage.entries()).map(({ name }) => name),
    [SET],
  );
  store.failures.clear();
  assert.deepEqual(await storage.sweep(), []);
  assert.deepEqual([...store.content.keys()].sort(), [`${SET}/a`, `${SET}/manifest.json`]);
});

test('a set that another run swept cannot be published', async () => {
  const store = memoryStore();
  const storage = objectStorage(store, FACTS);
  await storage.reserve(SET);
  await storage.put(SET, 'manifest.json', body('{}'));
  await objectStorage(store, FACTS).remove(SET, { unfinished: true });
  await assert.rejects(storage.publish(SET), { code: 'storage', message: /was not reserved/ });
  assert.equal(store.content.size, 0);
});

test('nothing is added to a set that does not exist', async () => {
  const store = memoryStore();
  await assert.rejects(objectStorage(store, FACTS).add(SET, 'proof.json', Buffer.from('{}')), { code: 'not-found' });
  assert.equal(store.content.size, 0);
});
