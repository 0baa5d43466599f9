import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type Asked, faultProxy, first } from './fault-proxy.ts';
import { s3Server } from './s3-servers.ts';

const server = s3Server();

const SET = '2026-05-07T15-36';
const MEBIBYTE = 1024 * 1024;
const body = (bytes: Uint8Array | string): Readable => Readable.from([Buffer.from(bytes)]);

const isPart = ({ method, url }: Asked) => method === 'PUT' && url.includes('partNumber=');

for (const [status, code] of [
  [500, 'InternalError'],
  [503, 'SlowDown'],
] as const) {
  test(`an upload goes on when parts and questions are answered with ${status} ${code} at first`, async (context) => {
    const faults = [first(3, isPart, { status, code }), first(2, ({ method }) => method === 'GET', { status, code })];
    const proxy = await faultProxy(context, server.minio().port, (asked) =>
      faults.map((fault) => fault(asked)).find(Boolean),
    );
    const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
    await storage.reserve(SET);
    const bytes = randomBytes(16 * MEBIBYTE);
    assert.deepEqual(await storage.put(SET, 'a', body(bytes)), { bytes: bytes.length });
    await storage.publish(SET);
    assert.ok(bytes.equals(await buffer(await storage.get(SET, 'a'))));
  });
}

test('an upload that never goes through is given up as "unreachable", and ended', async (context) => {
  const proxy = await faultProxy(context, server.minio().port, (asked) =>
    isPart(asked) && asked.url.includes('partNumber=2') ? { status: 503, code: 'SlowDown' } : undefined,
  );
  const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
  await storage.reserve(SET);
  await assert.rejects(storage.put(SET, 'a', body(randomBytes(16 * MEBIBYTE))), {
    code: 'unreachable',
    detail: /SlowDown/,
  });
  assert.equal(proxy.seen.filter((asked) => isPart(asked) && asked.url.includes('partNumber=2')).length, 4);
  assert.ok(proxy.seen.some(({ method, url }) => method === 'DELETE' && url.includes('uploadId=')));
  assert.deepEqual(await storage.objects(SET, { unfinished: true }), []);
});

test('a provider that does not know conditions, or ignores them, still has one writer of a set', async (context) => {
  const conditional = ({ headers }: Asked) => headers['if-none-match'] !== undefined;
  const proxy = await faultProxy(context, server.minio().port, (asked) =>
    conditional(asked) ? { status: 501, code: 'NotImplemented' } : undefined,
  );
  const bucket = await server.bucket();
  const open = () => server.storage({ settings: { endpoint: proxy.endpoint, bucket } });
  const [one, other] = [await open(), await open()];
  const outcomes = await Promise.allSettled([one.reserve(SET), other.reserve(SET), one.reserve(SET)]);
  assert.ok(outcomes.filter(({ status }) => status === 'fulfilled').length <= 1);
  await assert.rejects(Promise.all([one.reserve(SET), other.reserve(SET)]), { code: 'storage' });
  await one.reserve('2026-05-08T00-00');
  await one.put('2026-05-08T00-00', 'manifest.json', body('{}'));
  await one.publish('2026-05-08T00-00');
  await assert.rejects(other.reserve('2026-05-08T00-00'), { code: 'storage', message: /exists/ });
});

test('checksum headers that are answered with 501 are left out from then on', async (context) => {
  const proxy = await faultProxy(context, server.minio().port, ({ headers }) =>
    Object.keys(headers).some((name) => name.startsWith('x-amz-checksum') || name === 'x-amz-sdk-checksum-algorithm')
      ? { status: 501, code: 'NotImplemented' }
      : undefined,
  );
  const storage = await server.storage({ settings: { endpoint: proxy.endpoint, checksums: 'crc32' } });
  await storage.reserve(SET);
  const bytes = randomBytes(11 * MEBIBYTE);
  await storage.put(SET, 'a', body(bytes));
  await storage.publish(SET);
  assert.ok(bytes.equals(await buffer(await storage.get(SET, 'a'))));
});

