import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startToxiproxy, type Toxic, type Toxiproxy } from '../stack/toxiproxy.ts';
import { s3Server } from './s3-servers.ts';

const server = s3Server();
let toxiproxy: Toxiproxy | undefined;
before(async () => {
  toxiproxy = await startToxiproxy();
});
after(() => toxiproxy?.stop());

const SET = '2026-05-07T15-36';
const MEBIBYTE = 1024 * 1024;
const ONCE = { attempts: 1, firstDelay: 0, longestDelay: 0 };
const PATIENT = { attempts: 40, firstDelay: 50, longestDelay: 100 };

async function through() {
  if (toxiproxy === undefined) throw new Error('toxiproxy is started before the tests');
  const way = await toxiproxy.to(server.minio().port);
  const times = { idle: 500, connect: 500, questions: PATIENT, bytes: PATIENT };
  const open = () => server.storage({ settings: { endpoint: `http://127.0.0.1:${way.port}` }, decisions: { times } });
  return { way, storage: await open() };
}

/** Makes the network bad in the middle of an upload and good again a while later. */
async function uploadWith(toxic: Toxic, milliseconds: number): Promise<void> {
  const { way, storage } = await through();
  await storage.reserve(SET);
  const bytes = randomBytes(21 * MEBIBYTE);
  let heal: Promise<void> | undefined;
  const source = Readable.from(
    (async function* () {
      for (let offset = 0; offset < bytes.length; offset += 300_000) {
        if (offset > 6 * MEBIBYTE && heal === undefined) {
          const cure = await way.poison(toxic);
          heal = setTimeout(milliseconds).then(cure);
        }
        yield bytes.subarray(offset, offset + 300_000);
      }
    })(),
  );
  assert.deepEqual(await storage.put(SET, 'a', source), { bytes: bytes.length });
  await heal;
  await storage.publish(SET);
  assert.ok(bytes.equals(await buffer(await storage.get(SET, 'a'))));
}

const TOXICS: readonly [string, Toxic, number][] = [
  [
    'connections are reset in the middle of a part',
    { type: 'reset_peer', stream: 'upstream', attributes: { timeout: 20 } },
    700,
  ],
  ['answers are reset', { type: 'reset_peer', attributes: { timeout: 20 } }, 700],
  ['nothing comes back for a while', { type: 'timeout', attributes: { timeout: 0 } }, 1500],
  ['nothing gets there for a while', { type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } }, 1500],
  [
    'connections end after some data',
    { type: 'limit_data', stream: 'upstream', attributes: { bytes: 2_000_000 } },
    700,
  ],
  ['everything takes long', { type: 'latency', attributes: { latency: 150, jitter: 50 } }, 1500],
  ['connections close late', { type: 'slow_close', attributes: { delay: 300 } }, 1500],
  ['the line is slow', { type: 'bandwidth', stream: 'upstream', attributes: { rate: 4000 } }, 2500],
];

for (const [name, toxic, milliseconds] of TOXICS) {
  test(`an upload arrives whole though ${name}`, () => uploadWith(toxic, milliseconds));
}

test('a slow line is not an idle one: a part may take longer than the idle time', async () => {
  if (toxiproxy === undefined) throw new Error('toxiproxy is started before the tests');
  const way = await toxiproxy.to(server.minio().port);
  const times = { idle: 2000, connect: 500, questions: ONCE, bytes: ONCE };
  const parts = { stages: [{ until: 10_000, bytes: 24 * MEBIBYTE }] };
  const settings = { endpoint: `http://127.0.0.1:${way.port}` };
  const storage = await server.storage({ settings, decisions: { times, parts } });
  await storage.reserve(SET);
  await way.poison({ type: 'bandwidth', stream: 'upstream', attributes: { rate: 5000 } });
  const bytes = randomBytes(24 * MEBIBYTE);
  const began = Date.now();
  assert.deepEqual(await storage.put(SET, 'a', Readable.from([bytes])), { bytes: bytes.length });
  assert.ok(Date.now() - began > 2 * times.idle);
});

test('a download that breaks goes on where it broke', async () => {
  const { way, storage } = await through();
  await storage.reserve(SET);
  const bytes = randomBytes(12 * MEBIBYTE);
  await storage.put(SET, 'a', Readable.from([bytes]));
  const heal = await way.poison({ type: 'limit_data', attributes: { bytes: 3_000_000 } });
  assert.ok(bytes.equals(await buffer(await storage.get(SET, 'a', { unfinished: true }))));
  await heal();
});

test('a provider that is gone is "unreachable" in bounded time, and an abort ends the waiting', async () => {
  const { way, storage } = await through();
  await way.close();
  const began = Date.now();
  await assert.rejects(storage.entries(), { code: 'unreachable', detail: /ECONNREFUSED/ });
  assert.ok(Date.now() - began < 10_000);
  await assert.rejects(storage.entries({ signal: AbortSignal.timeout(300) }), { code: 'interrupted' });
});
