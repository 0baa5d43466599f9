import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { type Asked, faultProxy } from './fault-proxy.ts';
import { factoryOf, s3Server } from './s3-servers.ts';
import { storageContract } from './storage.ts';

const server = s3Server();
const R2 = { scheme: 'r2', decisions: { equalParts: true } } as const;

storageContract('r2', factoryOf(server, R2));

const SET = '2026-05-07T15-36';
const MEBIBYTE = 1024 * 1024;

/** Chunks of every size, so that no part ends with one. */
async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  let size = 1;
  for (let offset = 0; offset < bytes.length; ) {
    yield bytes.subarray(offset, offset + size);
    offset += size;
    size = ((size * 7 + 13) % 400_000) + 1;
  }
}

const isPart = ({ method, url }: Asked): boolean => method === 'PUT' && url.includes('partNumber=');

test('all parts but the last are of one size, no checksum header is sent, and the region is "auto"', async (context) => {
  const proxy = await faultProxy(context, server.minio().port, () => undefined);
  const storage = await server.storage({ ...R2, settings: { endpoint: proxy.endpoint } });
  await storage.reserve(SET);
  for (const [path, size, expectedBytes] of [
    ['a', 27 * MEBIBYTE + 5, undefined],
    ['b', 25 * MEBIBYTE, 1000],
    ['c', 6 * MEBIBYTE, 60 * MEBIBYTE],
  ] as const) {
    const bytes = randomBytes(size);
    const before = proxy.seen.length;
    assert.deepEqual(await storage.put(SET, path, Readable.from(chunksOf(bytes)), { expectedBytes }), { bytes: size });
    const numbered = proxy.seen
      .slice(before)
      .filter(isPart)
      .sort((one, other) => partOf(one) - partOf(other));
    const sizes = numbered.map(({ headers }) => Number(headers['content-length']));
    assert.equal(sizes.length, Math.ceil(size / (5 * MEBIBYTE)));
    assert.ok(
      sizes.slice(0, -1).every((part) => part === 5 * MEBIBYTE),
      `${sizes}`,
    );
    assert.ok((sizes.at(-1) ?? 0) <= 5 * MEBIBYTE);
    assert.ok(bytes.equals(await buffer(await storage.get(SET, path, { unfinished: true }))));
  }
  await storage.put(SET, 'manifest.json', Readable.from([Buffer.from('{}')]));
  await storage.publish(SET);
  await storage.remove(SET);
  for (const { headers } of proxy.seen) {
    const names = Object.keys(headers).filter((name) => /^x-amz-(checksum|sdk-checksum|trailer)/.test(name));
    assert.deepEqual(names, []);
    assert.match(headers.authorization ?? '', /\/auto\/s3\/aws4_request/);
  }
});

function partOf({ url }: Asked): number {
  return Number(new URL(url, 'http://x').searchParams.get('partNumber'));
}
