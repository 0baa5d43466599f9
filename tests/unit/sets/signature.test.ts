import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { before, type TestContext, test } from 'node:test';
import { Failure } from '../../../scripts/common/failure.ts';
import { hostEngine } from '../../../scripts/engines/host.ts';
import { copySet } from '../../../scripts/sets/copy.ts';
import { sha256 } from '../../../scripts/sets/digest.ts';
import { openSet } from '../../../scripts/sets/reader.ts';
import { restoreGuide } from '../../../scripts/sets/restore-guide.ts';
import { signWith } from '../../../scripts/sets/signature.ts';
import { requireIntact, verifyIntact } from '../../../scripts/sets/verify.ts';
import { installPrograms } from '../../stack/host.ts';
import { quiet, sourceOfFile, temporaryFolder, temporaryStorage, writeExampleSet } from './example-set.ts';

before(() => installPrograms({ 'ssh-keygen': 'openssh-client' }));

const host = hostEngine(process.env as Record<string, string>);
const at = new Date('2026-05-07T15:36:01Z');

/** Keys of three people, and a file that allows one of them. */
async function makeKeys(test: TestContext) {
  const folder = await temporaryFolder(test);
  const key = (name: string, passphrase = '') => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', join(folder, name)]);
    return join(folder, name);
  };
  const [ours, stranger, locked] = [key('ours'), key('stranger'), key('locked', 'open sesame')];
  const allowedSigners = join(folder, 'allowed_signers');
  const allow = async (options: string) => {
    await writeFile(allowedSigners, `backup@prod ${options} ${await readFile(`${ours}.pub`, 'utf8')}`);
  };
  await allow('namespaces="holdfast-set"');
  return { folder, ours, stranger, locked, trust: { allowedSigners, host }, allow };
}

/** Writes a set signed by `key` and tells how it is judged after `change`. */
async function judge(test: TestContext, key: string, trust: Parameters<typeof open>[2], change = noChange) {
  const storage = await temporaryStorage(test);
  const { name } = await writeExampleSet(storage, at, {}, { sign: signWith(host, key) });
  await change(join(storage.folder, name));
  return await verifyIntact(await open(storage, name, trust), quiet);
}

const noChange = async (_folder: string): Promise<void> => {};

function open(
  ...[storage, name, trust]: [Parameters<typeof openSet>[0], string, { allowedSigners: string; host: typeof host }?]
) {
  return openSet(storage, name, sourceOfFile, { trust });
}

test('a set that an allowed signer signed is intact, and says by whom', async (context) => {
  const keys = await makeKeys(context);
  const found = await judge(context, keys.ours, keys.trust);
  assert.ok(found.intact);
  assert.equal(found.signer, 'backup@prod');
  assert.deepEqual(found.foreign, []);
});

test('a set that a stranger signed, or nobody, is not to be trusted, though every byte is right', async (context) => {
  const keys = await makeKeys(context);
  const remove = (folder: string) => rm(join(folder, 'manifest.json.sig'));
  for (const [found, words] of [
    [await judge(context, keys.stranger, keys.trust), 'is signed by nobody in'],
    [await judge(context, keys.ours, keys.trust, remove), 'is not signed'],
  ] as const) {
    assert.ok(!found.intact && found.untrusted, JSON.stringify(found));
    assert.match(found.problems[0] ?? '', new RegExp(words));
  }
});

test('a manifest that was changed by one character is refused, even when its digest was made to fit', async (context) => {
  const keys = await makeKeys(context);
  const found = await judge(context, keys.ours, keys.trust, async (folder) => {
    const path = join(folder, 'manifest.json');
    const text = (await readFile(path, 'utf8')).replace('"host": "laptop"', '"host": "laptoq"');
    const body = text.replace(/^ {2}"digest": .*\n/m, '');
    await writeFile(path, text.replace(/"digest": "[0-9a-f]+"/, `"digest": "${sha256(Buffer.from(body))}"`));
  });
  assert.ok(!found.intact);
  assert.deepEqual(found.problems, [
    '"manifest.json" is not what "backup@prod" signed (ssh-keygen: Signature verification failed: incorrect signature)',
  ]);
});

