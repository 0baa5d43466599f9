import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dropMongo, dropPostgres, fill } from '../stack/data/fill.ts';
import { differences, hashMongo, hashPostgres } from '../stack/data/hash.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { openProject, type Project } from './holdfast.ts';

let stack: Stack;
let project: Project;

before(async () => {
  stack = await attachOrStart();
  project = await openProject(stack);
  await fill(stack, 'small');
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await stack?.stop();
});

const content = async () => ({ ...(await hashPostgres(stack.postgres)), ...(await hashMongo(stack.mongo)) });

test('a backup with no settings but the choice of servers comes back to the row after everything was dropped', async () => {
  const original = await content();
  const backup = await project.run('backup');
  assert.equal(backup.code, 0, backup.stderr);
  assert.match(backup.stdout, /set \S+ is complete and readable/);
  await dropPostgres(stack.postgres, { roles: true });
  await dropMongo(stack.mongo);
  assert.notDeepEqual(differences(original, await content()), []);
  const restore = await project.run('restore', '--yes');
  assert.equal(restore.code, 0, restore.stderr);
  assert.deepEqual(differences(original, await content()), []);
});

test('a restore over databases that have changed brings them back as they were', async () => {
  const original = await content();
  const backup = await project.json('backup');
  assert.equal(backup.run.code, 0, backup.run.stderr);
  await fill(stack, 'small');
  await stack.postgres;
  const restore = await project.json('restore', backup.value.set, '--yes');
  assert.equal(restore.run.code, 0, restore.run.stderr);
  assert.deepEqual(differences(original, await content()), []);
  for (const source of restore.value.sources) assert.equal(source.state, 'restored');
});

test('the artifacts have the fixed names, and nobody else can read them', async () => {
  const { value } = await project.json('backup');
  const set = join(project.backups, value.set);
  for (const path of [
    'mongo/ngwenya.archive.gz',
    'postgres/ngwenya_auth.dump',
    'postgres/ngwenya_uchat.dump',
    'postgres/globals.sql',
    'manifest.json',
    'RESTORE.md',
  ]) {
    assert.equal((await stat(join(set, path))).mode & 0o777, 0o600, path);
  }
  assert.equal((await stat(join(set, 'postgres'))).mode & 0o777, 0o700);
  assert.equal((await stat(set)).mode & 0o777, 0o700);
  assert.equal(JSON.parse(await readFile(join(set, 'manifest.json'), 'utf8')).schema, 'holdfast-set/v1');
});

test('a database that is configured and does not exist is skipped, named, and no failure', async () => {
  await using other = await openProject(stack);
  other.environment.POSTGRES_DATABASES = 'ngwenya_auth,ngwenya_uchat,ngwenya_gone';
  other.environment.MONGO_DATABASE = 'ngwenya';
  const { run, value } = await other.json('backup');
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(
    value.manifest.skipped.map((entry: { name: string }) => entry.name),
    ['ngwenya_gone'],
  );
  const names = value.manifest.sources.map((source: { kind: string; name: string }) => `${source.kind}/${source.name}`);
  assert.deepEqual(names, ['mongo/ngwenya', 'postgres/globals.sql', 'postgres/ngwenya_auth', 'postgres/ngwenya_uchat']);
});
