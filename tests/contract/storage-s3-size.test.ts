import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { GetObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { run } from '../stack/run.ts';
import { s3Server } from './s3-servers.ts';

const server = s3Server();

const SET = '2026-05-07T15-36';
const MEBIBYTE = 1024 * 1024;

for (const scheme of ['s3', 'r2']) {
  test(`2 GB are streamed in at most 200 MiB of memory, and arrive as they were (${scheme})`, async (context) => {
    const bucket = await server.bucket();
    const { endpoint, accessKeyId: KEY, secretAccessKey: SECRET } = server.minio();
    const script = new URL('./s3-stream.ts', import.meta.url).pathname;
    // As the launcher starts it.
    const flags = readFileSync(new URL('../../holdfast', import.meta.url), 'utf8').match(/--max-semi-space-size=\d+/);
    assert.ok(flags);
    const said = await run(process.execPath, [...flags, script, endpoint, bucket, '2000000000', scheme], {
      env: { KEY, SECRET },
    });
    const { bytes, seconds, mebibytes, sha256 } = JSON.parse(said);
    context.diagnostic(`${Math.round(seconds)} s, ${Math.round(mebibytes)} MiB`);
    assert.equal(bytes, 2_000_000_000);
    assert.ok(mebibytes <= 200, `${mebibytes} MiB`);
    const found = await server.client().send(new GetObjectCommand({ Bucket: bucket, Key: `${SET}/a` }));
    const hash = createHash('sha256');
    for await (const chunk of found.Body as Readable) hash.update(chunk);
    assert.equal(hash.digest('hex'), sha256);
  });
}

test('an object of 80 GB, a thousand times smaller with everything else, keeps within the parts and arrives', async () => {
  // 10,000 parts of 8 MB would be 80 GB; ten of 8 MB are the smallest that a server takes.
  const parts = {
    most: 10,
    stages: [
      { until: 2, bytes: 5 * MEBIBYTE },
      { until: 10, bytes: 9 * MEBIBYTE },
    ],
  };
  const storage = await server.storage({ decisions: { parts } });
  await storage.reserve(SET);
  const half = randomBytes(40_000_000);
  assert.deepEqual(await storage.put(SET, 'a', Readable.from([half, half])), { bytes: 80_000_000 });
  const bytes = 80_000_000;
  const known = storage.put(SET, 'b', Readable.from([half, half]), { expectedBytes: bytes });
  assert.deepEqual(await known, { bytes });
});

test('what is larger than all parts fails with the setting that helps, and leaves nothing', async () => {
  const parts = { most: 3, stages: [{ until: 3, bytes: 5 * MEBIBYTE }] };
  const storage = await server.storage({ decisions: { parts } });
  await storage.reserve(SET);
  await assert.rejects(storage.put(SET, 'a', Readable.from([randomBytes(16 * MEBIBYTE)])), {
    code: 'storage',
    message: /larger than 3 parts/,
    hint: /BACKUP_S3_PART_SIZE=\d+/,
  });
  assert.deepEqual(await storage.objects(SET, { unfinished: true }), []);
  const place = { Bucket: storage.bucket, Prefix: `backups/shop/${SET}/a` };
  assert.equal((await server.client().send(new ListMultipartUploadsCommand(place))).Uploads?.length ?? 0, 0);
});