test('a signature that is none, of another purpose, or of a key that had ended is refused', async (context) => {
  const keys = await makeKeys(context);
  const garbage = await judge(context, keys.ours, keys.trust, (folder) =>
    writeFile(join(folder, 'manifest.json.sig'), 'x\0y'),
  );
  assert.ok(!garbage.intact && garbage.problems[0] === '"manifest.json.sig" is not a signature');
  const mail = await judge(context, keys.ours, keys.trust, async (folder) => {
    const script = `ssh-keygen -Y sign -q -n file -f "$0" < manifest.json > sig && mv sig manifest.json.sig`;
    execFileSync('sh', ['-c', script, keys.ours], { cwd: folder });
  });
  assert.ok(!mail.intact);
  await keys.allow('valid-before="20260507"');
  assert.ok(!(await judge(context, keys.ours, keys.trust)).intact);
  await keys.allow('valid-before="20260508"');
  assert.ok((await judge(context, keys.ours, keys.trust)).intact, 'its key had not ended yet when the set was made');
});

test('without allowed signers a signature is left alone, and belongs to the set', async (context) => {
  const keys = await makeKeys(context);
  const found = await judge(context, keys.stranger, undefined);
  assert.ok(found.intact && found.signer === undefined);
  assert.deepEqual(found.foreign, []);
});

test('a restore says that the set is not to be trusted, and how it is taken all the same', async (context) => {
  const keys = await makeKeys(context);
  const storage = await temporaryStorage(context);
  const { name } = await writeExampleSet(storage, at);
  const refused = await requireIntact(await open(storage, name, keys.trust), quiet).catch((error: unknown) => error);
  assert.ok(refused instanceof Failure && refused.code === 'damaged');
  assert.match(refused.message, /is not to be trusted: "manifest.json" is not signed/);
  assert.match(refused.hint ?? '', /--allow-unsigned/);
});

test('a copy of a set carries its signature', async (context) => {
  const keys = await makeKeys(context);
  const [from, to] = [await temporaryStorage(context), await temporaryStorage(context)];
  const { name } = await writeExampleSet(from, at, {}, { sign: signWith(host, keys.ours) });
  await copySet(from, to, name, quiet);
  const found = await verifyIntact(await open(to, name, keys.trust), quiet);
  assert.ok(found.intact && found.signer === 'backup@prod');
});

test('a key that has a passphrase or is not there cannot sign, and nobody is asked for it', async (context) => {
  const keys = await makeKeys(context);
  for (const [key, words] of [
    [keys.locked, /incorrect passphrase/],
    [join(keys.folder, 'missing'), /No such file/],
  ] as const) {
    const failure = await signWith(host, key)(Buffer.from('x')).catch((error: unknown) => error);
    assert.ok(failure instanceof Failure && failure.code === 'settings', String(failure));
    assert.match(failure.detail ?? '', words);
  }
});

test('RESTORE.md checks the signature with stock OpenSSH, and that it is itself what was signed', async (context) => {
  const keys = await makeKeys(context);
  const storage = await temporaryStorage(context);
  const guide = (manifest: Parameters<typeof restoreGuide>[0]) => restoreGuide(manifest, [], { signed: true });
  const { name } = await writeExampleSet(storage, at, {}, { sign: signWith(host, keys.ours), guide });
  const folder = join(storage.folder, name);
  const text = await readFile(join(folder, 'RESTORE.md'), 'utf8');
  const block = /```sh\n(ssh-keygen[\s\S]*?)```/.exec(text)?.[1] ?? assert.fail(text);
  const run = () => execFileSync('sh', ['-e', '-c', block], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
  assert.match(run(), /Good "holdfast-set" signature with ED25519 key/);
  await writeFile(join(folder, 'RESTORE.md'), text.replace('Good', 'good').replace('sha256sum', 'sha512sum'));
  assert.throws(run, 'a guide that somebody changed');
});
