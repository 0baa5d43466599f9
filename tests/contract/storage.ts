import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Failure } from '../../scripts/common/failure.ts';
import type { Storage } from '../../scripts/storage/storage.ts';

/** Gives a new, empty storage that is gone after the test. */
export type StorageFactory = (test: TestContext) => Promise<Storage>;

const SET = '2026-05-07T15-36';

/** What every member of `scripts/storage/` must do. */
export function storageContract(name: string, create: StorageFactory): void {
  describe(`the storage "${name}"`, () => {
    reserving(create);
    putting(create);
    publishing(create);
    reading(create);
    adding(create);
    removing(create);
    listing(create);
  });
}

const body = (text: string): Readable => Readable.from([Buffer.from(text)]);

async function publishedSet(storage: Storage, set = SET, path = 'postgres/app.dump'): Promise<void> {
  await storage.reserve(set);
  await storage.put(set, path, body('content'));
  await storage.publish(set);
}

function reserving(create: StorageFactory): void {
  test('of 20 who reserve one set exactly one succeeds', async (context) => {
    const storage = await create(context);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => storage.reserve(SET)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.equal((outcome.reason as Failure).code, 'storage');
    }
  });

  test('a set that is published cannot be reserved, and stays as it is', async (context) => {
    const storage = await create(context);
    await publishedSet(storage);
    await assert.rejects(storage.reserve(SET), { name: 'Failure', code: 'storage' });
    assert.equal((await buffer(await storage.get(SET, 'postgres/app.dump'))).toString(), 'content');
    assert.deepEqual(
      (await storage.entries()).map((entry) => entry.name),
      [SET],
    );
  });

  test('names that leave the root are refused by every call', async (context) => {
    const storage = await create(context);
    await publishedSet(storage);
    for (const bad of ['..', '../x', 'a/b', '', '.hidden']) {
      const calls = [
        storage.reserve(bad),
        storage.put(bad, 'a', body('')),
        storage.publish(bad),
        storage.get(bad, 'a'),
        storage.objects(bad),
        storage.remove(bad),
        storage.discard(bad, 'a'),
        storage.add(bad, 'a', Buffer.from('')),
      ];
      for (const call of calls) await assert.rejects(call, { code: 'storage' });
    }
    for (const bad of ['../x', '/etc/passwd', 'a/../../x', '']) {
      const calls = [storage.get(SET, bad), storage.add(SET, bad, Buffer.from('')), storage.discard(SET, bad)];
      for (const call of calls) await assert.rejects(call, { code: 'storage' });
    }
  });
}