test('a key that may write and list, but neither read nor delete, makes a set that others see', async (context) => {
  const proxy = await faultProxy(context, server.minio().port, ({ method, url }) => {
    const isObject = /\/backups\//.test(url.split('?')[0] ?? '');
    const refused = method === 'DELETE' ? !url.includes('uploadId=') : ['GET', 'HEAD'].includes(method) && isObject;
    return refused ? { status: 403, code: 'AccessDenied' } : undefined;
  });
  const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
  await storage.reserve(SET);
  await storage.put(SET, 'large', body(randomBytes(11 * MEBIBYTE)));
  await storage.put(SET, 'manifest.json', body('{}'));
  await storage.publish(SET);
  const other = await server.storage({ settings: { bucket: storage.bucket } });
  assert.deepEqual(
    (await other.entries()).map(({ name }) => name),
    [SET],
  );
  assert.deepEqual(await other.sweep(), []);
  assert.equal((await other.objects(SET)).length, 2);
  await assert.rejects(other.publish(SET), { code: 'storage' }, 'the marker that was left is gone');
});

test('a set that is locked stays visible and whole, and the refusal says so', async (context) => {
  const proxy = await faultProxy(context, server.minio().port, ({ method, url }) =>
    method === 'DELETE' && url.includes('/manifest.json') && !url.includes('partial')
      ? { status: 403, code: 'AccessDenied', message: 'Object is WORM protected and cannot be overwritten' }
      : undefined,
  );
  const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
  await storage.reserve(SET);
  await storage.put(SET, 'a', body('content'));
  await storage.put(SET, 'manifest.json', body('{}'));
  await storage.publish(SET);
  await assert.rejects(storage.remove(SET), { code: 'denied', message: /locked/ });
  assert.deepEqual(
    (await storage.entries()).map(({ name }) => name),
    [SET],
  );
  assert.equal((await storage.objects(SET)).length, 2);
});

test('a removal that is cut off hides the set at once, and the next sweep finishes it', async (context) => {
  let broken = true;
  const proxy = await faultProxy(context, server.minio().port, ({ method, url }) =>
    broken && method === 'DELETE' && url.endsWith('/b?x-id=DeleteObject')
      ? { status: 503, code: 'SlowDown' }
      : undefined,
  );
  const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
  await storage.reserve(SET);
  for (const path of ['a', 'b', 'manifest.json']) await storage.put(SET, path, body(path));
  await storage.publish(SET);
  await assert.rejects(storage.remove(SET), { code: 'unreachable' });
  assert.deepEqual(await storage.entries(), []);
  assert.deepEqual(await storage.objects(SET), []);
  await assert.rejects(storage.reserve(SET), { code: 'storage', message: /being removed/ });
  broken = false;
  assert.deepEqual(await storage.sweep(), [SET]);
  await storage.reserve(SET);
});

test('a clock that is off is named', async (context) => {
  const proxy = await faultProxy(context, server.minio().port, () => ({ status: 403, code: 'RequestTimeTooSkewed' }));
  const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
  await assert.rejects(storage.entries(), { message: /the clock of this machine is wrong/ });
});

test('a publish that died before the marker went is seen as published, and may be repeated', async (context) => {
  let broken = true;
  const proxy = await faultProxy(context, server.minio().port, ({ method }) =>
    broken && method === 'DELETE' ? { status: 503, code: 'SlowDown' } : undefined,
  );
  const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
  await storage.reserve(SET);
  await storage.put(SET, 'manifest.json', body('{}'));
  await storage.publish(SET);
  broken = false;
  const other = await server.storage({ settings: { bucket: storage.bucket } });
  assert.deepEqual(
    (await other.entries()).map(({ name }) => name),
    [SET],
  );
  await storage.publish(SET);
  await setTimeout(1);
  assert.equal((await other.objects(SET)).length, 1);
});

test('an object that the provider does not have after its upload is a failure', async (context) => {
  let looks = 0;
  const proxy = await faultProxy(context, server.minio().port, ({ method }) => {
    looks += method === 'HEAD' ? 1 : 0;
    return method === 'HEAD' && looks === 2 ? { status: 404, code: 'NoSuchKey' } : undefined;
  });
  const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
  await storage.reserve(SET);
  await assert.rejects(storage.put(SET, 'a', body('content')), { code: 'storage', message: /"2.*a" is not there/ });
});
