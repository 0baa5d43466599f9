import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerAddress, SetBucket } from '../../../../scripts/datastores/address.ts';
import { whyNotOwnSets } from '../../../../scripts/datastores/objects/own-sets.ts';
import type { Bucket } from '../../../../scripts/storage/s3/bucket.ts';

/** The bucket "sets" of a server, what the settings say of where sets are kept, and whether that is the same. */
const CASES: readonly [string, string | undefined, SetBucket, boolean][] = [
  ['the same address', 'http://h:9000', { bucket: 'sets', endpoint: 'http://h:9000' }, true],
  ['the usual port', 'https://h', { bucket: 'sets', endpoint: 'https://H:443/' }, true],
  ['this machine', 'http://127.0.0.1:9000', { bucket: 'sets', endpoint: 'http://localhost:9000' }, true],
  ['another port', 'http://h:9000', { bucket: 'sets', endpoint: 'http://h:9001' }, false],
  ['another server', 'http://h:9000', { bucket: 'sets', endpoint: 'http://i:9000' }, false],
  ['another bucket', 'http://h:9000', { bucket: 'set', endpoint: 'http://h:9000' }, false],
  ['AWS without an address', 'https://s3.eu-central-1.amazonaws.com', { bucket: 'sets' }, true],
  ['AWS and another', 'http://h', { bucket: 'sets' }, false],
  ['a folder of it', 'http://h', { bucket: 'sets', endpoint: 'http://h', prefix: '/a/b' }, true],
];

function why(endpoint: string | undefined, kept: SetBucket, exclude?: readonly string[]): string | undefined {
  const address = { setBuckets: [kept], ...(exclude && { own: { exclude } }) } as unknown as ServerAddress;
  return whyNotOwnSets({ options: { bucket: 'sets', endpoint } } as Bucket, address);
}

for (const [what, endpoint, kept, isSame] of CASES) {
  test(`${what}: ${isSame ? 'the bucket holds the sets' : 'another bucket than that of the sets'}`, () => {
    assert.equal(why(endpoint, kept) !== undefined, isSame);
  });
}

test('a bucket that keeps sets in a folder can be backed up without that folder, and the reason says how', () => {
  const kept = { bucket: 'sets', endpoint: 'http://h', prefix: 'a/b/' };
  assert.match(why('http://h', kept) ?? '', /exclude: \["a\/b\/\*\*"\]$/);
  assert.equal(why('http://h', kept, ['a/b/**']), undefined);
  assert.notEqual(why('http://h', kept, ['a/c/**']), undefined);
});
