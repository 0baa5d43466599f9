/** One set in one file: exported, taken as a backup of its own, and restored by its path. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Hashes } from '../stack/data/hash.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

const run = promisify(execFile);

const launcher = new URL('../../holdfast', import.meta.url).pathname;

let stack: Stack;
let tiny: Tiny;
let project: Project;
let original: Hashes;
let set: string;
let bundle: string;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'bundle');
  project = await tiny.project();
  original = await tiny.content();
  const { run: ended, value } = await project.json('backup');
  assert.equal(ended.code, 0, ended.stderr);
  set = value.set;
  const exported = await project.run('export', set);
  assert.equal(exported.code, 0, exported.stderr);
  [bundle = ''] = (await readdir(project.folder)).filter((name) => name.endsWith('.tar.gz'));
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

const leftovers = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.startsWith('holdfast-restore-') || name.startsWith('.holdfast-export'));

test('an exported set is a tarball that stock tools read: manifest.json first, for its owner alone', async () => {
  assert.match(bundle, new RegExp(`^holdfast-e2e-\\w+-backup-test-shop-${set}\\.tar\\.gz$`));
  const file = join(project.folder, bundle);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const { stdout } = await run('tar', ['-tzf', file]);
  const names = stdout.trim().split('\n');
  assert.deepEqual(names.slice(0, 2), ['manifest.json', 'RESTORE.md']);
  const { stdout: manifest } = await run('tar', ['-xzOf', file, 'manifest.json']);
  assert.equal(manifest, await readFile(join(project.backups, set, 'manifest.json'), 'utf8'));
  const { stdout: dump } = await run('tar', ['-xzOf', file, `postgres/${tiny.name}.dump`], { encoding: 'buffer' });
  assert.deepEqual(dump, await readFile(join(project.backups, set, 'postgres', `${tiny.name}.dump`)));
});

test('export --output - prints the very same bytes, and its words go elsewhere', async () => {
  const words = ['-c', 'exec "$0" export "$1" --output - > piped.tar.gz', launcher, set];
  const { stdout, stderr } = await run('sh', words, {
    cwd: project.folder,
    env: project.environment as NodeJS.ProcessEnv,
  });
  assert.equal(stdout, '');
  assert.match(stderr, /to standard output/);
  const [piped, written] = ['piped.tar.gz', bundle].map((name) => readFile(join(project.folder, name)));
  assert.deepEqual(await piped, await written);
});

test('a file is restored by its path when the set is gone, and nothing is left behind', async () => {
  await rename(join(project.backups, set), join(project.folder, 'hidden'));
  try {
    await tiny.change();
    const restored = await project.run('restore', `./${bundle}`, '--yes');
    assert.equal(restored.code, 0, restored.stderr);
    assert.deepEqual(await changesSince(original, tiny), []);
    assert.deepEqual(await leftovers(tmpdir()), []);
  } finally {
    await rename(join(project.folder, 'hidden'), join(project.backups, set));
  }
});

test('backup --output makes one file and nothing else, and it is proven and restored like a set', async () => {
  const file = join(project.folder, 'mine.tar.gz');
  const before = await project.names();
  const backup = await project.run('backup', '--output', 'mine.tar.gz');
  assert.equal(backup.code, 0, backup.stderr);
  assert.match(backup.stdout, /set \S+ is complete and readable: .* in mine.tar.gz/);
  assert.deepEqual(await project.names(), before);
  assert.deepEqual(await leftovers(project.folder), []);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const verified = await project.run('verify', file, '--deep');
  assert.equal(verified.code, 0, verified.stderr);
  assert.match(verified.stdout, /readable/);
  const again = await project.json('backup', '--output', 'mine.tar.gz');
  assert.deepEqual([again.run.code, again.value.error.code], [1, 'refused']);
});

test('a part of a set is exported with a manifest that says what it lacks, and restores that part alone', async () => {
  const exported = await project.run('export', set, '--components', 'mongo', '--output', 'part.tar.gz');
  assert.equal(exported.code, 0, exported.stderr);
  const { stdout } = await run('tar', ['-xzOf', join(project.folder, 'part.tar.gz'), 'manifest.json']);
  const manifest = JSON.parse(stdout);
  assert.deepEqual(
    manifest.sources.map(({ kind }: { kind: string }) => kind),
    ['mongo'],
  );
  assert.match(JSON.stringify(manifest.skipped), /left out when it was exported/);
  await tiny.change();
  const restored = await project.run('restore', './part.tar.gz', '--yes');
  assert.equal(restored.code, 0, restored.stderr);
  const changed = await changesSince(original, tiny);
  assert.ok(changed.length > 0 && changed.every((line) => !line.includes('mongo')), changed.join('\n'));
});

test('a file that was cut off is refused before anything is unpacked or touched', async () => {
  const file = join(project.folder, 'cut.tar.gz');
  await copyFile(join(project.folder, bundle), file);
  await truncate(file, (await stat(file)).size - 20);
  const { run: restored, value } = await project.json('restore', file, '--yes');
  assert.equal(restored.code, 5, restored.stdout);
  assert.match(value.error.message, /not a whole gzip file/);
  assert.match(value.error.stands, /nothing of it was written/);
});

test('what a killed run unpacked is removed by the next one', async () => {
  const temporary = join(project.folder, 'temporary');
  // The largest number of a process that Linux knows: nobody has it.
  await mkdir(join(temporary, 'holdfast-restore-4194304-abc', set), { recursive: true });
  project.environment.TMPDIR = temporary;
  try {
    const verified = await project.run('verify', `./${bundle}`);
    assert.equal(verified.code, 0, verified.stderr);
    assert.deepEqual(await readdir(temporary), []);
  } finally {
    project.environment.TMPDIR = undefined;
  }
});

test('a set in a folder that no setting names is restored by its path', async () => {
  const elsewhere = join(project.folder, 'elsewhere');
  await mkdir(elsewhere);
  await rename(join(project.backups, set), join(elsewhere, set));
  try {
    await tiny.change();
    const restored = await project.run('restore', `elsewhere/${set}`, '--yes');
    assert.equal(restored.code, 0, restored.stderr);
    assert.deepEqual(await changesSince(original, tiny), []);
  } finally {
    await rename(join(elsewhere, set), join(project.backups, set));
  }
});

test('ctrl-C while a file is looked at or unpacked leaves nothing behind', async () => {
  const temporary = join(project.folder, 'interrupted');
  await mkdir(temporary);
  const staging = join(project.folder, 'large', 'mongodb');
  await mkdir(staging, { recursive: true });
  await writeFile(join(staging, 'mongo.archive.gz'), randomBytes(100_000_000));
  await run('sh', ['-c', 'tar -cf - -C large . | gzip -1 > large.tar.gz'], { cwd: project.folder });
  project.environment.TMPDIR = temporary;
  try {
    const { child, ended } = project.start('restore', './large.tar.gz', '--yes');
    while ((await readdir(temporary)).length === 0) await sleep(5);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    assert.equal(code, 130, stderr);
    assert.deepEqual(await readdir(temporary), []);
  } finally {
    project.environment.TMPDIR = undefined;
  }
});
