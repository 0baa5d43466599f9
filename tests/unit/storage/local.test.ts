import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { openStorage, storageKinds } from '../../../scripts/storage/index.ts';
import { localStorage } from '../../../scripts/storage/local.ts';
import { temporaryFolder, temporaryStorage } from '../sets/example-set.ts';

const SET = '2026-05-07T15-36';
const body = (text: string): Readable => Readable.from([Buffer.from(text)]);

/** The permission bits of a path, in octal. */
async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

test('everything is readable by its owner alone, whatever the umask', async (context) => {
  const before = process.umask(0);
  context.after(() => process.umask(before));
  const storage = await temporaryStorage(context);
  await storage.reserve(SET);
  await storage.put(SET, 'postgres/deep/app.dump', body('x'));
  assert.equal(await modeOf(join(storage.folder, `${SET}.partial`)), '700');
  await storage.publish(SET);
  await storage.add(SET, 'proof.json', Buffer.from('{}'));
  const folders = [storage.folder, join(storage.folder, SET), join(storage.folder, SET, 'postgres', 'deep')];
  for (const folder of folders) assert.equal(await modeOf(folder), '700');
  for (const file of ['postgres/deep/app.dump', 'proof.json'])
    assert.equal(await modeOf(join(storage.folder, SET, file)), '600');
});

test('symbolic links below the root are neither read, written through, listed nor removed through', async (context) => {
  const storage = await temporaryStorage(context);
  const outside = await temporaryFolder(context);
  await writeFile(join(outside, 'secret'), 'secret');
  await storage.reserve(SET);
  await symlink(outside, join(storage.folder, `${SET}.partial`, 'mongo'));
  await symlink(join(outside, 'secret'), join(storage.folder, `${SET}.partial`, 'link'));
  const unfinished = { unfinished: true };
  await assert.rejects(storage.get(SET, 'mongo/secret', unfinished), { code: 'storage' });
  await assert.rejects(storage.get(SET, 'link', unfinished), { code: 'storage' });
  await assert.rejects(storage.put(SET, 'mongo/new', body('x')), { code: 'storage' });
  await assert.rejects(storage.discard(SET, 'mongo/secret'), { code: 'storage' });
  assert.deepEqual(await storage.objects(SET, unfinished), []);
  await storage.remove(SET, unfinished);
  assert.deepEqual(await readdir(outside), ['secret']);
});

test('a set that is a symbolic link is not a folder, and removing it is refused', async (context) => {
  const storage = await temporaryStorage(context);
  const outside = await temporaryFolder(context);
  await writeFile(join(outside, 'app.dump'), 'x');
  await mkdir(storage.folder, { recursive: true });
  await symlink(outside, join(storage.folder, SET));
  assert.equal((await storage.entries())[0]?.isFolder, false);
  assert.deepEqual(await storage.objects(SET), []);
  await assert.rejects(storage.get(SET, 'app.dump'), { code: 'storage' });
  await assert.rejects(storage.remove(SET), { code: 'storage' });
  await assert.rejects(storage.reserve(SET), { code: 'storage' });
  assert.deepEqual(await readdir(outside), ['app.dump']);
});

test('the root itself may be reached through a symbolic link', async (context) => {
  const folder = await temporaryFolder(context);
  await mkdir(join(folder, 'disk'));
  await symlink(join(folder, 'disk'), join(folder, 'backups'));
  const storage = localStorage({ folder: join(folder, 'backups') });
  await storage.reserve(SET);
  await storage.put(SET, 'a', body('x'));
  await storage.publish(SET);
  assert.deepEqual(await readdir(join(folder, 'disk', SET)), ['a']);
});

test('publishing does not replace an empty folder of the same name', async (context) => {
  const storage = await temporaryStorage(context);
  await storage.reserve(SET);
  await mkdir(join(storage.folder, SET));
  await assert.rejects(storage.publish(SET), { code: 'storage' });
  assert.deepEqual((await readdir(storage.folder)).sort(), [SET, `${SET}.partial`]);
});