function putting(create: StorageFactory): void {
  test('every byte that was put comes back, after publishing and before', async (context) => {
    const storage = await create(context);
    const bytes = randomBytes(3 * 1024 * 1024 + 7);
    await storage.reserve(SET);
    assert.deepEqual(
      await storage.put(SET, 'postgres/app.dump', Readable.from([bytes.subarray(0, 1), bytes.subarray(1)])),
      {
        bytes: bytes.length,
      },
    );
    assert.deepEqual(await storage.put(SET, 'empty', Readable.from([])), { bytes: 0 });
    assert.ok(bytes.equals(await buffer(await storage.get(SET, 'postgres/app.dump', { unfinished: true }))));
    await assert.rejects(storage.get(SET, 'postgres/app.dump'), { code: 'not-found' });
    await storage.publish(SET);
    assert.ok(bytes.equals(await buffer(await storage.get(SET, 'postgres/app.dump'))));
    assert.equal((await buffer(await storage.get(SET, 'empty'))).length, 0);
  });

  test('a source that breaks in the middle leaves no object, and its failure is the one that is told', async (context) => {
    const storage = await create(context);
    await storage.reserve(SET);
    const broken = new Failure('tool-failed', { message: 'pg_dump ended with 1' });
    const source = Readable.from(
      (async function* () {
        yield randomBytes(300_000);
        await setTimeout(5);
        throw broken;
      })(),
    );
    await assert.rejects(storage.put(SET, 'postgres/app.dump', source), broken);
    assert.deepEqual(await storage.objects(SET, { unfinished: true }), []);
    assert.deepEqual(await storage.put(SET, 'postgres/app.dump', body('again')), { bytes: 5 });
  });

  test('a source that broke before it was read is told as well, and one that ends without an end', async (context) => {
    const storage = await create(context);
    await storage.reserve(SET);
    const early = new Readable({ read: () => undefined });
    early.destroy(new Failure('unreachable', { message: 'gone' }));
    await assert.rejects(storage.put(SET, 'a', early), { code: 'unreachable' });
    const cut = new Readable({ read: () => undefined });
    cut.push('half');
    setTimeout(5).then(() => cut.destroy());
    await assert.rejects(storage.put(SET, 'a', cut), { code: 'broken-stream' });
    assert.deepEqual(await storage.objects(SET, { unfinished: true }), []);
  });

  test('an abort in the middle leaves no object and ends the source', async (context) => {
    const storage = await create(context);
    await storage.reserve(SET);
    const controller = new AbortController();
    const endless = new Readable({ read: () => setTimeout(1).then(() => endless.push(Buffer.alloc(1000))) });
    const putting = storage.put(SET, 'a', endless, { signal: controller.signal });
    setTimeout(20).then(() => controller.abort());
    await assert.rejects(putting, { name: 'Failure', code: 'interrupted' });
    assert.ok(endless.destroyed);
    assert.deepEqual(await storage.objects(SET, { unfinished: true }), []);
  });

  test('a path is put once, and only into a reserved set', async (context) => {
    const storage = await create(context);
    await assert.rejects(storage.put(SET, 'a', body('x')), { name: 'Failure' });
    await storage.reserve(SET);
    await storage.put(SET, 'a', body('first'));
    await assert.rejects(storage.put(SET, 'a', body('second')), { code: 'storage' });
    assert.equal((await buffer(await storage.get(SET, 'a', { unfinished: true }))).toString(), 'first');
  });

  test('one object of an unfinished set can be discarded, twice as well', async (context) => {
    const storage = await create(context);
    await storage.reserve(SET);
    await storage.put(SET, 'mongo/a', body('x'));
    await storage.put(SET, 'mongo/b', body('y'));
    await storage.discard(SET, 'mongo/a');
    await storage.discard(SET, 'mongo/a');
    assert.deepEqual(
      (await storage.objects(SET, { unfinished: true })).map(({ path }) => path),
      [`${SET}/mongo/b`],
    );
  });
}

function publishing(create: StorageFactory): void {
  test('a set is seen under its name only after it was published', async (context) => {
    const storage = await create(context);
    await storage.reserve(SET);
    await storage.put(SET, 'a', body('x'));
    assert.deepEqual(
      (await storage.entries()).map(({ name, isFolder }) => [name, isFolder]),
      [[`${SET}.partial`, true]],
    );
    assert.deepEqual(await storage.objects(SET), []);
    await storage.publish(SET);
    assert.deepEqual(
      (await storage.entries()).map(({ name }) => name),
      [SET],
    );
  });

  test('publishing what was not reserved fails, and what is published is not published again', async (context) => {
    const storage = await create(context);
    await assert.rejects(storage.publish(SET), { name: 'Failure' });
    await publishedSet(storage);
    await assert.rejects(storage.publish(SET), { name: 'Failure' });
    assert.equal((await storage.objects(SET)).length, 1);
  });
}

function reading(create: StorageFactory): void {
  test('what is not there is "not-found"', async (context) => {
    const storage = await create(context);
    await assert.rejects(storage.get(SET, 'a'), { code: 'not-found' });
    await publishedSet(storage);
    for (const path of ['a', 'postgres/other', 'postgres/app.dump/x']) {
      await assert.rejects(storage.get(SET, path), { code: 'not-found' }, path);
    }
    assert.deepEqual(await storage.objects('2026-01-01T00-00'), []);
  });

  test('a reader may stop in the middle', async (context) => {
    const storage = await create(context);
    await storage.reserve(SET);
    await storage.put(SET, 'a', Readable.from([randomBytes(2_000_000)]));
    const stream = await storage.get(SET, 'a', { unfinished: true });
    for await (const chunk of stream) if (chunk.length > 0) break;
    assert.ok(stream.destroyed);
  });
}

