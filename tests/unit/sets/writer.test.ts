import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Failure } from '../../../scripts/common/failure.ts';
import { openSetWriter } from '../../../scripts/sets/writer.ts';
import { exampleFacts, exampleSource, temporaryStorage, writeExampleSet } from './example-set.ts';

const at = new Date('2026-05-07T15:36:01Z');
const none = { compression: 'none' };
const guide = (): string => 'guide\n';

/** Resolves when nothing more happens in a stream, after an error too. */
function closing(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.once('close', () => resolve()));
}

test('the manifest is put last, and the set is seen only after it', async (context) => {
  const storage = await temporaryStorage(context);
  const calls: string[] = [];
  const watched = {
    ...storage,
    put: (...given: Parameters<typeof storage.put>) => {
      calls.push(`put ${given[1]}`);
      return storage.put(...given);
    },
    publish: (...given: Parameters<typeof storage.publish>) => {
      calls.push('publish');
      return storage.publish(...given);
    },
  };
  await writeExampleSet(watched, at);
  assert.deepEqual(calls, [
    'put postgres/app.dump',
    'put mongo/shop.archive.gz',
    'put RESTORE.md',
    'put manifest.json',
    'publish',
  ]);
});

test('an artifact is recorded with its size and sha256, whatever the pieces are', async (context) => {
  const storage = await temporaryStorage(context);
  const writer = await openSetWriter(storage, at);
  const group = writer.group('postgres');
  const bytes = randomBytes(2_500_000);
  const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 70_000), bytes.subarray(70_000)];
  await pipeline(pieces, group.sink('app.dump', { compression: 'pg_dump:zstd' }));
  assert.deepEqual(group.artifacts(), [
    {
      path: 'postgres/app.dump',
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      compression: 'pg_dump:zstd',
      encryption: 'none',
    },
  ]);
  const [artifact] = group.artifacts();
  assert.ok(artifact !== undefined && bytes.equals(await buffer(await group.open(artifact))));
});

test('"finish" of an artifact comes only when the storage has it', async (context) => {
  const storage = await temporaryStorage(context);
  let stored = false;
  const slow: typeof storage = {
    ...storage,
    put: async (...given) => {
      const outcome = await storage.put(...given);
      await setTimeout(30);
      stored = true;
      return outcome;
    },
  };
  const sink = (await openSetWriter(slow, at)).group('postgres').sink('a.dump', none);
  sink.end('x');
  await once(sink, 'finish');
  assert.ok(stored);
});

test('a slow storage holds the dump back instead of filling the memory', async (context) => {
  const storage = await temporaryStorage(context);
  const stuck: typeof storage = { ...storage, put: () => new Promise(() => undefined) };
  const sink = (await openSetWriter(stuck, at)).group('postgres').sink('a.dump', none);
  let taken = 0;
  const endless = new Readable({
    read() {
      taken += 65_536;
      this.push(Buffer.alloc(65_536));
    },
  });
  endless.pipe(sink);
  await setTimeout(50);
  assert.ok(taken > 200_000 && taken < 1_200_000, `${taken} bytes were taken`);
  endless.destroy();
});

test('an artifact that is destroyed leaves no object and no record, and its name may be used again', async (context) => {
  const storage = await temporaryStorage(context);
  const writer = await openSetWriter(storage, at);
  const group = writer.group('mongo');
  const sink = group.sink('a.archive.gz', none);
  const failure = new Failure('tool-failed', { message: 'mongodump ended with 1' });
  sink.write(randomBytes(300_000));
  await setTimeout(20);
  assert.equal((await storage.objects(writer.name, { unfinished: true })).length, 1);
  const failed = once(sink, 'error');
  const closed = closing(sink);
  sink.destroy(failure);
  assert.equal((await failed)[0], failure);
  await closed;
  assert.deepEqual(await storage.objects(writer.name, { unfinished: true }), []);
  assert.deepEqual(group.artifacts(), []);
  await pipeline(['again'], group.sink('a.archive.gz', none));
  assert.equal(group.artifacts().length, 1);
});

