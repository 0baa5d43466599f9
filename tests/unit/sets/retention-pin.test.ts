import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CompleteEntry, readCatalog } from '../../../scripts/sets/catalog.ts';
import { encodeWithDigest } from '../../../scripts/sets/digest.ts';
import { isPinFile, pinThatHolds, writePin } from '../../../scripts/sets/pin.ts';
import { openSet } from '../../../scripts/sets/reader.ts';
import { planRetention } from '../../../scripts/sets/retention.ts';
import { verifyIntact } from '../../../scripts/sets/verify.ts';
import type { Storage } from '../../../scripts/storage/storage.ts';
import { quiet, sourceOfFile, temporaryStorage, writeExampleSet } from './example-set.ts';

const made = new Date('2026-05-01T02:00:00Z');
const later = (minutes: number): Date => new Date(made.getTime() + minutes * 60_000);
const writer = { host: 'laptop', holdfastVersion: '0.1.0' };

/** A storage with one set, and what is done with it. */
async function openOne(context: TestContext, label?: string) {
  const storage = await temporaryStorage(context);
  const { name: set } = await writeExampleSet(storage, made, label === undefined ? {} : { label });
  const entry = () => onlyEntry(storage);
  return {
    storage,
    set,
    folder: join(storage.folder, set),
    entry,
    pinNow: async () => (await entry()).pin,
    pin: (at: Date, why?: string) => writePin(storage, { set, pinned: true, why, ...writer }, at),
    unpin: (at: Date) => writePin(storage, { set, pinned: false, ...writer }, at),
  };
}

async function onlyEntry(storage: Storage): Promise<CompleteEntry> {
  const [entry] = await readCatalog(storage, sourceOfFile);
  assert.ok(entry?.state === 'complete');
  return entry;
}

test('a set is pinned, unpinned and pinned again; the newest counts and the manifest never changes', async (context) => {
  const { pin, unpin, pinNow, folder } = await openOne(context);
  const manifest = await readFile(join(folder, 'manifest.json'));
  assert.equal(await pinNow(), undefined);
  assert.equal(await pin(later(1), 'the audit'), 'pin-2026-05-01T02-01-00-000Z.json');
  assert.deepEqual(await pinNow(), { by: 'pin', since: '2026-05-01T02:01:00.000Z', why: 'the audit' });
  assert.equal(await unpin(later(2)), 'unpin-2026-05-01T02-02-00-000Z.json');
  assert.equal(await pinNow(), undefined);
  await pin(later(3));
  assert.deepEqual(await pinNow(), { by: 'pin', since: '2026-05-01T02:03:00.000Z' });
  assert.deepEqual(await readFile(join(folder, 'manifest.json')), manifest);
});

test('a label pins a set until it is unpinned', async (context) => {
  const { unpin, pin, pinNow } = await openOne(context, 'pre-migration');
  assert.deepEqual(await pinNow(), { by: 'label', since: made.toISOString(), why: 'pre-migration' });
  await pin(later(1), 'and more');
  assert.equal((await pinNow())?.why, 'and more');
  await unpin(later(2));
  assert.equal(await pinNow(), undefined);
});

test('what is written last counts, also when its clock is behind or of the same millisecond', async (context) => {
  const { pin, unpin, pinNow } = await openOne(context);
  await pin(later(60 * 24 * 365));
  assert.equal(await unpin(later(1)), 'unpin-2027-05-01T02-00-00-001Z.json');
  assert.equal(await pinNow(), undefined);
  assert.equal(await pin(later(60 * 24 * 365)), 'pin-2027-05-01T02-00-00-002Z.json');
  assert.equal((await pinNow())?.since, '2027-05-01T02:00:00.002Z');
});

test('in doubt a set is pinned: a broken pin holds, a broken or strange removal counts for nothing', async (context) => {
  const { pin, unpin, pinNow, folder, set, storage } = await openOne(context);
  const file = await pin(later(1), 'the audit');
  await writeFile(join(folder, file), '{');
  assert.deepEqual(await pinNow(), { by: 'pin', since: '2026-05-01T02:01:00.000Z' });
  const removal = await unpin(later(2));
  assert.equal(await pinNow(), undefined);
  const other = { schema: 'holdfast-pin/v1', set: '2026-05-02T02-00', pinned: false, at: later(2) };
  for (const content of [
    Buffer.from('{'),
    encodeWithDigest(other),
    encodeWithDigest({ ...other, set, pinned: true }),
    encodeWithDigest({ ...other, set, schema: 'holdfast-pin/v2' }),
  ]) {
    await writeFile(join(folder, removal), content);
    assert.equal((await pinNow())?.by, 'pin', content.toString());
  }
  await writeFile(join(folder, removal), encodeWithDigest({ ...other, set }));
  assert.equal(await pinNow(), undefined);
  await storage.add(set, 'pin-2026-05-01T02-02-00-000Z.json', Buffer.from(''));
  assert.equal((await pinNow())?.by, 'pin', 'a pin and a removal of one moment');
});

