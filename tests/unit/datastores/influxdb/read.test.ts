import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { read } from '../../../../scripts/datastores/influxdb/read.ts';
import { archiveOf, backupFiles, changeManifest, type Files, sourceOf } from './backup-files.ts';

const context = { signal: new AbortController().signal, report: () => {} };
const SHARD = '20261122T054545Z.s3.tar.gz';

test('an archive of stock tar is read to its end, with every shard that its manifest names', async () => {
  const { summary } = await read(sourceOf(await archiveOf(backupFiles())), context);
  assert.equal(summary, 'archive read to the end: 2 shards, 4096 bytes in them');
});

test('a database without points has an archive without shards', async () => {
  const files = backupFiles();
  for (const name of [...files.keys()].filter((one) => one.endsWith('.gz'))) files.delete(name);
  changeManifest(files, (text) => text.replace(/"files":.*$/, '"files":null}'));
  assert.match((await read(sourceOf(await archiveOf(files), 0), context)).summary, /0 shards/);
});

const DAMAGED: readonly [what: string, change: (files: Files) => void, words: RegExp][] = [
  ['a shard is missing', (files) => files.delete(SHARD), /lacks ".*s3\.tar\.gz", which its manifest names/],
  ['a shard ends early', (files) => files.set(SHARD, cut(files)), /"2.*s3\.tar\.gz" is not a whole gzip file/],
  ['a shard has another byte', (files) => files.set(SHARD, flip(files)), /s3\.tar\.gz" is not a whole gzip file/],
  ['a shard is shorter', (files) => files.set(SHARD, gzipSync('x')), /holds 1 bytes, expected 2048/],
  [
    'there is a foreign file',
    (files) => files.set('x.tar.gz', gzipSync('x')),
    /holds "x\.tar\.gz", which its manifest/,
  ],
  ['there is no manifest', (files) => files.delete('20261122T054545Z.manifest'), /found 0 manifests, expected 1/],
  ['there are two manifests', (files) => files.set('b.manifest', Buffer.from('{}')), /found 2 manifests, expected 1/],
  ['the metadata is cut', (files) => files.set('20261122T054545Z.meta', Buffer.alloc(9)), /\.meta" is not whole/],
  ['the manifest is no JSON', (files) => changeManifest(files, (text) => text.slice(1)), /cannot be read/],
  ['the manifest is "null"', (files) => changeManifest(files, () => 'null'), /cannot be read/],
  ['a name comes twice', (files) => changeManifest(files, (text) => text.replace('.s2.', '.s3.')), /a file twice/],
  ['a part of the time', (files) => changeManifest(files, (text) => text.replace('false', 'true')), /part of the time/],
  [
    'it is of another database',
    (files) => changeManifest(files, (text) => text.replaceAll('"shop"', '"shops"')),
    /the archive of database "shop" holds a shard of "shops"/,
  ],
];

for (const [what, change, words] of DAMAGED) {
  test(`an archive is damaged when ${what}`, async () => {
    const files = backupFiles();
    change(files);
    await assert.rejects(read(sourceOf(await archiveOf(files)), context), (error: Error & { code?: string }) => {
      assert.match(error.message, words);
      return error.code === 'damaged';
    });
  });
}

test('an archive with fewer shards than were recorded is damaged, and so is one that ends anywhere', async () => {
  const whole = await archiveOf(backupFiles());
  await assert.rejects(read(sourceOf(whole, 3), context), /has 2 shards, expected 3/);
  for (const part of [0, 0.2, 0.5, 0.9]) {
    const cutOff = whole.subarray(0, Math.floor(whole.length * part));
    await assert.rejects(read(sourceOf(cutOff), context), { code: 'damaged' });
  }
});

function cut(files: Files): Buffer {
  const bytes = files.get(SHARD) as Buffer;
  return bytes.subarray(0, bytes.length - 9);
}

function flip(files: Files): Buffer {
  const bytes = Buffer.from(files.get(SHARD) as Buffer);
  const last = bytes.length - 6;
  bytes[last] = (bytes[last] as number) ^ 1;
  return bytes;
}
