import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { deflateSync, zstdCompressSync } from 'node:zlib';
import type { Failure } from '../../../../scripts/common/failure.ts';
import { readArchive } from '../../../../scripts/datastores/postgres/archive/read-archive.ts';
import { block, END_OF_ROWS, head, int, largeObjects } from './archive-maker.ts';

const FIXTURES = new URL('./fixtures/', import.meta.url);
const NONE = 0;
const GZIP = 1;
const ZSTD = 3;

/** The bytes as a stream of pieces that end where they should not. */
function pieces(bytes: Buffer, size: number): Readable {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) parts.push(bytes.subarray(at, at + size));
  return Readable.from(parts);
}

const read = (bytes: Buffer, size = 1000) => readArchive(pieces(bytes, size));

const damaged = { name: 'Failure', code: 'damaged' };

describe('the reader of archives', () => {
  for (const compression of ['pg15-gzip', 'pg15-none-seekable', 'pg18-gzip', 'pg18-zstd', 'pg18-none']) {
    it(`reads what a real pg_dump wrote: ${compression}`, async () => {
      const bytes = await readFile(new URL(`${compression}.dump`, FIXTURES));
      for (const size of [1, 7, bytes.length]) {
        const report = await read(bytes, size);
        assert.deepEqual(Object.fromEntries(report.rows), {
          'Odd.Schema.t"q': 3,
          'public.Mixed Case': 30,
          'public.nothing': 1,
          'public.void': 0,
        });
        assert.equal(report.largeObjects, 2);
        assert.equal(report.header.database, 'fixture');
      }
    });
  }

  it('walks an lz4 archive by its structure, without counting rows', async () => {
    const report = await read(await readFile(new URL('pg18-lz4.dump', FIXTURES)));
    assert.equal(report.rows.size, 0);
    assert.equal(report.largeObjects, 2);
  });

  it('finds every truncation of every real dump', async () => {
    for (const name of await readdir(FIXTURES)) {
      const bytes = await readFile(new URL(name, FIXTURES));
      for (let length = 0; length < bytes.length; length += 1) {
        await assert.rejects(read(bytes.subarray(0, length), 4096), damaged, `${name} cut at ${length}`);
      }
    }
  });

  it('finds bytes behind the last block', async () => {
    const bytes = await readFile(new URL('pg18-zstd.dump', FIXTURES));
    for (const more of [0, 1, 3, 255]) {
      await assert.rejects(read(Buffer.concat([bytes, Buffer.from([more])])), damaged);
    }
  });

  it('refuses a flipped byte in compressed data, unless it changes nothing', async () => {
    const plain = Buffer.from(`${'one row of text\n'.repeat(5000)}${END_OF_ROWS}`);
    const start = head(GZIP, [{ dumpId: 1, tag: 't' }]);
    const stored = deflateSync(plain);
    const taken: number[] = [];
    for (let at = 0; at < stored.length; at += 1) {
      const broken = Buffer.from(stored);
      broken[at] = (broken[at] ?? 0) ^ 0x10;
      const outcome = await read(Buffer.concat([start, block(1, broken)])).catch((error) => error);
      if (outcome instanceof Error) assert.equal((outcome as Failure).code, 'damaged');
      else taken.push(outcome.rows.get('public.t') ?? -1);
    }
    // The bits that pad the last byte before the checksum mean nothing; the sha256 of the set finds those as well.
    assert.ok(taken.length <= 1 && taken.every((rows) => rows === 5000), String(taken));
  });
});

