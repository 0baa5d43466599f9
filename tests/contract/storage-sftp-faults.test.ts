import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Storage } from '../../scripts/storage/storage.ts';
import { type SshServer, startSshd, whyNoSshd } from '../stack/sshd.ts';
import { endless, megabytes, newFolder, onThisMachine, openImpatient, openSftp, SET } from './sftp-storage.ts';

const skip = whyNoSshd() ?? false;
const UNFINISHED = { unfinished: true };

const body = (text: string): Readable => Readable.from([Buffer.from(text)]);

async function publish(storage: Storage): Promise<void> {
  await storage.reserve(SET);
  await storage.put(SET, 'postgres/app.dump', body('content'));
  await storage.publish(SET);
}

/** Everything below a folder of this machine, by relative path. */
async function everything(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

describe('sftp over a connection that breaks', { skip }, () => {
  let server: SshServer;
  before(async () => {
    server = await startSshd();
  });
  after(async () => await server.stop());

  breaking(() => server);
});

function breaking(server: () => SshServer): void {
  test('a server that dies in mid-put is "unreachable" at once, nothing half is visible, and the next call reconnects', async () => {
    const folder = newFolder(server());
    const storage = await openSftp(server(), { folder });
    await storage.reserve(SET);
    const source = endless();
    const putting = storage.put(SET, 'postgres/app.dump', source);
    const told = assert.rejects(putting, {
      name: 'Failure',
      code: 'unreachable',
      message: new RegExp(`^cannot write "${SET}/postgres/app.dump": the connection to ".*" broke$`),
    });
    const inner = join(onThisMachine(server(), folder), `${SET}.partial`);
    while ((await everything(inner).catch(() => [])).length < 2) await sleep(5);
    await server().kill();
    const killed = performance.now();
    try {
      await told;
      assert.ok(performance.now() - killed < 3000, 'told late');
      assert.ok(source.destroyed);
      await assert.rejects(storage.entries(), { code: 'unreachable' });
    } finally {
      await server().start();
    }
    assert.deepEqual(await storage.objects(SET, UNFINISHED), []);
    assert.deepEqual(await storage.put(SET, 'postgres/app.dump', body('again')), { bytes: 5 });
    await storage.publish(SET);
    assert.equal((await buffer(await storage.get(SET, 'postgres/app.dump'))).toString(), 'again');
  });

  test('a server that falls silent is "unreachable" in time, for a put, a get and a listing', async () => {
    const storage = openImpatient(server(), newFolder(server()), { keepAlive: 300 });
    await publish(storage);
    await storage.reserve('2026-05-08T00-00');
    await storage.put('2026-05-08T00-00', 'a', megabytes(20));
    const reading = await storage.get('2026-05-08T00-00', 'a', UNFINISHED);
    const putting = storage.put('2026-05-08T00-00', 'b', endless());
    await sleep(100);
    await server().freeze(true);
    const began = performance.now();
    try {
      await Promise.all([
        assert.rejects(putting, { code: 'unreachable', detail: 'no answer for 0.9 s' }),
        assert.rejects(buffer(reading), { code: 'unreachable' }),
        assert.rejects(storage.entries(), { code: 'unreachable' }),
      ]);
      assert.ok(performance.now() - began < 5000, 'told late');
    } finally {
      await server().freeze(false);
    }
    assert.equal((await storage.entries()).length, 2);
  });

  test('an abort while the server is silent does not wait for it', async () => {
    const storage = openImpatient(server(), newFolder(server()), { keepAlive: 60_000 });
    await storage.reserve(SET);
    await server().freeze(true);
    const began = performance.now();
    try {
      await assert.rejects(storage.entries({ signal: AbortSignal.timeout(100) }), { code: 'interrupted' });
      assert.ok(performance.now() - began < 2000, 'told late');
    } finally {
      await server().freeze(false);
    }
  });

  test('an abort of a put while the server is silent waits for the cleaning up, but not for long', async () => {
    const storage = openImpatient(server(), newFolder(server()), { keepAlive: 60_000 });
    await storage.reserve(SET);
    const controller = new AbortController();
    const putting = storage.put(SET, 'a', endless(), { signal: controller.signal });
    await sleep(200);
    await server().freeze(true);
    const began = performance.now();
    try {
      controller.abort();
      await assert.rejects(putting, { code: 'interrupted' });
      assert.ok(performance.now() - began < 10_000, 'told late');
    } finally {
      await server().freeze(false);
    }
    assert.deepEqual(await storage.objects(SET, UNFINISHED), []);
  });

  test('several files go over one connection at once', async () => {
    // Those of the tests before are on their way out.
    while ((await countConnections(server())) > 0) await sleep(50);
    const storage = await openSftp(server());
    await storage.reserve(SET);
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const [counts] = await Promise.all([
      countConnections(server()),
      ...names.map((name) => storage.put(SET, `mongo/${name}`, megabytes(10))),
    ]);
    assert.equal(counts, 1);
    for (const { bytes } of await storage.objects(SET, UNFINISHED)) assert.equal(bytes, 10 * 1024 * 1024);
  });

  test('many who find the connection broken share one new one, and none stays open', async () => {
    const storage = await openSftp(server());
    await storage.reserve(SET);
    await server().kill();
    await server().start();
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const [counts] = await Promise.all([
      countConnections(server()),
      ...names.map((name) => storage.put(SET, name, megabytes(5))),
    ]);
    assert.equal(counts, 1);
    for (let looks = 0; looks < 100 && (await countConnections(server())) > 0; looks += 1) await sleep(20);
    assert.equal(await countConnections(server()), 0);
  });

  test('an account without SFTP is told so', async (context) => {
    const shell = await startSshd(['ForceCommand /bin/false']);
    context.after(() => shell.stop());
    await assert.rejects((await openSftp(shell)).entries(), { code: 'storage', message: /opens no SFTP session/ });
  });
}

/** The most connections to the server that are seen within a moment. */
async function countConnections({ port }: SshServer): Promise<number> {
  let most = 0;
  for (let looks = 0; looks < 10; looks += 1) {
    const sockets = execFileSync('cat', ['/proc/net/tcp']).toString().split('\n');
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    const established = sockets.filter((line) => {
      const [, , far, state] = line.trim().split(/\s+/);
      return far?.endsWith(suffix) && state === '01';
    });
    most = Math.max(most, established.length);
    await sleep(20);
  }
  return most;
}
