import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Secret } from '../../scripts/common/secret.ts';
import { faultProxy } from './fault-proxy.ts';
import { factoryOf, s3Server } from './s3-servers.ts';
import { storageContract } from './storage.ts';

const server = s3Server();

storageContract('s3', factoryOf(server, {}));

const SET = '2026-05-07T15-36';
const MEBIBYTE = 1024 * 1024;
const ONCE = { attempts: 1, firstDelay: 0, longestDelay: 0 };

/** Random bytes in chunks of an odd size. */
function chunksOf(bytes: Buffer, size = 99_991): Readable {
  const count = Math.ceil(bytes.length / size);
  return Readable.from(Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size)));
}

async function keysIn(bucket: string): Promise<string[]> {
  const { Contents = [] } = await server.client().send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

/** MinIO lists unfinished uploads only for the exact key. */
async function unfinished(bucket: string, key: string): Promise<number> {
  const found = await server.client().send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }));
  return found.Uploads?.length ?? 0;
}

test('streams of unknown length come back the same, whatever falls on the edge of a part', async () => {
  const storage = await server.storage();
  await storage.reserve(SET);
  const sizes = [1, 5 * MEBIBYTE - 1, 5 * MEBIBYTE, 5 * MEBIBYTE + 1, 15 * MEBIBYTE, 27 * MEBIBYTE + 5];
  for (const [index, size] of sizes.entries()) {
    const bytes = randomBytes(size);
    assert.deepEqual(await storage.put(SET, `a${index}`, chunksOf(bytes)), { bytes: size });
    assert.ok(bytes.equals(await buffer(await storage.get(SET, `a${index}`, { unfinished: true }))), `${size} bytes`);
  }
});

test('the provider is asked for the checksum, the class and the encryption that are set, for artifacts', async () => {
  for (const checksums of ['crc32', 'md5'] as const) {
    const storage = await server.storage({ settings: { checksums, storageClass: 'REDUCED_REDUNDANCY' } });
    await storage.reserve(SET);
    const bytes = randomBytes(11 * MEBIBYTE);
    await storage.put(SET, 'large', chunksOf(bytes));
    await storage.put(SET, 'small', chunksOf(bytes.subarray(0, 10)));
    await storage.publish(SET);
    assert.ok(bytes.equals(await buffer(await storage.get(SET, 'large'))));
    for (const path of ['large', 'small']) {
      const place = { Bucket: storage.bucket, Key: `backups/shop/${SET}/${path}` };
      const found = await server.client().send(new HeadObjectCommand({ ...place, ChecksumMode: 'ENABLED' }));
      assert.equal(found.StorageClass, 'REDUCED_REDUNDANCY');
      assert.equal(found.ChecksumCRC32 !== undefined, checksums === 'crc32');
    }
  }
});

test('everything lies below the prefix, and nothing else in the bucket is seen, touched or removed', async () => {
  const storage = await server.storage();
  const foreign = ['backups/shopping', 'backups/shop2/2026-05-07T15-36/a', 'other', 'backups/shop/readme.txt'];
  for (const Key of foreign)
    await server.client().send(new PutObjectCommand({ Bucket: storage.bucket, Key, Body: 'x' }));
  await storage.reserve(SET);
  await storage.put(SET, 'a', chunksOf(randomBytes(10)));
  await storage.put(SET, 'manifest.json', chunksOf(Buffer.from('{}')));
  await storage.publish(SET);
  assert.deepEqual(
    (await storage.entries()).map(({ name, isFolder }) => [name, isFolder]),
    [
      [SET, true],
      ['readme.txt', false],
    ],
  );
  const own = ['a', 'manifest.json'].map((path) => `backups/shop/${SET}/${path}`);
  assert.deepEqual(await keysIn(storage.bucket), [...foreign, ...own].sort());
  await storage.remove(SET);
  await storage.sweep();
  assert.deepEqual(await keysIn(storage.bucket), foreign.sort());
});

test('the manifest is the last object, and held back until then', async () => {
  const storage = await server.storage();
  await storage.reserve(SET);
  await storage.put(SET, 'manifest.json', chunksOf(Buffer.from('{}')));
  assert.ok(!(await keysIn(storage.bucket)).includes(`backups/shop/${SET}/manifest.json`));
  assert.deepEqual(
    (await storage.objects(SET, { unfinished: true })).map(({ path }) => path),
    [`${SET}/manifest.json`],
  );
  await storage.publish(SET);
  assert.equal((await buffer(await storage.get(SET, 'manifest.json'))).toString(), '{}');
});

