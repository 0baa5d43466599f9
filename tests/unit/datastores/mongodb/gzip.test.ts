import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parallelGzip } from '../../../../scripts/datastores/mongodb/gzip.ts';

const BLOCK = 512 * 1024;

test('what was compressed comes back, whatever its size, content and pieces', async () => {
  const size = fc.oneof(fc.integer({ min: 0, max: 3 * BLOCK }), fc.constantFrom(0, 1, BLOCK - 1, BLOCK, BLOCK + 1));
  await fc.assert(
    fc.asyncProperty(size, fc.boolean(), fc.integer({ min: 1000, max: 2 * BLOCK }), async (bytes, random, piece) => {
      const data = random ? randomBytes(bytes) : Buffer.alloc(bytes, 'holdfast');
      assert.ok(gunzipSync(await compressed(data, piece)).equals(data));
    }),
    { numRuns: 30 },
  );
});

test('blocks that are used again are not mixed up', async () => {
  const data = randomBytes(30 * BLOCK + 5);
  assert.ok(gunzipSync(await compressed(data, 100_000)).equals(data));
});

test('the gzip program reads the members as one file', async () => {
  const data = Buffer.concat([randomBytes(BLOCK), Buffer.alloc(2 * BLOCK, 'shop')]);
  const file = await compressed(data, 70_000);
  assert.equal(spawnSync('gzip', ['-t'], { input: file }).status, 0);
  const { stdout } = spawnSync('gzip', ['-dc'], { input: file, maxBuffer: 10 * BLOCK });
  assert.ok(stdout.equals(data));
});

test('a slow reader holds the source back', async () => {
  let given = 0;
  const source = async function* () {
    for (; given < 200; given++) yield randomBytes(BLOCK);
  };
  const stage = parallelGzip(source());
  await stage.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(given <= availableParallelism() + 3, `${given} blocks were taken`);
  await stage.return();
});

test('an error of the source is the error of the stage', async () => {
  const source = async function* () {
    yield randomBytes(2 * BLOCK);
    throw new Error('the far side died');
  };
  await assert.rejects(buffer(Readable.from(parallelGzip(source()))), /the far side died/);
});

function compressed(data: Buffer, piece: number): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(data.length / piece) }, (_, n) =>
    data.subarray(n * piece, (n + 1) * piece),
  );
  return buffer(Readable.from(parallelGzip(Readable.from(pieces))));
}