test('destroyed while its last bytes are being stored, it leaves nothing either', async (context) => {
  const storage = await temporaryStorage(context);
  const writer = await openSetWriter(storage, at);
  for (let round = 0; round < 30; round += 1) {
    const group = writer.group('mongo');
    const sink = group.sink('a', none).on('error', () => undefined);
    const closed = closing(sink);
    sink.end(randomBytes(100_000));
    await setTimeout(round / 10);
    sink.destroy();
    await closed;
    const expected = sink.writableFinished ? 1 : 0;
    assert.equal((await storage.objects(writer.name, { unfinished: true })).length, expected);
    assert.equal(group.artifacts().length, expected);
    await group.discard();
  }
  assert.deepEqual(await storage.objects(writer.name, { unfinished: true }), []);
});

test('a storage that fails breaks the dump with its own failure', async (context) => {
  const storage = await temporaryStorage(context);
  const full = new Failure('no-space', { message: 'full' });
  const failing: typeof storage = {
    ...storage,
    put: async (_set, _path, body) => {
      await once(body, 'readable');
      throw full;
    },
  };
  const group = (await openSetWriter(failing, at)).group('postgres');
  await assert.rejects(pipeline([randomBytes(1000), randomBytes(1000)], group.sink('a.dump', none)), full);
  assert.deepEqual(group.artifacts(), []);
});

test('a storage that stored the artifact in spite of the abort is made to forget it', async (context) => {
  const storage = await temporaryStorage(context);
  const deaf: typeof storage = {
    ...storage,
    put: (set, path, body) => storage.put(set, path, body).finally(() => setTimeout(30)),
  };
  const writer = await openSetWriter(deaf, at);
  const group = writer.group('mongo');
  const sink = group.sink('a', none).on('error', () => undefined);
  const closed = closing(sink);
  sink.end('x');
  await setTimeout(20);
  sink.destroy();
  await closed;
  assert.deepEqual([group.artifacts(), await storage.objects(writer.name, { unfinished: true })], [[], []]);
});

test('a storage that kept another number of bytes is not believed', async (context) => {
  const storage = await temporaryStorage(context);
  const lying: typeof storage = {
    ...storage,
    put: async (...given) => ({ bytes: (await storage.put(...given)).bytes - 1 }),
  };
  const sink = (await openSetWriter(lying, at)).group('postgres').sink('a.dump', none);
  await assert.rejects(pipeline(['four'], sink), { code: 'storage', message: /holds 3 bytes, expected 4/ });
});

test('names that differ in case alone are refused', async (context) => {
  const writer = await openSetWriter(await temporaryStorage(context), at);
  await pipeline(['x'], writer.group('postgres').sink('App.dump', none));
  assert.throws(() => writer.group('postgres').sink('app.dump', none), {
    code: 'storage',
    message: /"postgres\/App.dump"/,
  });
  await pipeline(['x'], writer.group('mongo').sink('app.dump', none));
});

test('discarding a group removes its objects alone, those that are still being written too', async (context) => {
  const storage = await temporaryStorage(context);
  const writer = await openSetWriter(storage, at);
  const [bad, good] = [writer.group('mongo'), writer.group('postgres')];
  await pipeline(['x'], bad.sink('a', none));
  await pipeline(['x'], bad.sink('b', none));
  await pipeline(['x'], good.sink('a', none));
  bad.sink('still open', none).write('x');
  await bad.discard();
  const source = { ...exampleSource('postgres', 'a'), artifacts: good.artifacts() };
  await writer.finish(exampleFacts({ sources: [source] }), { guide });
  const paths = (await storage.objects(writer.name)).map(({ path }) => path.slice(writer.name.length + 1));
  assert.deepEqual(paths, ['RESTORE.md', 'manifest.json', 'postgres/a']);
});

