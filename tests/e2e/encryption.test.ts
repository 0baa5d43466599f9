/** Encrypted sets: what the host that backs up can and cannot do, and what brings everything back. */
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { ageBinary } from '../stack/age.ts';
import { containerCli } from '../stack/container-cli.ts';
import { run } from '../stack/run.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { followGuide } from './guide.ts';
import type { Answer, Project, Run } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

/** What the keys verbs print. */
interface KeysAnswer extends Answer {
  readonly file: string;
  readonly recipient: string;
  readonly ok: boolean;
  readonly findings: { readonly level: string; readonly about: string; readonly what: string }[];
}

let stack: Stack;
let tiny: Tiny;
let project: Project;
let age: string;
let original: Awaited<ReturnType<Tiny['content']>>;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'crypt');
  original = await tiny.content();
  age = await ageBinary();
  project = await tiny.project();
  project.environment.XDG_STATE_HOME = join(project.folder, 'state');
  withAge(true);
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

/** Puts the program on the PATH, or makes sure that it is not there, whatever this machine has. */
function withAge(isThere: boolean): void {
  project.environment.PATH = isThere ? `${dirname(age)}:${process.env.PATH}` : process.env.PATH;
}

const keys = async (...words: string[]): Promise<{ run: Run; value: KeysAnswer }> =>
  (await project.json(...words)) as { run: Run; value: KeysAnswer };

/** Makes a key outside the project, as a person keeps it elsewhere. */
async function makeKey(name: string): Promise<{ file: string; recipient: string }> {
  const { run: made, value } = await keys('keys', 'init', '--yes', '--output', name);
  assert.equal(made.code, 0, made.stderr);
  return { file: value.file, recipient: value.recipient };
}

async function backUp(): Promise<string> {
  const { run: made, value } = await project.json('backup');
  assert.equal(made.code, 0, made.stderr);
  return value.set;
}

async function comesBack(...words: string[]): Promise<void> {
  await tiny.change();
  assert.notDeepEqual(await changesSince(original, tiny), []);
  const restored = await project.run('restore', ...words, '--yes');
  assert.equal(restored.code, 0, restored.stderr);
  assert.deepEqual(await changesSince(original, tiny), []);
}

function recipient(...all: string[]): void {
  project.environment.BACKUP_AGE_RECIPIENTS = all.join(',');
}

function identity(file: string | undefined): void {
  project.environment.BACKUP_AGE_IDENTITY = file;
}

let first: { file: string; recipient: string };
let second: { file: string; recipient: string };
let set: string;

test('with public keys alone a backup is made, checked to its end and verified, and nothing of it can be read', async () => {
  first = await makeKey('first.txt');
  second = await makeKey('second.txt');
  recipient(first.recipient, second.recipient);
  set = await backUp();
  const { run: listed, value } = await project.json('list');
  assert.equal(listed.code, 0);
  assert.equal(value.entries.find(({ name }) => name === set)?.proof, 'readable');
  const manifest = JSON.parse(await readFile(join(project.backups, set, 'manifest.json'), 'utf8'));
  assert.deepEqual(manifest.recipients, [first.recipient, second.recipient]);
  for (const { artifacts } of manifest.sources) {
    for (const { path, encryption, plainBytes, bytes } of artifacts) {
      assert.match(path, /\.age$/);
      assert.equal(encryption, 'age');
      assert.ok(plainBytes < bytes);
      const stored = await readFile(join(project.backups, set, path));
      assert.match(stored.toString('latin1', 0, 22), /^age-encryption\.org\/v1\n/);
      assert.doesNotMatch(stored.toString('latin1'), /PGDMP|CREATE ROLE/);
    }
  }
  const verified = await project.run('verify');
  assert.equal(verified.code, 0, verified.stderr);
  for (const words of [
    ['verify', '--deep'],
    ['restore', '--yes'],
  ]) {
    const { run: refused, value: answer } = await project.json(...words);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(answer.error.message, /is encrypted for "age1.*", "age1.*"; found no identity/);
    assert.match(answer.error.hint, /BACKUP_AGE_IDENTITY/);
  }
  assert.deepEqual(await changesSince(original, tiny), []);
});

