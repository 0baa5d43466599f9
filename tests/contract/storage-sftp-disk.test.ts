import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { Storage } from '../../scripts/storage/storage.ts';
import { type SshServer, startSshd, whyNoSshd } from '../stack/sshd.ts';
import { megabytes, newFolder, onThisMachine, openSftp, SET } from './sftp-storage.ts';

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

describe('sftp on the disk of the server', { skip }, () => {
  let started: SshServer;
  const server = () => started;
  before(async () => {
    started = await startSshd();
  });
  after(async () => await started.stop());

  test('a full disk is "no-space", leaves no object, and the old sets are still there', async (context) => {
    const storage = await openSftp(server(), { folder: await tinyDisk(context, server()) });
    await publish(storage);
    await storage.reserve('2026-05-08T00-00');
    await assert.rejects(storage.put('2026-05-08T00-00', 'b', megabytes(20)), {
      name: 'Failure',
      code: 'no-space',
      message: `cannot write "2026-05-08T00-00/b": the server's disk is full`,
    });
    assert.deepEqual(await storage.objects('2026-05-08T00-00', UNFINISHED), []);
    assert.ok(((await storage.freeBytes()) ?? 0) > 7_000_000);
    await assert.rejects(storage.add(SET, 'proof.json', Buffer.alloc(20_000_000)), { code: 'no-space' });
    assert.equal((await storage.objects(SET)).length, 1);
  });

  test('a folder that may not be written is "denied", with the advice to make it', async () => {
    const folder = newFolder(server());
    await mkdir(onThisMachine(server(), folder), { mode: 0o755 });
    await assert.rejects((await openSftp(server(), { folder })).reserve(SET), { name: 'Failure', code: 'denied' });
    const outside = await openSftp(server(), { folder: '/elsewhere/sets' });
    await assert.rejects(outside.reserve(SET), { code: 'denied', hint: /docs\/storage-sftp\.md/ });
    assert.deepEqual(await outside.entries(), []);
  });

  test('everything is readable by the account alone', async () => {
    const folder = newFolder(server());
    await publish(await openSftp(server(), { folder }));
    const place = onThisMachine(server(), folder);
    const mode = async (path: string) => ((await stat(join(place, path))).mode & 0o777).toString(8);
    for (const path of ['.', SET, `${SET}/postgres`]) assert.equal(await mode(path), '700');
    assert.equal(await mode(`${SET}/postgres/app.dump`), '600');
    assert.deepEqual(await everything(place), [SET, `${SET}/postgres`, `${SET}/postgres/app.dump`]);
  });

  test('symbolic links are neither read, written through, listed nor removed through', async () => {
    const folder = newFolder(server());
    const storage = await openSftp(server(), { folder });
    await storage.reserve(SET);
    const place = join(onThisMachine(server(), folder), `${SET}.partial`);
    const outside = join(server().root, 'outside');
    await mkdir(outside, { recursive: true, mode: 0o777 });
    await chmod(outside, 0o777);
    await writeFile(join(outside, 'secret'), 'secret', { mode: 0o644 });
    await symlink('../../outside', join(place, 'mongo'));
    await symlink('../../outside/secret', join(place, 'link'));
    await assert.rejects(storage.get(SET, 'mongo/secret', UNFINISHED), { code: 'storage' });
    await assert.rejects(storage.get(SET, 'link', UNFINISHED), { code: 'storage' });
    await assert.rejects(storage.put(SET, 'mongo/new', body('x')), { code: 'storage' });
    await assert.rejects(storage.discard(SET, 'mongo/secret'), { code: 'storage' });
    assert.deepEqual(await storage.objects(SET, UNFINISHED), []);
    await storage.remove(SET, UNFINISHED);
    assert.deepEqual(await readdir(outside), ['secret']);
  });

  test('a set whose file still grows shows a sign of life, and the growing file is not listed', async () => {
    const folder = newFolder(server());
    const storage = await openSftp(server(), { folder });
    await storage.reserve(SET);
    await storage.put(SET, 'postgres/a', body('x'));
    const place = join(onThisMachine(server(), folder), `${SET}.partial`);
    await writeFile(join(place, 'postgres', '.0123456789ab.part'), 'half');
    for (const path of ['postgres/a', 'postgres', '.']) await utimes(join(place, path), 1000, 1000);
    const [entry] = await storage.entries();
    assert.ok(Date.now() - (entry?.modified.getTime() ?? 0) < 60_000);
    assert.equal((await storage.objects(SET, UNFINISHED)).length, 1);
  });

  test('a removal that was cut off is not listed, and is swept and named by the next run', async () => {
    const folder = newFolder(server());
    const storage = await openSftp(server(), { folder });
    await publish(storage);
    const place = onThisMachine(server(), folder);
    execFileSync('cp', ['-a', join(place, SET), join(place, `.removing-${SET}-0a1b2c`)]);
    assert.equal((await storage.entries()).length, 1);
    assert.deepEqual(await storage.sweep(), [SET]);
    assert.deepEqual(await readdir(place), [SET]);
  });
});

