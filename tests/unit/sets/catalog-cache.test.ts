import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readCatalog } from '../../../scripts/sets/catalog.ts';
import { openCatalogCache } from '../../../scripts/sets/catalog-cache.ts';
import { decodeWithDigest, encodeWithDigest } from '../../../scripts/sets/digest.ts';
import { writePin } from '../../../scripts/sets/pin.ts';
import { writeProof } from '../../../scripts/sets/proof.ts';
import type { Storage } from '../../../scripts/storage/storage.ts';
import { sourceOfFile, temporaryFolder, temporaryStorage, writeExampleSet } from './example-set.ts';

const day = (number: number): Date => new Date(Date.UTC(2026, 4, number, 2));

/** Three sets, one with a proof, a pin and a broken proof; a list through a cache, and the files that it read. */
async function openExample(context: TestContext) {
  const storage = await temporaryStorage(context);
  const { name: set, manifestSha256 } = await writeExampleSet(storage, day(1));
  for (const number of [2, 3]) await writeExampleSet(storage, day(number), { label: 'pre-migration' });
  const facts = { set, host: 'h', holdfastVersion: '1' };
  await writeProof(storage, {
    ...facts,
    level: 'readable',
    provenAt: day(4).toISOString(),
    manifestSha256,
    sources: [],
  });
  await writePin(storage, { ...facts, pinned: true, why: 'größer ✓' }, day(4));
  await storage.add(set, 'proof-1.json', Buffer.from([0x7b, 0xff, 0x00, 0xc3]));
  const file = join(await temporaryFolder(context), 'state', 'catalog', 'one.json');
  const list = async (changes: Partial<Storage> = {}) => {
    const read: string[] = [];
    const counting: Storage = {
      ...storage,
      ...changes,
      get: (from, path, options) => {
        read.push(`${from}/${path}`);
        return storage.get(from, path, options);
      },
    };
    const cache = await openCatalogCache(file);
    return { entries: await readCatalog(counting, sourceOfFile, { cache }), read };
  };
  return { storage, set, file, list };
}

test('a second list reads no file again, and says the very same as the first and as one without a cache', async (context) => {
  const { storage, list } = await openExample(context);
  const [plain, first, second] = [await readCatalog(storage, sourceOfFile), await list(), await list()];
  assert.equal(first.read.length, 6);
  assert.deepEqual(second.read, []);
  assert.deepEqual(first.entries, plain);
  assert.deepEqual(second.entries, plain);
  assert.deepEqual(
    plain.map((entry) => entry.state === 'complete' && [entry.proof, entry.pin?.why]),
    [
      ['readable', 'größer ✓'],
      ['stored', 'pre-migration'],
      ['stored', 'pre-migration'],
    ],
  );
});

test('what is new, or has another size, time or etag, is read again, and what is gone is forgotten', async (context) => {
  const { storage, set, file, list } = await openExample(context);
  await list();
  await rm(join(storage.folder, '2026-05-02T02-00'), { recursive: true });
  const { name } = await writeExampleSet(storage, day(4));
  assert.deepEqual((await list()).read, [`${name}/manifest.json`]);
  assert.doesNotMatch(await readFile(file, 'utf8'), /2026-05-02T02-00/);
  const manifest = join(storage.folder, set, 'manifest.json');
  const bytes = await readFile(manifest);
  await writeFile(manifest, Buffer.concat([bytes, Buffer.from('\n')]));
  const longer = await list();
  assert.deepEqual(longer.read, [`${set}/manifest.json`]);
  assert.equal(longer.entries[0]?.state, 'damaged');
  await writeFile(manifest, bytes);
  assert.equal((await list()).entries[0]?.state, 'complete');
  await rm(join(storage.folder, name), { recursive: true });
  await list();
  assert.doesNotMatch(await readFile(file, 'utf8'), new RegExp(`${name}/manifest`));
});

test('a manifest of which one fact is another is read again, once', async (context) => {
  const { storage, set, list } = await openExample(context);
  await list();
  for (const other of [{ bytes: 7 }, { modified: new Date(7) }, { etag: 'other' }]) {
    const objects = async (of: string) =>
      (await storage.objects(of)).map((object) =>
        object.path === `${set}/manifest.json` ? { ...object, ...other } : object,
      );
    assert.deepEqual((await list({ objects })).read, [`${set}/manifest.json`], JSON.stringify(other));
    assert.deepEqual((await list({ objects })).read, []);
    assert.deepEqual((await list()).read, [`${set}/manifest.json`]);
  }
});

test('the missing artifact of a remembered set is seen', async (context) => {
  const { storage, set, list } = await openExample(context);
  await list();
  await rm(join(storage.folder, set, 'postgres/app.dump'));
  const [entry] = (await list()).entries;
  assert.ok(entry?.state === 'damaged' && entry.reason === '"postgres/app.dump" is missing');
});

test("the file is the owner's alone, and a damaged one, or one of another version, is made anew", async (context) => {
  const { file, list } = await openExample(context);
  const { entries } = await list();
  const whole = await readFile(file);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await stat(join(file, '..'))).mode & 0o777, 0o700);
  const flipped = Buffer.from(whole);
  flipped[200] = (flipped[200] ?? 0) ^ 1;
  const other = encodeWithDigest({ ...(decodeWithDigest(whole, file) as object), schema: 'holdfast-catalog/v0' });
  for (const content of [flipped, Buffer.alloc(0), Buffer.from('{}'), other, whole.subarray(0, 500)]) {
    await writeFile(file, content);
    const found = await list();
    assert.equal(found.read.length, 6);
    assert.deepEqual(found.entries, entries);
    assert.deepEqual(await readFile(file), whole);
  }
  assert.deepEqual(await readdir(join(file, '..')), ['one.json']);
});

test('where nothing can be written a list says what it says', async (context) => {
  const { file, list } = await openExample(context);
  const folder = join(file, '..', '..');
  await rm(folder, { recursive: true, force: true });
  await writeFile(folder, 'a file in the place of the folder');
  assert.equal((await list()).entries.length, 3);
  await rm(folder);
  await mkdir(folder);
  await chmod(folder, 0o500);
  assert.equal((await list()).entries.length, 3);
});

test('a change between two pages of a list is no damage', async (context) => {
  const { storage, list } = await openExample(context);
  const withObjects = async () => {
    const found = await storage.entries();
    const half = async (name: string) => (await storage.objects(name)).filter(({ path }) => !path.endsWith('.dump'));
    return await Promise.all(found.map(async (entry) => ({ ...entry, objects: await half(entry.name) })));
  };
  const { entries } = await list({ entries: withObjects });
  assert.deepEqual(
    entries.map(({ state }) => state),
    ['complete', 'complete', 'complete'],
  );
});