test('a scheduled verification compares every byte where there is no key, and reads every dump where there is one', async () => {
  const settings = join(project.folder, 'holdfast.yaml');
  await writeFile(settings, 'schedules:\n  - at: "0 5 * * *"\n    does: verify\n    sample_percent: 50\n');
  const without = await project.run('schedule', 'run', 'verify', '--force');
  assert.equal(without.code, 0, without.stderr);
  assert.match(without.stdout, / intact$/m);
  identity(first.file);
  const withKey = await project.run('schedule', 'run', 'verify', '--force');
  assert.equal(withKey.code, 0, withKey.stderr);
  assert.match(withKey.stdout, / readable /);
  identity(undefined);
  await rm(settings);
});

test('stock age and stock pg_restore read an artifact', async () => {
  const { container, engine, dockerHost } = stack.postgres;
  const plain = join(project.folder, 'plain.dump');
  const artifact = join(project.backups, set, `postgres/${tiny.name}.dump.age`);
  await run(age, ['-d', '-i', first.file, '-o', plain, artifact]);
  const cli = containerCli(engine, dockerHost);
  await cli.run(['cp', plain, `${container}:/tmp/crypt.dump`]);
  const contents = await cli.run(['exec', container, 'pg_restore', '-l', '/tmp/crypt.dump']);
  await cli.run(['exec', '-u', '0', container, 'rm', '/tmp/crypt.dump']);
  assert.match(contents, /TABLE DATA public bags/);
});

test('each of the two identities brings everything back, and another one changes nothing', async () => {
  identity(second.file);
  await comesBack();
  const stranger = await makeKey('stranger.txt');
  identity(stranger.file);
  const { run: refused, value } = await project.json('restore', '--yes');
  assert.equal(refused.code, 1);
  assert.match(value.error.message, /encrypted for other keys/);
  assert.deepEqual(await changesSince(original, tiny), []);
});

test('RESTORE.md of an encrypted set brings everything back with stock programs alone', async () => {
  await tiny.change();
  const environment = { AGE_IDENTITY: first.file };
  const copy = join(project.folder, 'by-hand', set);
  await cp(join(project.backups, set), copy, { recursive: true });
  await followGuide(stack, { set: copy, environment, path: `${dirname(age)}:/usr/bin:/bin` });
  assert.deepEqual(await changesSince(original, tiny), []);
});

test('a byte that was changed is found without any key', async () => {
  const file = join(project.backups, set, `mongo/${tiny.name}.archive.gz.age`);
  const bytes = await readFile(file);
  await writeFile(file, bytes.with(300, (bytes[300] ?? 0) ^ 1));
  identity(undefined);
  assert.equal((await project.run('verify', set)).code, 5);
  await writeFile(file, bytes);
});

test('keys check and the doctor tell a lost or wrong key before a restore needs it', async () => {
  identity(first.file);
  const good = await keys('keys', 'check');
  assert.deepEqual([good.run.code, good.value.ok], [0, true], good.run.stderr);
  identity(join(project.folder, 'stranger.txt'));
  const wrong = await keys('keys', 'check');
  assert.deepEqual([wrong.run.code, wrong.value.ok], [5, false]);
  const levels = async (): Promise<string[]> =>
    (await keys('doctor')).value.findings
      .filter(
        ({ about, level }) => ['encryption', 'identity', 'recovery', 'recipients'].includes(about) && level !== 'ok',
      )
      .map(({ level, about, what }) => `${level} ${about}: ${what.replaceAll(project.folder, 'DIR')}`);
  const beside = 'lies on the host that backs up';
  assert.deepEqual(await levels(), [
    `warning identity: "DIR/stranger.txt" ${beside}`,
    `problem identity: it does not open the newest encrypted set ${set}: it is encrypted for other keys: the identity does not open it`,
  ]);
  identity('lost.txt');
  assert.deepEqual(await levels(), ['problem identity: the identity "DIR/lost.txt" cannot be read (ENOENT)']);
  identity(undefined);
  recipient(first.recipient);
  assert.deepEqual(await levels(), ['warning recipients: there is one only']);
  recipient((await makeKey('third.txt')).recipient, second.recipient);
  assert.deepEqual(await levels(), ['warning recovery: the recipients changed since the last check']);
});

