import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Context } from '../../../../scripts/common/context.ts';
import { Failure } from '../../../../scripts/common/failure.ts';
import type { DumpFacts, StoredSource } from '../../../../scripts/datastores/datastore.ts';
import { mongodb } from '../../../../scripts/datastores/mongodb/mongodb.ts';
import { FIXTURE, FIXTURE_DATABASE, FIXTURE_PRELUDE_END } from './archives.ts';

const context: Context = { signal: new AbortController().signal, report: () => {} };
const COUNTS = { 'Orders.2026-ü': 3, empty: 0, users: 12 };
const INDEXES = { 'Orders.2026-ü': ['_id_'], empty: ['_id_'], users: ['_id_', 'n_1'] };
const damaged = (message: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === 'damaged' && message.test(error.message);

/** Members as `parallelGzip` writes them, so that a cut between two of them is a possible one. */
const MEMBERS = [FIXTURE.subarray(0, 1500), FIXTURE.subarray(1500)].map((part) => gzipSync(part));
const ARCHIVE = Buffer.concat(MEMBERS);

function stored(archive: Uint8Array, fingerprint: DumpFacts['fingerprint'] | undefined, users?: string): StoredSource {
  const facts = fingerprint && ({ consistency: 'fuzzy', fingerprint, details: {}, warnings: [] } as const);
  const files = {
    'shop.archive.gz': archive,
    ...(users === undefined ? {} : { 'shop.users.json': Buffer.from(users) }),
  };
  const artifacts = Object.entries(files).map(([fileName, bytes]) => ({
    fileName,
    bytes: bytes.length,
    compression: undefined,
    open: async () => Readable.from(Buffer.from(bytes).length === 0 ? [] : [Buffer.from(bytes)]),
  }));
  return { kind: 'mongo', name: FIXTURE_DATABASE, facts, serverVersion: '7.0.77', artifacts };
}

const readAll = (...parts: Parameters<typeof stored>) => mongodb.read(stored(...parts), context);

test('a whole archive gives its counts, with and without recorded facts', async () => {
  const recorded = await readAll(ARCHIVE, { counts: COUNTS, indexes: INDEXES });
  assert.deepEqual(recorded.counts, COUNTS);
  assert.equal(recorded.summary, 'archive read to the end: 3 collections, 15 documents');
  assert.deepEqual((await readAll(ARCHIVE, undefined)).counts, COUNTS);
});

test('every truncation of the compressed file is found', async () => {
  for (let end = 0; end < ARCHIVE.length; end++) {
    await assert.rejects(readAll(ARCHIVE.subarray(0, end), undefined), damaged(/./), `cut at ${end}`);
  }
});

test('every cut of the archive before it was compressed is found', async () => {
  for (let end = 0; end < FIXTURE.length; end += 7) {
    await assert.rejects(readAll(gzipSync(FIXTURE.subarray(0, end)), undefined), damaged(/./), `cut at ${end}`);
  }
});

test('bytes after the end are found, zeros too', async () => {
  for (const rest of [[0], Array(600).fill(0), [1], [0x1f], [0x1f, 0x8b], [...gzipSync('')].slice(0, 10)]) {
    const bytes = Buffer.concat([ARCHIVE, Buffer.from(rest)]);
    await assert.rejects(readAll(bytes, undefined), damaged(/gzip/), JSON.stringify(rest).slice(0, 30));
  }
});

test('a flipped byte of the compressed file is found, wherever the content depends on it', async () => {
  // The frame of a gzip member holds bytes without a meaning for its content: time, flags of the maker, system.
  const frames = MEMBERS.map((_, index) => Buffer.concat(MEMBERS.slice(0, index)).length);
  for (let at = 0; at < ARCHIVE.length; at++) {
    if (frames.some((start) => at >= start + 4 && at < start + 10)) continue;
    const bytes = Buffer.from(ARCHIVE);
    bytes[at] = (bytes[at] as number) ^ 0xff;
    await assert.rejects(readAll(bytes, undefined), damaged(/./), `byte ${at}`);
  }
});

test('an archive that does not hold what was recorded is damaged, with both numbers', async () => {
  const wrong = { counts: { ...COUNTS, users: 13 } };
  await assert.rejects(readAll(ARCHIVE, wrong), damaged(/documents in "users".*found 12, expected 13/));
  const more = { counts: { ...COUNTS, orders: 1 } };
  await assert.rejects(readAll(ARCHIVE, more), damaged(/"orders".*found no such collection, expected 1/));
  const other = { counts: COUNTS, indexes: { ...INDEXES, users: ['_id_'] } };
  await assert.rejects(readAll(ARCHIVE, other), damaged(/indexes in "users"/));
});

test('a flipped letter in the name of an index is found by what was recorded', async () => {
  const archive = Buffer.from(FIXTURE);
  const letter = archive.indexOf('"n_1"') + 1;
  assert.ok(letter > 0 && letter < FIXTURE_PRELUDE_END);
  archive[letter] = (archive[letter] as number) ^ 1;
  const recorded = { counts: COUNTS, indexes: INDEXES };
  await assert.rejects(readAll(gzipSync(archive), recorded), damaged(/indexes in "users".*o_1/));
});

test('a set without the archive is damaged', async () => {
  const source = { ...stored(ARCHIVE, undefined), artifacts: [] };
  await assert.rejects(mongodb.read(source, context), damaged(/no "\*\.archive\.gz"/));
});

test('a users file is read, and refused when it is none', async () => {
  const good = {
    schema: 'holdfast-mongo-users/v1',
    database: 'shop',
    credentials: true,
    users: [{ user: 'a' }],
    roles: [],
  };
  const { summary } = await readAll(ARCHIVE, undefined, JSON.stringify(good));
  assert.match(summary, /1 users, 0 roles/);
  for (const bad of ['', '{', 'null', '{"schema":"x"}', JSON.stringify({ ...good, users: 'a' })]) {
    await assert.rejects(readAll(ARCHIVE, undefined, bad), damaged(/shop\.users\.json/), bad);
  }
});
