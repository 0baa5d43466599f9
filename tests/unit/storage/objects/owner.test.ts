import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { Failure } from '../../../../scripts/common/failure.ts';
import { ownIdentity } from '../../../../scripts/common/process-identity.ts';
import { objectStorage } from '../../../../scripts/storage/objects/object-storage.ts';
import { type MemoryStore, memoryStore } from './memory-store.ts';

const SET = '2026-05-07T15-36';
const open = (store: MemoryStore) => objectStorage(store, { name: 'memory', location: 'memory://' });

/** The identity of a process of this machine that has ended. */
async function deadIdentity() {
  const child = spawn('sleep', ['0']);
  await once(child, 'close');
  return { ...(await ownIdentity()), pid: child.pid, processStart: '1' };
}

/** An unfinished set with one artifact whose reservation says this. */
async function unfinishedSet(reservation: string): Promise<MemoryStore> {
  const store = memoryStore();
  store.uploadsNeedNames = true;
  const storage = open(store);
  await storage.reserve(SET);
  await storage.put(SET, 'a', Readable.from([Buffer.from('x')]));
  store.uploads = [{ key: `${SET}/a`, begun: new Date() }];
  store.content.set(`${SET}.partial/reservation`, { bytes: Buffer.from(reservation), modified: new Date() });
  return store;
}

test('an unfinished set of a process of this machine that is gone is swept, and its uploads with it', async () => {
  const store = await unfinishedSet(JSON.stringify(await deadIdentity()));
  const { sweepUnfinished } = store;
  // As MinIO does: who does not name the whole key sees none.
  store.sweepUnfinished = async (prefix, isLeftOver) =>
    prefix === `${SET}/a` ? await sweepUnfinished(prefix, isLeftOver) : 0;
  assert.deepEqual(await open(store).sweep(), [SET]);
  assert.deepEqual([[...store.content.keys()], store.uploads], [[], []]);
});

test('the reservation of a process that runs says who it is', async () => {
  const store = memoryStore();
  await open(store).reserve(SET);
  const said = JSON.parse(store.content.get(`${SET}.partial/reservation`)?.bytes.toString() ?? '');
  assert.deepEqual({ ...said, id: '' }, { ...(await ownIdentity()), id: '' });
});

test('whoever may still write a set is left alone', async () => {
  const dead = await deadIdentity();
  const others = {
    'it runs': await ownIdentity(),
    'another machine, or another start of this one': { ...dead, bootId: 'another' },
    'another container': { ...dead, pidSpace: 'pid:[1]' },
    'a system that does not tell': { ...dead, bootId: '', pidSpace: '' },
    'no process': { ...dead, pid: 'x' },
  };
  const words = Object.entries(others).map(([name, owner]) => [name, JSON.stringify(owner)] as const);
  for (const [name, reservation] of [...words, ['an older Holdfast', '6f2a\n'] as const]) {
    const store = await unfinishedSet(reservation);
    assert.deepEqual(await open(store).sweep(), [], name);
    assert.ok(store.content.has(`${SET}/a`), name);
  }
});

test('of two who reserved at once, one alive is enough; and a key that may not read finds nobody dead', async () => {
  const reservation = JSON.stringify(await deadIdentity());
  const store = await unfinishedSet(reservation);
  const second = { bytes: Buffer.from(JSON.stringify(await ownIdentity())), modified: new Date() };
  store.content.set(`${SET}.partial/reservation-1`, second);
  assert.deepEqual(await open(store).sweep(), []);
  const hidden = await unfinishedSet(reservation);
  hidden.failures.set('get', new Failure('denied', { message: 'no' }));
  assert.deepEqual(await open(hidden).sweep(), []);
  assert.ok(hidden.content.has(`${SET}/a`));
});