test('a manifest that lacks a stored artifact, or names one that is not, is not written', async (context) => {
  const storage = await temporaryStorage(context);
  const writer = await openSetWriter(storage, at);
  const group = writer.group('postgres');
  await pipeline(['x'], group.sink('a.dump', none));
  const [artifact] = group.artifacts();
  assert.ok(artifact);
  const wrong = [
    [],
    [{ ...artifact, path: 'postgres/b.dump' }],
    [{ ...artifact, sha256: '0'.repeat(64) }],
    [artifact, { ...artifact, path: 'x' }],
  ];
  for (const artifacts of wrong) {
    const facts = exampleFacts({ sources: [{ ...exampleSource('postgres', 'a'), artifacts }] });
    await assert.rejects(writer.finish(facts, { guide }), { code: 'internal' });
  }
  const open = group.sink('late.dump', none).on('error', () => undefined);
  const facts = exampleFacts({ sources: [{ ...exampleSource('postgres', 'a'), artifacts: [artifact] }] });
  await assert.rejects(writer.finish(facts, { guide }), { code: 'internal', message: /still being written/ });
  open.destroy();
  assert.deepEqual(await storage.objects(writer.name), []);
});

test('what is refused right before publishing stays unseen', async (context) => {
  const storage = await temporaryStorage(context);
  const writer = await openSetWriter(storage, at);
  const lost = new Failure('lock-lost', { message: 'lost' });
  const beforePublish = () => Promise.reject(lost);
  await assert.rejects(writer.finish(exampleFacts(), { guide, beforePublish }), lost);
  assert.deepEqual(
    (await storage.entries()).map(({ name }) => name),
    ['2026-05-07T15-36.partial'],
  );
  await writer.abandon();
  assert.deepEqual(await storage.entries(), []);
});

test('abandoning ends open artifacts and removes everything, twice as well, but never a published set', async (context) => {
  const storage = await temporaryStorage(context);
  const writer = await openSetWriter(storage, at);
  const open = writer.group('mongo').sink('a', none);
  open.write(randomBytes(100_000));
  await pipeline(['x'], writer.group('postgres').sink('a', none));
  await writer.abandon();
  await writer.abandon();
  assert.ok(open.destroyed);
  assert.deepEqual(await storage.entries(), []);
  const second = await openSetWriter(storage, at);
  await second.finish(exampleFacts(), { guide });
  await second.abandon();
  assert.deepEqual(
    (await storage.entries()).map(({ name }) => name),
    ['2026-05-07T15-36'],
  );
});

test('an abort of the run breaks every open artifact', async (context) => {
  const storage = await temporaryStorage(context);
  const controller = new AbortController();
  const writer = await openSetWriter(storage, at, { signal: controller.signal });
  const sinks = ['a', 'b'].map((name) => writer.group('mongo').sink(name, none));
  const broken = sinks.map((sink) => once(sink, 'error'));
  for (const sink of sinks) sink.write('x');
  await setTimeout(10);
  controller.abort();
  for (const [error] of await Promise.all(broken)) assert.equal(error.code, 'interrupted');
  await writer.abandon();
  assert.deepEqual(await storage.entries(), []);
});

test('a storage that breaks the stream before it says why is the reason that the dump ends with', async (context) => {
  const storage = await temporaryStorage(context);
  const full = new Failure('no-space', { message: 'the disk is full' });
  const filling = {
    ...storage,
    // As a file system does it: the write fails, the stream is broken, and what was written is removed before the error leaves.
    put: async (...[, , body]: Parameters<typeof storage.put>) => {
      await once(body, 'readable');
      body.read();
      body.destroy();
      await setTimeout(20);
      throw full;
    },
  };
  const writer = await openSetWriter(filling, at);
  const sink = writer.group('postgres').sink('app.dump', none);
  const dump = async function* () {
    for (let count = 0; count < 100; count += 1) {
      yield randomBytes(100_000);
      await setTimeout(1);
    }
  };
  await assert.rejects(pipeline(dump, sink), (error) => error === full);
  await writer.abandon();
});
