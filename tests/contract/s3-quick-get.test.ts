/** The short way to small objects says what the client of the SDK says, or nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Secret } from '../../scripts/common/secret.ts';
import { openFully, withTags } from '../../scripts/datastores/objects/object.ts';
import { openBucket } from '../../scripts/storage/s3/bucket.ts';
import { s3Options } from '../../scripts/storage/s3/options.ts';
import { type QuickGet, quickGetOf } from '../../scripts/storage/s3/quick-get.ts';
import { clientOf, fillBucket, testBucket } from '../stack/data/buckets.ts';
import { type Minio, startMinio } from '../stack/minio.ts';

const MOST = 256 * 1024;
const { signal } = new AbortController();
let minio: Minio;

before(async () => {
  minio = await startMinio();
  const bucket = testBucket(clientOf(minio), 'some');
  await bucket.make();
  await fillBucket(bucket);
});
after(() => minio?.stop());

function options(secret = minio.secretAccessKey, endpoint: string | undefined = minio.endpoint) {
  const keys = { accessKeyId: new Secret(minio.accessKeyId), secretAccessKey: new Secret(secret) };
  return s3Options({ bucket: 'some', endpoint, pathStyle: true, ...keys });
}

function quick(secret?: string): QuickGet {
  return quickGetOf(options(secret)) ?? assert.fail('there is no short way');
}

test('every small object comes with the same bytes, headers, metadata and tags, whatever its key', async () => {
  const [get, bucket] = [quick(), openBucket(options())];
  let compared = 0;
  for (const key of await testBucket(clientOf(minio), 'some').keys()) {
    const usual = await openFully(bucket, key, signal);
    const content = Buffer.concat(await usual.stream.toArray());
    const held = await get(key, MOST, signal);
    if (usual.size > MOST) {
      assert.equal(held, undefined, key);
      continue;
    }
    assert.ok(held, JSON.stringify(key));
    assert.deepEqual(held.content, content);
    assert.deepEqual(await withTags(bucket, key, held.answer, signal), usual.facts);
    compared += 1;
  }
  assert.ok(compared > 20);
});

test('what is not there, not allowed or not answered is nobody, and leaves the word to the usual way', async () => {
  const get = quick();
  assert.equal(await get('not there', MOST, signal), undefined);
  assert.equal(await get('a lone \uD800', MOST, signal), undefined);
  assert.ok(await get('plain.txt', MOST, signal), 'one that is not there ended the short way for all');
  assert.equal(await quick('wrong')('plain.txt', MOST, signal), undefined);
  const nowhere = quickGetOf(options(undefined, 'http://127.0.0.1:1'));
  assert.equal(await nowhere?.('plain.txt', MOST, signal), undefined);
});

test('a run that ends ends the request', async () => {
  const ending = new AbortController();
  const asked = quick()('plain.txt', MOST, ending.signal);
  ending.abort();
  await assert.rejects(asked, { name: 'AbortError' });
});
