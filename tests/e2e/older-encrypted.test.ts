/** The folder of a day on a backup server of OpenCRVS: a tarball a store, encrypted by stock openssl. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import type { Hashes } from '../stack/data/hash.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { keep, mongodump } from './stock-dumps.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

const run = promisify(execFile);
const DAY = '2026-02-05';
const PASSWORD = 'CaNaRy with a $blank "quote"';

let stack: Stack;
let tiny: Tiny;
let project: Project;
let original: Hashes;
let folder: string;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'older_encrypted');
  project = await tiny.project();
  original = await tiny.content();
  folder = join(project.folder, 'production', DAY);
  await mkdir(folder, { recursive: true });
  await fill();
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

/** Packs and encrypts a folder as the backup jobs of OpenCRVS do. */
async function encrypt(store: string, from: string): Promise<void> {
  const plain = join(project.folder, `${store}_backup_${DAY}.tar.gz`);
  await run('tar', ['-czf', plain, '-C', from, '.']);
  const words = [
    'enc',
    '-aes-256-cbc',
    '-pbkdf2',
    '-salt',
    '-in',
    plain,
    '-out',
    join(folder, `${store}_backup_${DAY}.tar.gz.enc`),
  ];
  await run('openssl', [...words, '-pass', 'env:ENCRYPT_PASS'], { env: { ...process.env, ENCRYPT_PASS: PASSWORD } });
  await rm(plain);
}

async function fill(): Promise<void> {
  const [sql, documents, points] = ['sql', 'documents', 'points'].map((name) => join(project.folder, name)) as [
    string,
    string,
    string,
  ];
  for (const made of [sql, documents, points]) await mkdir(made);
  const { user } = stack.postgres;
  await keep(stack.postgres, join(sql, `${tiny.name}.dump`), ['pg_dump', '-U', user, '-F', 'c', tiny.name]);
  const roles = `pg_dumpall -U ${user} --roles-only | grep -v "ALTER ROLE.*PASSWORD"`;
  await keep(stack.postgres, join(sql, 'roles.sql'), ['sh', '-c', roles]);
  await mongodump(stack.mongo, tiny.name, join(documents, `${tiny.name}.gz`));
  await writeFile(join(points, 'points'), 'points');
  await encrypt('postgres', sql);
  await encrypt('mongo', documents);
  await encrypt('influxdb', points);
}

function left(): Promise<string[]> {
  return readdir(tmpdir()).then((names) => names.filter((name) => name.startsWith('holdfast-restore-')));
}

async function usePassword(text: string): Promise<void> {
  await writeFile(join(project.folder, 'password'), `${text}\n`, { mode: 0o600 });
  project.environment.BACKUP_OPENSSL_PASSWORD_FILE = 'password';
}

test('without a password, or with another, the folder is refused in one clear message, and nothing is left of it', async () => {
  const before = await left();
  const without = await project.json('restore', folder, '--yes');
  assert.notEqual(without.run.code, 0);
  assert.match(without.value.error.hint, /set BACKUP_OPENSSL_PASSWORD_FILE to a file/);
  await usePassword('another');
  const { run: wrong, value } = await project.json('restore', folder, '--yes');
  assert.notEqual(wrong.code, 0);
  assert.match(value.error.message, /the password does not open it, or it is damaged/);
  assert.deepEqual(await left(), before);
});

test('the folder of a day brings its databases back, and names the stores that it does not restore', async () => {
  await usePassword(PASSWORD);
  await tiny.change();
  const restored = await project.run('restore', folder, '--yes');
  assert.equal(restored.code, 0, restored.stderr + restored.stdout);
  const words = restored.stdout + restored.stderr;
  assert.match(words, /not restored by this version: influxdb_backup_2026-02-05.tar.gz.enc; by hand: openssl enc -d/);
  assert.doesNotMatch(words, /CaNaRy/);
  assert.deepEqual(await changesSince(original, tiny), []);
});

test('one file of it is taken by its path', async () => {
  const planned = await project.run('restore', join(folder, `postgres_backup_${DAY}.tar.gz.enc`), '--dry-run');
  assert.equal(planned.code, 0, planned.stderr);
  assert.match(planned.stdout, new RegExp(`postgres/${tiny.name}`));
  assert.doesNotMatch(planned.stdout, /mongo\//);
});
