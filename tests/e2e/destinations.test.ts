import assert from 'node:assert/strict';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { differences } from '../stack/data/hash.ts';
import { type Minio, makeBucket, startMinio } from '../stack/minio.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { openProject, type Project } from './holdfast.ts';
import { openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let minio: Minio;
let tiny: Tiny;
let buckets = 0;

before(async () => {
  [stack, minio] = await Promise.all([attachOrStart(), startMinio()]);
  tiny = await openTiny(stack, 'places');
});

after(async () => {
  await tiny?.[Symbol.asyncDispose]();
  await minio?.stop();
  await stack?.stop();
});

/** A project folder whose sets go to these storages; those of s3 to a bucket of its own, by its key in a file. */
async function projectWith(storage: string): Promise<Project> {
  const project = await tiny.project();
  buckets += 1;
  const bucket = `places-${buckets}`;
  const { accessKeyId, secretAccessKey, endpoint } = minio;
  await makeBucket(minio, bucket);
  await writeFile(join(project.folder, 'key'), `${secretAccessKey}\n`, { mode: 0o600 });
  Object.assign(project.environment, {
    BACKUP_STORAGE: storage,
    BACKUP_S3_BUCKET: bucket,
    BACKUP_S3_ENDPOINT: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY_FILE: 'key',
  });
  return project;
}

/** What a run left in the folders that it may use, beside its settings. */
async function leftHere(project: Project): Promise<string[]> {
  const temporary = (await readdir(tmpdir())).filter((name) => name.startsWith('holdfast-restore-'));
  return [...temporary, ...(await readdir(project.folder)).filter((name) => name !== 'key' && name !== '.env')];
}

test('with s3 alone nothing is written here, and another machine brings everything back', async () => {
  await using project = await projectWith('s3');
  const original = await tiny.content();
  const backup = await project.json('backup');
  assert.equal(backup.run.code, 0, backup.run.stderr);
  assert.deepEqual(await leftHere(project), []);
  await tiny.drop();
  await using elsewhere = await openProject(stack);
  Object.assign(elsewhere.environment, project.environment);
  await writeFile(join(elsewhere.folder, 'key'), `${minio.secretAccessKey}\n`, { mode: 0o600 });
  const restore = await elsewhere.run('restore', backup.value.set, '--yes');
  assert.equal(restore.code, 0, restore.stdout + restore.stderr);
  assert.deepEqual(differences(original, await tiny.content()), []);
  assert.deepEqual(await leftHere(elsewhere), []);
  const listed = await elsewhere.json('list');
  assert.deepEqual(
    listed.value.entries.map(({ name, state, proof }) => [name, state, proof]),
    [[backup.value.set, 'complete', 'readable']],
  );
  const verified = await elsewhere.run('verify', '--deep');
  assert.equal(verified.code, 0, verified.stdout);
});

test('one run fills two storages with the same set, and either brings it back', async () => {
  await using project = await projectWith('s3,local');
  const original = await tiny.content();
  const backup = await project.run('backup');
  assert.equal(backup.code, 0, backup.stderr);
  assert.match(backup.stdout, /✓ s3: s3:\/\/places-\d+: \S+ \(/);
  const { value } = await project.json('list');
  assert.deepEqual(new Set(value.entries.map(({ state }) => state)), new Set(['complete']));
  assert.equal(value.entries.length, 2);
  for (const from of ['s3', 'local']) {
    await tiny.change();
    const restore = await project.run('restore', '--from', from, '--yes');
    assert.equal(restore.code, 0, restore.stderr);
    assert.deepEqual(differences(original, await tiny.content()), [], from);
  }
  await rm(project.backups, { recursive: true });
  assert.equal((await project.run('restore', '--dry-run')).code, 0, 'the storage that still has it is found');
});

test('a storage that is dead is named with exit code 3, and holdfast copy brings the set there later', async () => {
  await using project = await projectWith('local,s3');
  const { BACKUP_S3_ENDPOINT } = project.environment;
  project.environment.BACKUP_S3_ENDPOINT = 'http://127.0.0.1:1';
  const backup = await project.json('backup');
  assert.equal(backup.run.code, 3, backup.run.stderr);
  assert.equal((await project.run('verify', backup.value.set)).code, 0);
  const dead = await project.run('list');
  assert.equal(dead.code, 3);
  assert.match(dead.stdout, /✗ s3:\/\/places-\d+: /);
  project.environment.BACKUP_S3_ENDPOINT = BACKUP_S3_ENDPOINT;
  const planned = await project.run('copy', '--dry-run');
  assert.equal(planned.code, 0, planned.stderr);
  assert.match(planned.stdout, new RegExp(`^s3 .*would get ${backup.value.set} \\(.*\\)$`, 'm'));
  assert.match(planned.stdout, /^dry run: nothing was done$/m);
  const copied = await project.run('copy');
  assert.equal(copied.code, 0, copied.stderr);
  assert.match(copied.stdout, new RegExp(backup.value.set));
  assert.equal((await project.run('verify', '--from', 's3', '--deep')).code, 0);
  assert.match((await project.run('copy')).stdout, /nothing was missing/);
});

test('where the first storage is dead the next one takes the set', async () => {
  await using project = await projectWith('s3,local');
  await writeFile(
    join(project.folder, 'holdfast.yaml'),
    `storage:\n  gone: {kind: s3, bucket: none, endpoint: 'http://127.0.0.1:1'}\n  alive: {kind: s3}\n`,
  );
  project.environment.BACKUP_STORAGE = undefined;
  const backup = await project.run('backup');
  assert.equal(backup.code, 3, backup.stderr);
  assert.match(backup.stdout, /✗ gone: s3:\/\/none: FAILED, /);
  assert.match(backup.stdout, /is complete and readable.* in s3:\/\/places-/);
  assert.equal((await project.run('verify', '--from', 'alive')).code, 0);
});

test('wrong keys, a missing bucket and missing settings are told as what they are', async () => {
  await using project = await projectWith('s3');
  await writeFile(join(project.folder, 'key'), 'not the key\n');
  const denied = await project.run('backup');
  assert.equal(denied.code, 1);
  assert.match(denied.stderr, /error: /);
  assert.doesNotMatch(denied.stderr, /not the key|at .*\.ts:/);
  await writeFile(join(project.folder, 'key'), `${minio.secretAccessKey}\n`);
  project.environment.BACKUP_S3_BUCKET = 'no-such-bucket';
  assert.match((await project.run('list')).stderr, /no-such-bucket/);
  project.environment.BACKUP_S3_BUCKET = undefined;
  const missing = await project.run('list');
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /the storage "s3" needs BACKUP_S3_BUCKET/);
});
