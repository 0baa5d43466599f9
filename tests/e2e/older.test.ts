/** What older systems left, made here by their descriptions with stock tools, comes back by its path. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Server } from '../stack/containers.ts';
import type { Hashes } from '../stack/data/hash.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

const run = promisify(execFile);

let stack: Stack;
let tiny: Tiny;
let project: Project;
let original: Hashes;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'older');
  project = await tiny.project();
  original = await tiny.content();
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

/** Runs a stock tool in the container of a server and keeps what it prints. */
async function keep({ engine, container }: Server, file: string, words: readonly string[]): Promise<void> {
  const child = spawn(engine, ['exec', container, ...words], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  await pipeline(child.stdout, createWriteStream(file));
  assert.deepEqual(await ended, [0, null]);
}

function mongodump(file: string): Promise<void> {
  const { user, password } = stack.mongo;
  const login = ['-u', user, '-p', password, '--authenticationDatabase', 'admin'];
  return keep(stack.mongo, file, ['mongodump', ...login, '--db', tiny.name, '--archive', '--gzip']);
}

test('a dated folder of mongodump and pg_dump -Fc comes back by its path', async () => {
  const folder = join(project.folder, 'old', '2026-05-07T15-36');
  await mkdir(join(folder, 'mongo'), { recursive: true });
  await mkdir(join(folder, 'postgres'));
  await mongodump(join(folder, 'mongo', `${tiny.name}.archive.gz`));
  const { user } = stack.postgres;
  await keep(stack.postgres, join(folder, 'postgres', `${tiny.name}.dump`), ['pg_dump', '-U', user, '-Fc', tiny.name]);
  await tiny.change();
  const restored = await project.run('restore', folder, '--yes');
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(restored.stdout + restored.stderr, /a set without a manifest/);
  assert.deepEqual(await changesSince(original, tiny), []);
});

/** A tarball as the backup.sh of Orkestra made it. */
async function orkestra(name: string): Promise<string> {
  const staging = join(project.folder, 'staging');
  await mkdir(join(staging, 'mongodb'), { recursive: true });
  await mkdir(join(staging, 'redis', 'appendonlydir'), { recursive: true });
  await mkdir(join(staging, 'rustfs', 'avatars', 'A'), { recursive: true });
  await mkdir(join(staging, 'secrets', 'keys'), { recursive: true });
  await mongodump(join(staging, 'mongodb', 'mongo.archive.gz'));
  await writeFile(join(staging, 'mongodb', 'database.txt'), `${tiny.name}\n`);
  await writeFile(join(staging, 'redis', 'dump.rdb'), 'REDIS0011');
  await writeFile(join(staging, 'redis', 'redis-layout.txt'), 'dir=/\n');
  await writeFile(join(staging, 'rustfs', 'avatars', 'A', 'x'.repeat(120)), 'an object');
  await writeFile(join(staging, 'rustfs', 'avatars', 'b'), 'another');
  await writeFile(join(staging, 'rustfs', 'avatars', 'B'), 'a third');
  await writeFile(join(staging, 'secrets', '.env'), 'SECRET=1');
  const manifest = {
    ...{ schema: 'orkestra-backup/v1', createdAt: '2026-05-27T07:17:29Z', environment: 'staging', host: 'one' },
    components: ['mongodb', 'redis', 'rustfs', 'secrets'],
  };
  await writeFile(join(staging, 'manifest.json'), JSON.stringify(manifest, null, 2));
  const file = join(project.folder, name);
  await run('tar', ['-czf', file, '-C', staging, '.']);
  return file;
}

test('a tarball of Orkestra brings its MongoDB database back, and names every component that it does not restore', async () => {
  // A restore keeps the collections that were live before in the same database, and mongodump takes all of it.
  await tiny.fill();
  const file = await orkestra('orkestra-backup-staging-20260527-071729.tar.gz');
  await tiny.change();
  const restored = await project.run('restore', file, '--yes');
  assert.equal(restored.code, 0, restored.stderr);
  const words = restored.stdout + restored.stderr;
  for (const name of ['redis', 'rustfs', 'secrets']) {
    assert.match(words, new RegExp(`not restored by this version: ${name}`));
  }
  assert.match(words, /a tarball of the environment "staging", made on "one"/);
  const changed = await changesSince(original, tiny);
  assert.ok(changed.length > 0 && changed.every((line) => !line.includes('mongo')), changed.join('\n'));
  assert.deepEqual(
    (await readdir(tmpdir())).filter((name) => name.startsWith('holdfast-restore-')),
    [],
  );
});

test('a tarball of Orkestra that lacks a component of its manifest is refused', async () => {
  await rename(join(project.folder, 'staging', 'redis'), join(project.folder, 'redis'));
  const file = join(project.folder, 'lacking.tar.gz');
  await run('tar', ['-czf', file, '-C', join(project.folder, 'staging'), '.']);
  const { run: restored, value } = await project.json('restore', file, '--yes');
  assert.equal(restored.code, 5, restored.stdout);
  assert.match(value.error.message, /"redis\/" is named by manifest.json and not there/);
});
