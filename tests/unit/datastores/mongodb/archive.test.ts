import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../../../scripts/common/failure.ts';
import { FIXTURE, FIXTURE_PRELUDE_END, readInPieces, writeArchive } from './archives.ts';

const damaged = (error: unknown) => error instanceof Failure && error.code === 'damaged';

test('an archive of mongodump is read to its end with counts, bytes and indexes', () => {
  const { collections, head, bytes } = readInPieces(FIXTURE, FIXTURE.length);
  const facts = Object.fromEntries(collections.map((one) => [one.collection, [one.documents, one.indexes]]));
  assert.deepEqual(facts, { users: [12, ['_id_', 'n_1']], 'Orders.2026-ü': [3, ['_id_']], empty: [0, ['_id_']] });
  assert.equal(head.serverVersion, '7.0.77');
  assert.equal(bytes, FIXTURE.length);
});

test('an archive reads the same however it is cut into pieces', () => {
  const whole = readInPieces(FIXTURE, FIXTURE.length);
  for (let size = 1; size <= 130; size++) assert.deepEqual(readInPieces(FIXTURE, size), whole, `pieces of ${size}`);
});

test('every truncation of an archive is found', () => {
  for (let end = 0; end < FIXTURE.length; end++) {
    assert.throws(() => readInPieces(FIXTURE.subarray(0, end), 512), damaged, `cut at ${end}`);
  }
});

test('every flipped bit after the prelude is found', () => {
  for (let at = FIXTURE_PRELUDE_END; at < FIXTURE.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      assert.throws(() => readInPieces(flipped(at, 1 << bit), 512), Failure, `byte ${at}, bit ${bit}`);
    }
  }
});

test('a flipped bit of the prelude is found, or changes no name and no count', () => {
  const known = names(FIXTURE);
  let unseen = 0;
  for (let at = 0; at < FIXTURE_PRELUDE_END * 8; at++) {
    const archive = flipped(at >> 3, 1 << (at & 7));
    try {
      assert.deepEqual(names(archive), known, `bit ${at}`);
      unseen++;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
  // Letters of versions and inside of the metadata: what the sha256 of the set is there for.
  assert.ok(unseen > 0 && unseen < FIXTURE_PRELUDE_END * 8 * 0.65, `${unseen} of ${FIXTURE_PRELUDE_END * 8} bits`);
});

test('bytes after the end of an archive are found', () => {
  for (const rest of [[0], [0xff], [0xff, 0xff, 0xff, 0xff], [5, 0, 0, 0, 0], [...FIXTURE]]) {
    assert.throws(() => readInPieces(Buffer.concat([FIXTURE, Buffer.from(rest)]), 512), Failure);
  }
});

test('views hold no documents, time series are found under the name of their buckets', () => {
  const archive = writeArchive('shop', [
    { name: 'names', type: 'view', options: { viewOn: 'users', pipeline: [] } },
    { name: 'ticks', type: 'timeseries', dataName: 'system.buckets.ticks', documents: [{ a: 1 }, { a: 2 }] },
    { name: 'old', type: '', options: { viewOn: 'users' } },
  ]);
  const found = readInPieces(archive, 7).collections.map((one) => [one.type, one.dataCollection, one.documents]);
  assert.deepEqual(found, [
    ['view', 'names', 0],
    ['timeseries', 'system.buckets.ticks', 2],
    ['view', 'old', 0],
  ]);
});

test('archives of any documents are read the same, whole or in pieces', () => {
  const document = fc.record({ text: fc.string({ maxLength: 300 }), bytes: fc.uint8Array({ maxLength: 400 }) });
  const lists = fc.array(fc.array(document, { maxLength: 20 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 700 }), (documents, size) => {
      const all = documents.map((list, index) => ({ name: `c${index}`, type: 'collection', documents: list }));
      const { collections } = readInPieces(writeArchive('any', all), size);
      assert.deepEqual(
        collections.map((one) => one.documents),
        documents.map((list) => list.length),
      );
    }),
  );
});

test('a format version that is not known is refused as such', () => {
  const archive = Buffer.from(FIXTURE);
  archive.write('0.2', archive.indexOf('0.1\0'));
  assert.throws(
    () => readInPieces(archive, 64),
    (error: Failure) => error.code === 'version' && error.message.includes('"0.2"'),
  );
});

function flipped(at: number, mask: number): Buffer {
  const copy = Buffer.from(FIXTURE);
  copy[at] = (copy[at] as number) ^ mask;
  return copy;
}

function names(archive: Buffer): unknown {
  return readInPieces(archive, 512).collections.map((one) => [one.database, one.dataCollection, one.documents]);
}