/** A file system of eight megabytes below the account's folder; gives the folder's name there. */
async function tinyDisk(context: TestContext, server: SshServer): Promise<string> {
  const folder = newFolder(server);
  const place = onThisMachine(server, folder);
  await mkdir(place);
  const { uid, gid } = await stat(server.root);
  const options = `size=8m,uid=${uid},gid=${gid},mode=0700`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place], { stdio: 'pipe' });
  // Detached at once, also while a server process still holds a file there.
  context.after(() => execFileSync('umount', ['-l', place]));
  return folder;
}

describe('sftp on servers that allow less', { skip }, () => {
  const allowing = async (context: TestContext, command: string): Promise<Storage & { place: string }> => {
    const server = await startSshd([`ForceCommand ${command}`]);
    context.after(() => server.stop());
    const folder = newFolder(server);
    return { ...(await openSftp(server, { folder })), place: onThisMachine(server, folder) };
  };

  test('one without any extension takes and gives sets, and does not tell its free space', async (context) => {
    const denied = 'posix-rename,statvfs,fstatvfs,hardlink,fsync,lsetstat,limits,expand-path';
    const storage = await allowing(context, `internal-sftp -P ${denied}`);
    await publish(storage);
    await storage.add(SET, 'proof.json', Buffer.from('{}'));
    await assert.rejects(storage.add(SET, 'proof.json', Buffer.from('{}')), { code: 'storage' });
    assert.equal((await buffer(await storage.get(SET, 'postgres/app.dump'))).toString(), 'content');
    assert.equal(await storage.freeBytes(), undefined);
    await storage.remove(SET);
    assert.deepEqual(await everything(storage.place), []);
  });

  test('one that deletes nothing keeps the set visible and says "denied"', async (context) => {
    const storage = await allowing(context, 'internal-sftp -P remove,rmdir');
    await publish(storage);
    await assert.rejects(storage.remove(SET), { code: 'denied' });
    assert.deepEqual(
      (await storage.entries()).map(({ name }) => name),
      [SET],
    );
    assert.equal((await storage.objects(SET)).length, 1);
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new Error('broken');
      })(),
    );
    await storage.reserve('2026-05-08T00-00');
    await assert.rejects(storage.put('2026-05-08T00-00', 'a', broken), { detail: 'broken' });
    assert.deepEqual(await storage.objects('2026-05-08T00-00', UNFINISHED), []);
  });

  test('one that is read-only lists, and says "denied" to the rest', async (context) => {
    const storage = await allowing(context, 'internal-sftp -R');
    assert.deepEqual(await storage.entries(), []);
    await assert.rejects(storage.reserve(SET), { code: 'denied' });
  });
});