function adding(create: StorageFactory): void {
  test('an object is added to a published set, and never replaces one', async (context) => {
    const storage = await create(context);
    await publishedSet(storage);
    await storage.add(SET, 'proof-1.json', Buffer.from('first'));
    await assert.rejects(storage.add(SET, 'proof-1.json', Buffer.from('second')), { name: 'Failure', code: 'storage' });
    await assert.rejects(storage.add(SET, 'postgres/app.dump', Buffer.from('second')), { code: 'storage' });
    assert.equal((await buffer(await storage.get(SET, 'proof-1.json'))).toString(), 'first');
    assert.deepEqual(
      (await storage.objects(SET)).map(({ path }) => path),
      [`${SET}/postgres/app.dump`, `${SET}/proof-1.json`],
    );
  });

  test('of 10 who add one name exactly one succeeds, whole', async (context) => {
    const storage = await create(context);
    await publishedSet(storage);
    const bodies = Array.from({ length: 10 }, (_, index) => Buffer.alloc(5000, index));
    const outcomes = await Promise.allSettled(bodies.map((bytes) => storage.add(SET, 'proof', bytes)));
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.deepEqual(await buffer(await storage.get(SET, 'proof')), bodies[winner]);
    assert.equal((await storage.objects(SET)).length, 2);
  });
}

function removing(create: StorageFactory): void {
  test('only the named set is removed, published or not, and twice is once', async (context) => {
    const storage = await create(context);
    await publishedSet(storage);
    await publishedSet(storage, '2026-05-08T15-36');
    await storage.reserve('2026-05-09T15-36');
    await storage.put('2026-05-09T15-36', 'a', body('x'));
    await storage.remove(SET);
    await storage.remove(SET);
    await storage.remove('2026-05-09T15-36');
    assert.deepEqual((await storage.entries()).map(({ name }) => name).sort(), [
      '2026-05-08T15-36',
      '2026-05-09T15-36.partial',
    ]);
    await storage.remove('2026-05-09T15-36', { unfinished: true });
    await storage.remove('2026-05-09T15-36', { unfinished: true });
    assert.deepEqual(
      (await storage.entries()).map(({ name }) => name),
      ['2026-05-08T15-36'],
    );
    assert.deepEqual(await storage.sweep(), []);
  });

  test('the name of a removed set is free again', async (context) => {
    const storage = await create(context);
    await publishedSet(storage);
    await storage.remove(SET);
    await publishedSet(storage);
    assert.equal((await storage.objects(SET)).length, 1);
  });
}

function listing(create: StorageFactory): void {
  test('an empty storage has no entries', async (context) =>
    assert.deepEqual(await (await create(context)).entries(), []));

  test('names of every kind are listed as they were given, sorted', async (context) => {
    const storage = await create(context);
    const paths = [
      'mongo/ü ✓.archive.gz',
      'a b',
      "it's",
      '$(id)',
      '-rf',
      '%2e',
      '...',
      'x'.repeat(255),
      '名前/名前',
      '"q"',
    ];
    await storage.reserve(SET);
    for (const path of paths) await storage.put(SET, path, body(path));
    await storage.publish(SET);
    const found = await storage.objects(SET);
    assert.deepEqual(
      found.map(({ path }) => path),
      paths.map((path) => `${SET}/${path}`).sort(),
    );
    for (const { path, bytes, modified } of found) {
      const inner = path.slice(SET.length + 1);
      assert.equal(bytes, Buffer.byteLength(inner));
      assert.ok(Math.abs(modified.getTime() - Date.now()) < 60_000);
      assert.equal((await buffer(await storage.get(SET, inner))).toString(), inner);
    }
  });

  test('a list with objects has those of published sets as they are, or leaves them to a question', async (context) => {
    const storage = await create(context);
    for (const set of [SET, '2026-05-08T15-36']) {
      await storage.reserve(set);
      for (const path of ['postgres/app.dump', 'manifest.json']) await storage.put(set, path, body(path));
      await storage.publish(set);
    }
    await storage.add(SET, 'proof.json', Buffer.from('{}'));
    await storage.reserve('2026-05-09T15-36');
    await storage.put('2026-05-09T15-36', 'manifest.json', body('{}'));
    const found = await storage.entries({ withObjects: true });
    assert.deepEqual(found.map(({ name }) => name).sort(), [SET, '2026-05-08T15-36', '2026-05-09T15-36.partial']);
    for (const { name, objects } of found) {
      if (objects !== undefined) assert.deepEqual(objects, await storage.objects(name));
    }
  });

  test('the free space is unknown or a number of bytes', async (context) => {
    const free = await (await create(context)).freeBytes();
    assert.ok(free === undefined || (Number.isSafeInteger(free) && free >= 0));
  });
}
