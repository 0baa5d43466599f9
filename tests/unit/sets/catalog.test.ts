import assert from 'node:assert/strict';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { type CatalogEntry, readCatalog, resolveEntry } from '../../../scripts/sets/catalog.ts';
import { encodeWithDigest } from '../../../scripts/sets/digest.ts';
import { writeProof } from '../../../scripts/sets/proof.ts';
import { openSetWriter } from '../../../scripts/sets/writer.ts';
import { sourceOfFile, temporaryStorage, writeExampleSet } from './example-set.ts';

const day = (number: number): Date => new Date(Date.UTC(2026, 4, number, 2));

/** "name: state" of each entry. */
function states(entries: readonly CatalogEntry[]): string[] {
  return entries.map(({ name, state }) => `${name}: ${state}`);
}

test('every kind of entry is shown as what it is, oldest first, and hidden ones not at all', async (context) => {
  const storage = await temporaryStorage(context);
  const { folder } = storage;
  for (const number of [3, 1, 4, 5, 6]) await writeExampleSet(storage, day(number));
  await rm(join(folder, '2026-05-03T02-00/mongo/shop.archive.gz'));
  await writeFile(join(folder, '2026-05-04T02-00/postgres/app.dump'), 'short');
  await writeFile(join(folder, '2026-05-05T02-00/manifest.json'), '{');
  const later = { schema: 'holdfast-set/v2' };
  await writeFile(join(folder, '2026-05-06T02-00/manifest.json'), encodeWithDigest(later));
  await mkdir(join(folder, '2026-05-02T02-00/postgres'), { recursive: true });
  await writeFile(join(folder, '2026-05-02T02-00/postgres/app.dump'), 'old');
  await (await openSetWriter(storage, day(7))).group('mongo');
  await mkdir(join(folder, '2026-05-08T02-00'));
  await mkdir(join(folder, 'photos'));
  await mkdir(join(folder, 'photos.partial'));
  await writeFile(join(folder, 'notes.txt'), 'x');
  await writeFile(join(folder, '.lock'), '{}');
  await symlink('/etc', join(folder, '2026-05-09T02-00'));
  const entries = await readCatalog(storage, sourceOfFile);
  assert.deepEqual(states(entries.slice(0, 8)), [
    '2026-05-01T02-00: complete',
    '2026-05-02T02-00: legacy',
    '2026-05-03T02-00: damaged',
    '2026-05-04T02-00: damaged',
    '2026-05-05T02-00: damaged',
    '2026-05-06T02-00: foreign',
    '2026-05-07T02-00: partial',
    '2026-05-08T02-00: foreign',
  ]);
  const [first] = entries;
  assert.ok(first?.state === 'complete');
  assert.deepEqual(
    first.manifest.sources.map(({ rows }) => rows),
    [3, 3],
  );
  assert.deepEqual(states(entries.slice(8)).sort(), [
    '2026-05-09T02-00: foreign',
    'notes.txt: foreign',
    'photos.partial: foreign',
    'photos: foreign',
  ]);
  const reasons = entries.map((entry) => ('reason' in entry ? entry.reason : ''));
  assert.match(reasons[2] ?? '', /"mongo\/shop.archive.gz" is missing/);
  assert.match(reasons[3] ?? '', /"postgres\/app.dump" has 5 bytes, expected 16/);
  assert.match(reasons[4] ?? '', /manifest.json" is damaged/);
  assert.match(reasons[5] ?? '', /a later Holdfast wrote it/);
});

test('a complete entry carries what a list shows', async (context) => {
  const storage = await temporaryStorage(context);
  const { name } = await writeExampleSet(storage, day(1), { label: 'pre-migration' });
  const [entry] = await readCatalog(storage, sourceOfFile);
  assert.ok(entry?.state === 'complete');
  assert.deepEqual(
    [entry.manifest.label, entry.manifest.environment, entry.proof],
    ['pre-migration', 'shop', 'stored'],
  );
  assert.equal(entry.time.toISOString(), day(1).toISOString());
  const objects = await storage.objects(name);
  assert.equal(
    entry.bytes,
    objects.reduce((sum, { bytes }) => sum + bytes, 0),
  );
});

test('the highest proof of this very manifest counts, the newest of its level', async (context) => {
  const storage = await temporaryStorage(context);
  const { name: set, manifestSha256 } = await writeExampleSet(storage, day(1));
  const proof = { set, host: 'h', holdfastVersion: '1', manifestSha256, sources: [] };
  const level = async () => {
    const [entry] = await readCatalog(storage, sourceOfFile);
    return entry?.state === 'complete' ? [entry.proof, entry.provenAt] : undefined;
  };
  await writeProof(storage, {
    ...proof,
    level: 'proven',
    provenAt: '2026-05-02T00:00:00.000Z',
    manifestSha256: '0'.repeat(64),
  });
  await writeProof(storage, { ...proof, level: 'proven', provenAt: '2026-05-02T00:00:01.000Z', set }).then((file) =>
    writeFile(join(storage.folder, set, file), 'broken'),
  );
  assert.deepEqual(await level(), ['stored', undefined]);
  await writeProof(storage, { ...proof, level: 'readable', provenAt: '2026-05-03T00:00:00.000Z' });
  await writeProof(storage, { ...proof, level: 'intact', provenAt: '2026-05-05T00:00:00.000Z' });
  await writeProof(storage, { ...proof, level: 'readable', provenAt: '2026-05-04T00:00:00.000Z' });
  assert.deepEqual(await level(), ['readable', '2026-05-04T00:00:00.000Z']);
});

test('a proof never replaces one of the same moment', async (context) => {
  const storage = await temporaryStorage(context);
  const { name: set, manifestSha256 } = await writeExampleSet(storage, day(1));
  const proof = { set, host: 'h', holdfastVersion: '1', manifestSha256, sources: [], provenAt: day(2).toISOString() };
  const file = await writeProof(storage, { ...proof, level: 'intact' });
  assert.equal(file, 'proof-2026-05-02T02-00-00-000Z.json');
  const before = await readFile(join(storage.folder, set, file));
  await assert.rejects(writeProof(storage, { ...proof, level: 'proven' }), { code: 'storage' });
  assert.deepEqual(await readFile(join(storage.folder, set, file)), before);
});

test('one entry that cannot be read does not hide the others; an abort ends the list', async (context) => {
  const storage = await temporaryStorage(context);
  for (const number of [1, 2]) await writeExampleSet(storage, day(number));
  const failing = (error: Error): typeof storage => ({
    ...storage,
    objects: (set, options) => (set.startsWith('2026-05-01') ? Promise.reject(error) : storage.objects(set, options)),
  });
  const broken = Object.assign(new Error('EIO: i/o error'), { code: 'EIO', syscall: 'scandir' });
  const entries = await readCatalog(failing(broken), sourceOfFile);
  assert.deepEqual(states(entries), ['2026-05-01T02-00: damaged', '2026-05-02T02-00: complete']);
  const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
  await assert.rejects(readCatalog(failing(aborted), sourceOfFile), { code: 'interrupted' });
});

test('the age of a partial set is that of its newest byte', async (context) => {
  const storage = await temporaryStorage(context);
  const writer = await openSetWriter(storage, day(1));
  const before = Date.now() - 1000;
  const sink = writer.group('mongo').sink('a', { compression: 'none' });
  sink.end('x');
  await new Promise((resolve) => sink.on('close', resolve));
  const [entry] = await readCatalog(storage, sourceOfFile);
  assert.ok(entry?.state === 'partial' && entry.changed.getTime() >= before);
});

test('"latest" is never the safety backup of a restore; its name finds it', async (context) => {
  const storage = await temporaryStorage(context);
  await writeExampleSet(storage, day(1));
  await writeExampleSet(storage, day(2), { label: 'pre-restore' });
  const entries = await readCatalog(storage, sourceOfFile);
  assert.equal(resolveEntry('latest', entries).name, '2026-05-01T02-00');
  assert.equal(resolveEntry('2026-05-02', entries).name, '2026-05-02T02-00');
});

test('"latest" is the newest complete set, and refuses when a newer one is damaged; a name finds that one too', async (context) => {
  const storage = await temporaryStorage(context);
  for (const number of [1, 2, 3]) await writeExampleSet(storage, day(number));
  await writeFile(join(storage.folder, '2026-05-03T02-00/manifest.json'), '');
  await mkdir(join(storage.folder, '2026-05-04T02-00/postgres'), { recursive: true });
  await writeFile(join(storage.folder, '2026-05-04T02-00/postgres/app.dump'), 'old');
  const entries = await readCatalog(storage, sourceOfFile);
  assert.throws(() => resolveEntry('latest', entries), {
    code: 'damaged',
    message: /^the newest set "2026-05-03T02-00" is damaged: "manifest.json" /,
    hint: /^holdfast restore 2026-05-02T02-00,/,
  });
  assert.equal(resolveEntry('2026-05-03', entries).state, 'damaged');
  assert.equal(resolveEntry('2026-05-04', entries).state, 'legacy');
  const sound = entries.filter(({ state }) => state !== 'damaged');
  assert.equal(resolveEntry('latest', sound).name, '2026-05-02T02-00');
  const old = sound.filter(({ state }) => state !== 'complete');
  assert.equal(resolveEntry('latest', old).name, '2026-05-04T02-00');
  assert.throws(() => resolveEntry('latest', []), { code: 'not-found' });
  assert.throws(() => resolveEntry('2026-05-0', entries), { code: 'ambiguous' });
});

test('a list of 100 sets with proofs is read in less than a second', async (context) => {
  const storage = await temporaryStorage(context);
  for (let number = 1; number <= 100; number += 1) {
    const { name, manifestSha256 } = await writeExampleSet(storage, day(number));
    const proof = {
      set: name,
      level: 'readable',
      host: 'h',
      holdfastVersion: '1',
      manifestSha256,
      sources: [],
    } as const;
    await writeProof(storage, { ...proof, provenAt: day(number).toISOString() });
  }
  const began = performance.now();
  const entries = await readCatalog(storage, sourceOfFile);
  const took = performance.now() - began;
  assert.equal(entries.filter((entry) => entry.state === 'complete' && entry.proof === 'readable').length, 100);
  assert.ok(took < 1000, `${took} ms`);
});