test('a reason that would spoil a terminal is not shown', async (context) => {
  const { pin, pinNow } = await openOne(context);
  for (const [minute, why] of ['two\nlines', '\x1b[31mred', '', { a: 1 } as unknown as string].entries()) {
    await pin(later(minute), why);
    assert.deepEqual(Object.keys((await pinNow()) ?? {}), ['by', 'since']);
  }
});

test('a storage that does not answer is told and not taken for an unpinned set', async (context) => {
  const { storage, pin } = await openOne(context);
  const file = await pin(later(1));
  const failing: Storage = {
    ...storage,
    get: (set, path, options) =>
      path === file
        ? Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }))
        : storage.get(set, path, options),
  };
  const [entry] = await readCatalog(failing, sourceOfFile);
  assert.equal(entry?.state, 'damaged');
});

test('sets without pins cost no request more', async (context) => {
  const { storage, pin } = await openOne(context, 'pre-migration');
  const read: string[] = [];
  const counting: Storage = {
    ...storage,
    get: (set, path, options) => {
      read.push(path);
      return storage.get(set, path, options);
    },
  };
  await readCatalog(counting, sourceOfFile);
  assert.deepEqual(read.splice(0), ['manifest.json']);
  await pin(later(1));
  const file = await pin(later(2));
  await readCatalog(counting, sourceOfFile);
  assert.deepEqual(read, ['manifest.json', file]);
});

test('verify takes pins for what they are, and what only looks like one for foreign', async (context) => {
  const { storage, set, pin, unpin } = await openOne(context);
  await pin(later(1));
  await unpin(later(2));
  await storage.add(set, 'pin-2026-99-01T00-00-00-000Z.json', Buffer.from(''));
  const found = await verifyIntact(await openSet(storage, set, sourceOfFile), quiet);
  assert.ok(found.intact);
  assert.deepEqual(found.foreign, ['pin-2026-99-01T00-00-00-000Z.json']);
  assert.equal(isPinFile('postgres/pin-2026-05-01T00-00-00-000Z.json'), false);
});

test('retention keeps a pinned set and says why', async (context) => {
  const { entry, pin, unpin } = await openOne(context);
  const plan = async () => {
    const old = { ...(await entry()), proof: 'readable' } as const;
    const now = new Date('2026-05-31T02:00:00Z');
    const newest = { ...old, name: 'newest', time: now };
    const { pin: _pin, ...unpinned } = newest;
    return planRetention([old, unpinned], { days: 7, now, environment: 'shop', runFailed: false })[0]?.reason;
  };
  assert.equal((await plan())?.rule, 'expired');
  await pin(later(1), 'the audit');
  const found = { by: 'pin', since: '2026-05-01T02:01:00.000Z', why: 'the audit' };
  assert.deepEqual(await plan(), { rule: 'pinned', pin: found });
  await unpin(later(2));
  assert.equal((await plan())?.rule, 'expired');
});

test('a set made right before a restore or a migration is pinned for a time, with any other label for ever', () => {
  const holds = (days: number, label: string, labelDays?: number): boolean => {
    const pin = { by: 'label', since: made.toISOString(), why: label } as const;
    return pinThatHolds({ pin, time: made }, new Date(made.getTime() + days * 86_400_000), labelDays) === pin;
  };
  assert.deepEqual(
    [holds(29, 'pre-restore'), holds(32, 'pre-restore'), holds(32, 'pre-migration')],
    [true, false, false],
  );
  assert.deepEqual([holds(32, 'pre-migration', 40), holds(4, 'pre-restore', 2)], [true, false]);
  assert.equal(holds(900, 'release'), true);
  const pin = { by: 'pin', since: made.toISOString(), why: 'pre-restore' } as const;
  assert.equal(pinThatHolds({ pin, time: made }, new Date(made.getTime() + 900 * 86_400_000)), pin);
});