test('a removal that was cut off is not listed, and is swept and named by the next run', async (context) => {
  const storage = await temporaryStorage(context);
  await mkdir(join(storage.folder, `.removing-${SET}-0a1b2c`, 'postgres'), { recursive: true });
  await writeFile(join(storage.folder, `.removing-${SET}-0a1b2c`, 'postgres', 'app.dump'), 'x');
  await mkdir(join(storage.folder, '2026-05-08T00-00'));
  assert.deepEqual(
    (await storage.entries()).map(({ name }) => name),
    ['2026-05-08T00-00'],
  );
  assert.deepEqual(await storage.sweep(), [SET]);
  assert.deepEqual(await readdir(storage.folder), ['2026-05-08T00-00']);
});

test('a folder that is missing has no entries, nothing to sweep, and the free space of its parent', async (context) => {
  const storage = localStorage({ folder: join(await temporaryFolder(context), 'not', 'yet') });
  assert.deepEqual(await storage.entries(), []);
  assert.deepEqual(await storage.sweep(), []);
  assert.ok(((await storage.freeBytes()) ?? 0) > 0);
});

/** A file system of one megabyte, where we may mount one. */
async function tinyFolder(context: TestContext): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const folder = await mkdtemp('/tmp/holdfast-tiny-');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    await rm(folder, { recursive: true });
    return undefined;
  }
  context.after(async () => {
    execFileSync('umount', [folder]);
    await rm(folder, { recursive: true });
  });
  return folder;
}

test('a full disk is "no-space", leaves no object, and the old sets are still there', async (context) => {
  const folder = await tinyFolder(context);
  if (folder === undefined) return context.skip('needs root on Linux and the right to mount a tmpfs');
  const storage = localStorage({ folder });
  await storage.reserve(SET);
  await storage.put(SET, 'a', body('old'));
  await storage.publish(SET);
  await storage.reserve('2026-05-08T00-00');
  const large = Readable.from(Array.from({ length: 40 }, () => randomBytes(50_000)));
  await assert.rejects(storage.put('2026-05-08T00-00', 'postgres/b', large), { name: 'Failure', code: 'no-space' });
  assert.deepEqual(await storage.objects('2026-05-08T00-00', { unfinished: true }), []);
  assert.ok(((await storage.freeBytes()) ?? 0) > 900_000);
  const addition = storage.add(SET, 'proof.json', randomBytes(2_000_000));
  await assert.rejects(addition, { code: 'no-space' });
  assert.deepEqual(await readdir(join(folder, SET)), ['a']);
});

test('a folder that may not be written is "denied"', async (context) => {
  const root = process.geteuid?.() === 0;
  // Before the folder's own hook: hooks run in the order in which they were made, and "nobody" may not remove it.
  if (root) context.after(() => process.seteuid?.(0));
  const folder = await temporaryFolder(context);
  await mkdir(join(folder, 'closed'), { mode: 0o500 });
  if (root) process.seteuid?.(65534);
  const reserving = localStorage({ folder: join(folder, 'closed') }).reserve(SET);
  await assert.rejects(reserving, { name: 'Failure', code: 'denied' });
});

test('a read-only file system is "denied"', async (context) => {
  const folder = await tinyFolder(context);
  if (folder === undefined) return context.skip('needs root on Linux and the right to mount a tmpfs');
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  await assert.rejects(localStorage({ folder }).reserve(SET), { name: 'Failure', code: 'denied' });
});

test('a Failure says what could not be done, and keeps the words of the system', async (context) => {
  const folder = await temporaryFolder(context);
  await writeFile(join(folder, 'file'), '');
  const storage = localStorage({ folder: join(folder, 'file', 'backups') });
  await assert.rejects(storage.reserve(SET), {
    message: `cannot reserve the set "${SET}"`,
    detail: /ENOTDIR/,
  });
});

test('the registry opens the members that it names', async (context) => {
  const folder = await temporaryFolder(context);
  assert.ok(storageKinds().includes('local'));
  const choice = { name: 'mine', kind: 'local', settings: { folder } };
  const storage = await openStorage(choice, { folder: '/', environment: {} });
  await storage.reserve(SET);
  assert.equal(storage.name, 'mine');
  await assert.rejects(readFile(join(folder, SET)), { code: 'ENOENT' });
});
