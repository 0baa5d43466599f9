import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { CRC64_JONES, Crc64 } from '../../../../scripts/common/crc64.ts';
import { Failure } from '../../../../scripts/common/failure.ts';
import { inspectRdb } from '../../../../scripts/datastores/redis/rdb/inspect.ts';
import { RdbReader } from '../../../../scripts/datastores/redis/rdb/reader.ts';
import { REDIS_FILE, VALKEY_FILE } from './files.ts';

const FILES = { 'Redis 7': REDIS_FILE, 'Valkey 9': VALKEY_FILE };
const COUNTS = {
  'db0 hash': 2,
  'db0 list': 1,
  'db0 set': 2,
  'db0 stream': 1,
  'db0 string': 5,
  'db0 zset': 1,
  'db5 string': 1,
};

/** Reads bytes in pieces of a size. */
function readAll(bytes: Buffer, size = bytes.length || 1) {
  const reader = new RdbReader();
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.end();
}

const damaged = (error: unknown) =>
  error instanceof Failure && error.code === 'damaged' && /byte \d+/.test(error.message);

/** A file of the given content with the right checksum. */
function fileOf(content: readonly number[], version = '0012', magic = 'REDIS'): Buffer {
  const bytes = Buffer.concat([Buffer.from(magic + version), Buffer.from([...content, 255])]);
  const crc = new Crc64(CRC64_JONES);
  crc.update(bytes);
  const sum = Buffer.alloc(8);
  sum.writeBigUInt64LE(crc.value);
  return Buffer.concat([bytes, sum]);
}

for (const [name, file] of Object.entries(FILES)) {
  test(`a file of ${name} gives its keys by database and type, in pieces of any size`, () => {
    for (const size of [1, 2, 3, 7, 64, file.length]) {
      const { counts, expiring, functions, hasChecksum, bytes } = readAll(file, size);
      assert.deepEqual(counts, COUNTS);
      assert.deepEqual({ expiring, functions }, { expiring: { 'db0 string': 1 }, functions: 1 });
      assert.deepEqual({ hasChecksum, bytes }, { hasChecksum: true, bytes: file.length });
    }
  });

  test(`a file of ${name} that is cut anywhere is damaged`, () => {
    for (let length = 0; length < file.length; length++)
      assert.throws(() => readAll(file.subarray(0, length)), damaged);
  });

  test(`a file of ${name} with any bit changed is noticed`, () => {
    for (let at = 0; at < file.length; at++) {
      for (const bit of [0, 3, 7]) {
        const changed = Buffer.from(file);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        assert.throws(() => readAll(changed, 512), Failure, `byte ${at}, bit ${bit}`);
      }
    }
  });
}

test('bytes behind the end are damage, but for the mark that a replica gets, which is left out', async () => {
  const mark = Buffer.alloc(40, 'f');
  assert.throws(() => readAll(Buffer.concat([REDIS_FILE, Buffer.from('x')])), damaged);
  assert.throws(() => readAll(Buffer.concat([REDIS_FILE, mark])), damaged);
  for (const size of [1, 17, 1000, 4096]) {
    const sent = Buffer.concat([REDIS_FILE, mark]);
    const pieces = Array.from({ length: Math.ceil(sent.length / size) }, (_, at) =>
      sent.subarray(at * size, (at + 1) * size),
    );
    const kept: Buffer[] = [];
    for await (const piece of inspectRdb({ marked: true }, () => {})(Readable.from(pieces))) kept.push(piece);
    assert.deepEqual(Buffer.concat(kept), REDIS_FILE);
  }
});

test('encodings of other versions are passed over: values of modules, fields with a time, streams, zipmaps', () => {
  const text = (word: string) => [word.length, ...Buffer.from(word)];
  const eight = Array.from({ length: 8 }, () => 9);
  const values: [type: string, code: number, value: number[]][] = [
    ['module', 7, [0x81, ...eight, 1, 5, 2, 0x80, 0, 0, 1, 0, 3, 1, 2, 3, 4, 4, ...eight, 5, ...text('words'), 0]],
    ['hash', 9, text('zipmap')],
    ['hash', 24, [...eight, 2, 0, ...text('a'), ...text('b'), 5, ...text('c'), ...text('d')]],
    ['hash', 25, [...eight, ...text('packed')]],
    ['zset', 3, [3, ...text('a'), 3, ...Buffer.from('1.5'), ...text('b'), 253, ...text('c'), 255]],
    ['list', 18, [2, 2, ...text('packed'), 1, ...text('plain')]],
    ['stream', 15, [1, ...text('id'), ...text('nodes'), 1, 2, 3, 0]],
    ['string', 0, [0xc3, 2, 0x41, 0x2c, 7, 7]],
    ['string', 0, [0xc2, 1, 2, 3, 4]],
  ];
  for (const [type, code, value] of values) {
    const file = fileOf([254, 2, 251, 1, 0, 248, 5, 249, 7, code, ...text('key'), ...value]);
    for (const size of [1, 5, file.length]) assert.deepEqual(readAll(file, size).counts, { [`db2 ${type}`]: 1 });
  }
});

test('what a later version wrote is told as that, and not as damage', () => {
  const version = (error: unknown) => error instanceof Failure && error.code === 'version';
  assert.throws(() => readAll(fileOf([40, 1, 65], '0099')), version);
  assert.throws(() => readAll(fileOf([40, 1, 65])), damaged);
});

test('a file without a checksum says so', () => {
  const file = Buffer.from(REDIS_FILE);
  file.fill(0, file.length - 8);
  assert.equal(readAll(file).hasChecksum, false);
});