test('reencrypt changes the keys of an old set, the old ones open nothing any more, and every row is there', async () => {
  const third = join(project.folder, 'third.txt');
  const made = await keys('keys', 'rotate', '--yes', '--output', 'fourth.txt');
  assert.equal(made.run.code, 0, made.run.stderr);
  recipient(made.value.recipient);
  identity(first.file);
  assert.deepEqual((await project.json('keys', 'reencrypt', '--all', '--dry-run')).value.sets, [set]);
  const changed = await project.json('keys', 'reencrypt', '--all');
  assert.equal(changed.run.code, 0, changed.run.stderr);
  const names = await project.names();
  assert.equal(names.length, 1);
  assert.notEqual(names[0], set);
  assert.equal(names[0]?.slice(0, 16), set.slice(0, 16));
  const old = JSON.parse(await readFile(join(project.backups, names[0] ?? '', 'manifest.json'), 'utf8'));
  assert.deepEqual([old.reencryptedFrom, old.recipients], [set, [made.value.recipient]]);
  for (const file of [first.file, third]) {
    identity(file);
    assert.equal((await project.run('restore', '--yes')).code, 1);
  }
  identity(made.value.file);
  await comesBack();
});

test('a reencrypt that was killed leaves the old set, and the next one ends the work', async () => {
  identity(join(project.folder, 'fourth.txt'));
  const [before] = await project.names();
  recipient(second.recipient);
  const { child, ended } = project.start('keys', 'reencrypt', '--all');
  const { pid } = child;
  while (!(await project.names()).some((name) => name.endsWith('.partial')))
    await new Promise((go) => setTimeout(go, 5));
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  await ended;
  assert.ok((await project.names()).includes(before ?? ''));
  const again = await project.run('keys', 'reencrypt', '--all');
  assert.equal(again.code, 0, again.stderr);
  const names = await project.names();
  assert.equal(names.length, 1, names.join());
  identity(second.file);
  const deep = await project.run('verify', '--deep');
  assert.equal(deep.code, 0, deep.stderr);
});

test('storage and passphrase are enough on an empty machine, without the program', async () => {
  withAge(false);
  await writeFile(join(project.folder, 'phrase'), 'correct horse battery\n', { mode: 0o600 });
  project.environment.BACKUP_AGE_PASSPHRASE_FILE = 'phrase';
  const made = await keys('keys', 'init', '--passphrase', '--yes');
  assert.equal(made.run.code, 0, made.run.stderr);
  recipient(made.value.recipient);
  identity(made.value.file);
  await rm(project.backups, { recursive: true });
  await backUp();
  identity(undefined);
  await rename(made.value.file, join(project.folder, 'gone'));
  project.environment.XDG_STATE_HOME = join(project.folder, 'another-machine');
  await comesBack();
  delete project.environment.BACKUP_AGE_PASSPHRASE_FILE;
  const { run: refused, value } = await project.json('restore', '--yes');
  assert.equal(refused.code, 2);
  assert.match(value.error.message, /protected with a passphrase, and there is no terminal/);
});

test('an SSH recipient without the program ends a run before anything is dumped', async () => {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(project.folder, 'ssh')]);
  recipient('ssh.pub');
  const folder = join(project.folder, 'bin');
  await mkdir(folder);
  await symlink(process.execPath, join(folder, 'node'));
  const names = await project.names();
  project.environment.PATH = `${folder}:/usr/bin:/bin`;
  const { run: refused, value } = await project.json('backup');
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(value.error.message, /the SSH recipient "ssh-ed25519 .*" needs the program "age"/);
  assert.deepEqual(await project.names(), names);
  withAge(true);
  identity(join(project.folder, 'ssh'));
  await backUp();
  await comesBack();
});
