/** Who made a set: what is signed is taken, what is not is refused before anything at the target is touched. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { installPrograms } from '../stack/host.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;
let project: Project;

before(async () => {
  await installPrograms({ 'ssh-keygen': 'openssh-client' });
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'signing');
  project = await tiny.project();
  for (const name of ['ours', 'stranger']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(project.folder, name)]);
  }
  project.environment.BACKUP_SIGN_KEY = 'ours';
  project.environment.BACKUP_ALLOWED_SIGNERS = 'allowed';
  await allow('ours');
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

async function allow(key: string): Promise<void> {
  const publicKey = await readFile(join(project.folder, `${key}.pub`), 'utf8');
  await writeFile(join(project.folder, 'allowed'), `backup@prod namespaces="holdfast-set" ${publicKey}`);
}

test('a signed set is taken, and one without its signature changes nothing unless the person says so', async () => {
  const { run, value } = await project.json('backup');
  assert.equal(run.code, 0, run.stderr);
  const verified = await project.run('verify');
  assert.equal(verified.code, 0, verified.stderr);
  assert.match(verified.stdout, /intact +signed by backup@prod/);
  assert.equal((await project.run('restore', '--yes')).code, 0);

  const signature = join(project.backups, value.set, 'manifest.json.sig');
  await rename(signature, join(project.folder, 'sig'));
  await tiny.change();
  const changed = await tiny.content();
  const refused = await project.run('restore', '--yes');
  assert.equal(refused.code, 5);
  assert.match(refused.stderr, /is not to be trusted: "manifest.json" is not signed/);
  assert.match(refused.stderr, /now: the databases were not touched\n.*--allow-unsigned/);
  assert.deepEqual(await changesSince(changed, tiny), []);
  const judged = await project.run('verify');
  assert.equal(judged.code, 5);
  assert.match(judged.stdout, /untrusted/);
  assert.equal((await project.run('restore', '--yes', '--allow-unsigned')).code, 0);
  await rename(join(project.folder, 'sig'), signature);
});

test('a key that no restore would take is told before the first dump', async () => {
  await allow('stranger');
  const run = await project.run('backup');
  assert.equal(run.code, 2);
  assert.match(run.stderr, /signs sets that no restore with ".*allowed" would take/);
  const doctor = await project.run('doctor');
  assert.equal(doctor.code, 2);
  assert.match(doctor.stdout, /✗ signatures: .*no restore/);
  await rm(join(project.folder, 'ours'));
  const gone = await project.run('backup');
  assert.equal(gone.code, 2);
  assert.match(gone.stderr, /BACKUP_SIGN_KEY: .*ours cannot be read: ENOENT/);
});
