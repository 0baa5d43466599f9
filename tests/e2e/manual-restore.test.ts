/** The promise of RESTORE.md: stock tools and the text alone bring a set back, without anything of Holdfast. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { dropMongo, dropPostgres, fill } from '../stack/data/fill.ts';
import { differences, type Hashes, hashMongo, hashPostgres } from '../stack/data/hash.ts';
import { psql } from '../stack/data/psql.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { followGuide } from './guide.ts';
import { openProject, type Project } from './holdfast.ts';

let stack: Stack;
let project: Project;
let original: Hashes;
let set: string;

before(async () => {
  stack = await attachOrStart();
  project = await openProject(stack);
  project.environment.MONGO_DATABASE = 'ngwenya';
  project.environment.POSTGRES_DATABASES = 'ngwenya_auth,ngwenya_uchat,ngwenya_scim';
  await fill(stack, 'small');
  original = await content();
  const { run: backup, value } = await project.json('backup');
  assert.equal(backup.code, 0, backup.stderr);
  set = join(project.backups, value.set);
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await stack?.stop();
});

const content = async (): Promise<Hashes> => ({
  ...(await hashPostgres(stack.postgres)),
  ...(await hashMongo(stack.mongo)),
});

test('the commands of RESTORE.md bring everything back to servers that lost their databases and roles', async () => {
  await dropPostgres(stack.postgres, { roles: true });
  await dropMongo(stack.mongo);
  assert.ok(differences(original, await content()).length > 100);
  await followGuide(stack, { set });
  assert.deepEqual(differences(original, await content()), []);
});

test('the same commands bring back databases that are there and have changed', async () => {
  await psql(stack.postgres, 'ngwenya_auth', 'CREATE TABLE stray (a int)');
  await psql(stack.postgres, 'ngwenya_uchat', 'TRUNCATE messages CASCADE');
  await dropMongo(stack.mongo);
  assert.notDeepEqual(differences(original, await content()), []);
  await followGuide(stack, { set });
  assert.deepEqual(differences(original, await content()), []);
});

test('a file that was damaged is found by the first command, before anything is changed', async () => {
  const file = join(set, 'postgres/ngwenya_scim.dump');
  const bytes = await readFile(file);
  await writeFile(file, bytes.with(100, (bytes[100] ?? 0) ^ 1));
  await assert.rejects(followGuide(stack, { set }), /ngwenya_scim\.dump: FAILED/);
  await writeFile(file, bytes);
  assert.deepEqual(differences(original, await content()), []);
});