test('an abort in the middle of a part leaves no object and no unfinished upload', async () => {
  const storage = await server.storage();
  const key = `backups/shop/${SET}/a`;
  await storage.reserve(SET);
  const controller = new AbortController();
  let given = 0;
  let seen = 0;
  const source = new Readable({
    read() {
      given += 100_000;
      setTimeout(1).then(() => this.push(Buffer.alloc(100_000)));
    },
  });
  const putting = storage.put(SET, 'a', source, { signal: controller.signal });
  while (given < 12_000_000) await setTimeout(5);
  seen = await unfinished(storage.bucket, key);
  controller.abort();
  await assert.rejects(putting, { code: 'interrupted' });
  assert.equal(seen, 1, 'the upload was under way');
  assert.equal(await unfinished(storage.bucket, key), 0);
  assert.ok(!(await keysIn(storage.bucket)).includes(key));
});

test('the unfinished upload of a run that was killed ends with its set', async (context) => {
  const storage = await server.storage();
  const key = `backups/shop/${SET}/a`;
  const proxy = await faultProxy(context, server.minio().port, () => undefined);
  const settings = { endpoint: proxy.endpoint, bucket: storage.bucket };
  const killed = await server.storage({ settings, decisions: { times: { questions: ONCE, bytes: ONCE } } });
  await killed.reserve(SET);
  const source = Readable.from(
    (async function* () {
      for (let given = 0; ; given += 1) {
        // Where nothing gets through any more, nothing can be tidied up either: as after a kill.
        if (given === 20) proxy.cut();
        yield randomBytes(MEBIBYTE);
      }
    })(),
  );
  await assert.rejects(killed.put(SET, 'a', source), { code: 'unreachable' });
  assert.equal(await unfinished(storage.bucket, key), 1);
  await storage.remove(SET, { unfinished: true });
  assert.deepEqual(await keysIn(storage.bucket), []);
  assert.equal(await unfinished(storage.bucket, key), 0);
});

test('a wrong key is "denied" at once, and no secret is told', async () => {
  const secret = 'the wrong secret';
  const storage = await server.storage({ settings: { secretAccessKey: new Secret(secret) } });
  const began = Date.now();
  await assert.rejects(storage.entries(), (error: Error) => {
    assert.equal((error as Error & { code: string }).code, 'denied');
    assert.ok(!JSON.stringify([error, error.cause, error.stack]).includes(secret));
    return true;
  });
  assert.ok(Date.now() - began < 5000);
});

test('a missing bucket is named, with the command that makes it', async () => {
  const storage = await server.storage({ settings: { bucket: 'no-such-bucket' } });
  for (const call of [() => storage.entries(), () => storage.reserve(SET)]) {
    await assert.rejects(call, { code: 'not-found', message: /no bucket "no-such-bucket"/, hint: /create-bucket/ });
  }
});

test('a thousand sets are listed by a few requests', async () => {
  const storage = await server.storage();
  const sets = Array.from({ length: 1001 }, (_, index) => `2026-01-01T00-00-${String(index).padStart(4, '0')}`);
  const put = async (set: string) =>
    await server
      .client()
      .send(new PutObjectCommand({ Bucket: storage.bucket, Key: `backups/shop/${set}/manifest.json`, Body: '{}' }));
  for (let first = 0; first < sets.length; first += 40) await Promise.all(sets.slice(first, first + 40).map(put));
  const began = Date.now();
  assert.deepEqual(
    (await storage.entries()).map(({ name }) => name),
    sets,
  );
  assert.ok(Date.now() - began < 10_000);
});

test('the object that a stream becomes has its sha256', async () => {
  const storage = await server.storage();
  await storage.reserve(SET);
  const sent = createHash('sha256');
  let left = 40;
  const source = new Readable({
    read() {
      const chunk = left > 0 ? randomBytes(MEBIBYTE) : null;
      left -= 1;
      if (chunk) sent.update(chunk);
      this.push(chunk);
    },
  });
  await storage.put(SET, 'a', source, { expectedBytes: 1000 });
  const got = createHash('sha256');
  for await (const chunk of await storage.get(SET, 'a', { unfinished: true })) got.update(chunk);
  assert.equal(got.digest('hex'), sent.digest('hex'));
});
