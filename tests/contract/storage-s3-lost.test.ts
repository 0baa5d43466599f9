/** Requests that the provider carried out and whose answer never came. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { type Asked, faultProxy, first } from './fault-proxy.ts';
import { s3Server } from './s3-servers.ts';

const server = s3Server();

const SET = '2026-05-07T15-36';
const MEBIBYTE = 1024 * 1024;
const body = (bytes: Uint8Array | string): Readable => Readable.from([Buffer.from(bytes)]);

const isComplete = ({ method, url }: Asked) => method === 'POST' && url.includes('uploadId=');
const isBegin = ({ method, url }: Asked) => method === 'POST' && url.includes('uploads');

test('an object whose completion was answered too late is there, and counts', async (context) => {
  const proxy = await faultProxy(context, server.minio().port, first(1, isComplete, { lose: 'answer' }));
  const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
  await storage.reserve(SET);
  const bytes = randomBytes(11 * MEBIBYTE);
  assert.deepEqual(await storage.put(SET, 'a', body(bytes)), { bytes: bytes.length });
  assert.equal(proxy.seen.filter(isComplete).length, 2);
  assert.ok(bytes.equals(await buffer(await storage.get(SET, 'a', { unfinished: true }))));
});

test('a reservation whose answer was lost is ours all the same, and still one of two', async (context) => {
  const isReservation = ({ method, url }: Asked) => method === 'PUT' && url.includes('reservation');
  const proxy = await faultProxy(context, server.minio().port, first(1, isReservation, { lose: 'answer' }));
  const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
  await storage.reserve(SET);
  const other = await server.storage({ settings: { bucket: storage.bucket } });
  await assert.rejects(other.reserve(SET), { code: 'storage', message: /is being written already/ });
});

for (const outcome of ['ends well', 'fails']) {
  test(`an upload that was begun twice, the first time without an answer, leaves none when it ${outcome}`, async (context) => {
    const proxy = await faultProxy(context, server.minio().port, first(2, isBegin, { lose: 'answer' }));
    const storage = await server.storage({ settings: { endpoint: proxy.endpoint } });
    await storage.reserve(SET);
    const source = Readable.from(
      (async function* () {
        yield randomBytes(11 * MEBIBYTE);
        if (outcome === 'fails') throw new Error('the source broke');
      })(),
    );
    const putting = storage.put(SET, 'a', source);
    if (outcome === 'fails') await assert.rejects(putting);
    else await putting;
    assert.equal(proxy.seen.filter(isBegin).length, 3);
    const place = { Bucket: storage.bucket, Prefix: `backups/shop/${SET}/a` };
    assert.deepEqual((await server.client().send(new ListMultipartUploadsCommand(place))).Uploads ?? [], []);
  });
}
