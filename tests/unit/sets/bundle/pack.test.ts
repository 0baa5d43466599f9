import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { headersOf, packBundle } from '../../../../scripts/sets/bundle/pack.ts';
import { readTar } from '../../../../scripts/sets/bundle/tar-reader.ts';

const { signal } = new AbortController();

/** Sizes around the blocks, and paths around the limits of ustar: 100 and 155 + 100 bytes, in more than ASCII. */
function randomFiles(): { path: string; body: Buffer }[] {
  return Array.from({ length: 40 }, (_, at) => {
    const part = 'a-ü~日'.repeat(1 + Math.floor(Math.random() * 25)).slice(0, 60);
    const depth = Math.floor(Math.random() * 5);
    const path = [...Array.from({ length: depth }, () => part), `${at}-${part}`].join('/');
    const bytes = [0, 1, 511, 512, 513, 1024, 70_000][Math.floor(Math.random() * 7)] ?? 0;
    return { path, body: randomBytes(bytes) };
  });
}

const partsOf = (files: { path: string; body: Buffer }[]) =>
  files.map(({ path, body }) => ({ path, bytes: body.length, open: async () => Readable.from([body]) }));

test('whatever is packed is read back the same, whatever the names and sizes', async () => {
  for (let round = 0; round < 20; round += 1) {
    const files = randomFiles();
    const packed = await buffer(packBundle(partsOf(files), { signal, compress: round % 2 === 0 }));
    const found: typeof files = [];
    await readTar(Readable.from([gunzipSync(packed)]), async ({ name }, body) => {
      found.push({ path: name, body: await buffer(body) });
    });
    assert.deepEqual(found, files);
  }
});

test('what is packed is what stock tar unpacks, long names included', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-pack-'));
  try {
    const files = randomFiles();
    const file = join(folder, 'packed.tar.gz');
    await writeFile(file, await buffer(packBundle(partsOf(files), { signal, compress: true })));
    const options = { encoding: 'buffer', maxBuffer: 1e8 } as const;
    const { stdout } = await promisify(execFile)('tar', ['--quoting-style=literal', '-tzf', file], options);
    assert.deepEqual(
      stdout.toString().trim().split('\n'),
      files.map(({ path }) => path),
    );
    const contents = await promisify(execFile)('tar', ['-xzOf', file], options);
    assert.deepEqual(contents.stdout, Buffer.concat(files.map(({ body }) => body)));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a file of more than 8 GiB has its size in a header that stock tar reads', async () => {
  const bytes = 9_000_000_000_000;
  const headers = headersOf({ path: 'mongo/large.archive.gz', bytes });
  await assert.rejects(
    readTar(Readable.from([headers]), async (entry) => {
      const attributes = { mode: 0o600, uid: 0, gid: 0, mtime: 0 };
      assert.deepEqual(entry, { name: 'mongo/large.archive.gz', isFolder: false, bytes, attributes });
    }),
    /"mongo\/large.archive.gz" ends in the middle/,
  );
  const listing = promisify(execFile)('tar', ['-tvf', '-']);
  listing.child.stdin?.end(headers);
  await assert.rejects(listing, ({ stdout }) => stdout.includes(` ${bytes} `));
});

test('a part that breaks breaks the archive', async () => {
  const broken = Readable.from(
    (function* () {
      yield Buffer.from('abc');
      throw new Error('the disk broke');
    })(),
  );
  const parts = [{ path: 'a', bytes: 10, open: async () => broken }];
  await assert.rejects(buffer(packBundle(parts, { signal, compress: true })), /the disk broke/);
});