describe('blocks of an archive', () => {
  const rows = (count: number): Buffer => Buffer.from(`${'x\n'.repeat(count)}${END_OF_ROWS}`);
  const one = [{ dumpId: 1, tag: 't' }];

  it('are decompressed and counted when they are far larger than a piece', async () => {
    const noise = Array.from({ length: 40_000 }, (_, index) => `${index}\t${Math.sin(index)}\n`).join('');
    const plain = Buffer.from(`${noise}${END_OF_ROWS}`);
    for (const [number, stored] of [
      [NONE, plain],
      [GZIP, deflateSync(plain)],
      [ZSTD, zstdCompressSync(plain)],
    ] as const) {
      const report = await read(Buffer.concat([head(number, one), block(1, stored)]), 70_000);
      assert.equal(report.rows.get('public.t'), 40_000);
    }
  });

  it('are decompressed when a few bytes become very many', async () => {
    const plain = Buffer.from(`${'0\n'.repeat(10_000_000)}${END_OF_ROWS}`);
    const report = await read(Buffer.concat([head(ZSTD, one), block(1, zstdCompressSync(plain))]));
    assert.equal(report.rows.get('public.t'), 10_000_000);
  });

  it('must be there for every entry that has data', async () => {
    const two = [...one, { dumpId: 2, tag: 'u' }];
    const bytes = Buffer.concat([head(NONE, two), block(1, rows(1))]);
    await assert.rejects(read(bytes), { ...damaged, message: /1 data blocks are missing.*"public\.u"/ });
  });

  it('must not come twice, nor for entries without data, nor for unknown ones', async () => {
    const start = head(NONE, [...one, { dumpId: 2, tag: 'u', hasData: false }]);
    for (const dumpId of [1, 2, 3]) {
      await assert.rejects(read(Buffer.concat([start, block(1, rows(1)), block(dumpId, rows(1))])), damaged);
    }
  });

  it('must begin where a seekable writer said they do', async () => {
    const { length } = head(NONE, [{ dumpId: 1, tag: 't', position: 1 }]);
    const good = head(NONE, [{ dumpId: 1, tag: 't', position: length }]);
    const bad = head(NONE, [{ dumpId: 1, tag: 't', position: length - 1 }]);
    assert.equal((await read(Buffer.concat([good, block(1, rows(2))]))).rows.get('public.t'), 2);
    await assert.rejects(read(Buffer.concat([bad, block(1, rows(2))])), { ...damaged, message: /expected \d+/ });
  });

  it('must hold a whole compressed stream and nothing else, small or large', async () => {
    for (const count of [10, 400_000]) {
      const plain = Buffer.from(
        `${Array.from({ length: count }, (_, index) => Math.cos(index)).join('\n')}\n${END_OF_ROWS}`,
      );
      for (const [number, stored] of [
        [GZIP, deflateSync(plain)],
        [ZSTD, zstdCompressSync(plain)],
      ] as const) {
        const start = head(number, one);
        assert.equal((await read(Buffer.concat([start, block(1, stored)]))).rows.get('public.t'), count);
        const cut = block(1, stored.subarray(0, stored.length - 1));
        await assert.rejects(read(Buffer.concat([start, cut])), damaged, `${number} cut, ${count} rows`);
        const long = block(1, Buffer.concat([stored, Buffer.from('more')]));
        await assert.rejects(read(Buffer.concat([start, long])), damaged, `${number} with more, ${count} rows`);
      }
    }
  });

  it('of a table must end with the end mark of its rows', async () => {
    await assert.rejects(read(Buffer.concat([head(NONE, one), block(1, Buffer.from('1\n2\n'))])), damaged);
  });

  it('of large objects are read one by one', async () => {
    const start = head(GZIP, [{ dumpId: 9, tag: 'BLOBS', description: 'BLOBS', copyStatement: '' }]);
    const stored = deflateSync(Buffer.from('content'));
    const report = await read(
      Buffer.concat([
        start,
        largeObjects(9, [
          [16_400, stored],
          [16_401, stored],
        ]),
      ]),
    );
    assert.equal(report.largeObjects, 2);
    const broken = largeObjects(9, [[16_400, stored.subarray(1)]]);
    await assert.rejects(read(Buffer.concat([start, broken])), { ...damaged, message: /large object 16400/ });
  });

  it('of an unknown type, or with chunks of negative length, are damage', async () => {
    const start = head(NONE, one);
    await assert.rejects(read(Buffer.concat([start, Buffer.from([2]), int(1), int(0)])), damaged);
    await assert.rejects(read(Buffer.concat([start, Buffer.from([1]), int(1), int(-5)])), damaged);
  });
});

describe('the head of an archive', () => {
  it('is refused when it is no archive, of an unknown version, or of another format', async () => {
    const good = head(NONE, []);
    await read(good);
    for (const [at, value] of [
      [0, 0x51],
      [6, 17],
      [6, 11],
      [8, 8],
      [9, 4],
      [10, 3],
      [11, 4],
    ] as const) {
      const bad = Buffer.from(good);
      bad[at] = value;
      await assert.rejects(read(bad), damaged, `byte ${at} = ${value}`);
    }
  });

  it('names objects in the encoding of the database', async () => {
    const encoding = { dumpId: 1, tag: 'ENCODING', description: 'ENCODING', hasData: false };
    const entries = [
      { ...encoding, definition: "SET client_encoding = 'LATIN1';\n" },
      { dumpId: 2, tag: 'cafX' },
    ];
    const bytes = head(NONE, entries);
    bytes[bytes.indexOf('cafX') + 3] = 0xe9;
    const report = await read(Buffer.concat([bytes, block(2, Buffer.from(END_OF_ROWS))]));
    assert.deepEqual([...report.rows.keys()], ['public.café']);
  });
});
