import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../../scripts/common/secret.ts';
import { ageLibrary } from '../../scripts/crypt/age-library.ts';
import { ageProgram } from '../../scripts/crypt/age-program.ts';
import { newKeyPair } from '../../scripts/crypt/identity.ts';
import { checkRecipient } from '../../scripts/crypt/recipient.ts';
import { openSealing } from '../../scripts/crypt/select.ts';
import { ageBinary } from '../stack/age.ts';
import { run } from '../stack/run.ts';
import { stockAge, suite } from './crypt.ts';

const program = async () => {
  const stock = await ageBinary();
  return { crypt: ageProgram(stock, process.env), stock };
};

suite('the program', program);
suite('the package', async () => ({ crypt: ageLibrary, stock: await ageBinary() }));

for (const type of ['ed25519', 'rsa']) {
  test(`the program encrypts for an SSH key (${type}), and the key opens it; the package says what it needs`, async (context) => {
    const { recipient, identity } = await sshKey(context, type);
    const { crypt, stock } = await program();
    const plain = randomBytes(100_000);
    const own = await newKeyPair();
    const sealed = await buffer(crypt.sealer([recipient, own.recipient]).encrypt(Readable.from([plain])));
    assert.ok((await buffer(crypt.opener([identity]).decrypt(Readable.from([sealed])))).equals(plain));
    assert.ok((await buffer(crypt.opener([own.identity, identity]).decrypt(Readable.from([sealed])))).equals(plain));
    assert.ok((await stockAge(stock, sealed, ['-d'], identity)).equals(plain));
    assert.throws(() => ageLibrary.sealer([recipient]), { code: 'tool-missing', message: /the SSH recipient "ssh-/ });
    assert.throws(() => ageLibrary.opener([identity]), { code: 'tool-missing' });
  });
}

test('the key is in no argument, environment or file that another process could see', async (context) => {
  if (process.platform !== 'linux') return context.skip('needs /proc');
  const { crypt } = await program();
  const pair = await newKeyPair();
  const stalled = new PassThrough();
  const plain = crypt.opener([pair.identity]).decrypt(stalled);
  plain.on('error', () => undefined);
  await sleep(300);
  const found = await children();
  assert.ok(found.length > 0, 'no process was looked at');
  for (const child of found) {
    for (const file of ['cmdline', 'environ']) {
      const seen = await readFile(`/proc/${child}/${file}`, 'latin1').catch(() => '');
      assert.doesNotMatch(seen, /AGE-SECRET-KEY/);
    }
  }
  plain.destroy();
  await sleep(200);
  assert.deepEqual(await children(), [], 'processes were left behind');
});

test('a program that dies in the middle is a failure, both ways', async () => {
  const pair = await newKeyPair();
  const { crypt } = await program();
  for (const through of [crypt.sealer([pair.recipient]).encrypt, crypt.opener([pair.identity]).decrypt]) {
    const source = new PassThrough();
    source.write(randomBytes(100));
    const reading = buffer(through(source));
    await sleep(200);
    for (const child of await children()) process.kill(child, 'SIGKILL');
    await assert.rejects(reading, { name: 'Failure', code: 'tool-failed' });
    source.destroy();
  }
});

test('a program that is not there is named', async () => {
  const crypt = ageProgram('/nowhere/age', process.env);
  const pair = await newKeyPair();
  await assert.rejects(buffer(crypt.sealer([pair.recipient]).encrypt(Readable.from([Buffer.from('x')]))), {
    code: 'tool-missing',
  });
});

test('the key of a run opens what the run encrypted, and nothing of another run', async () => {
  const pair = await newKeyPair();
  const [one, other] = [
    await openSealing(ageLibrary, [pair.recipient]),
    await openSealing(ageLibrary, [pair.recipient]),
  ];
  const sealed = await buffer(one.sealer.encrypt(Readable.from([Buffer.from('mine')])));
  assert.equal((await buffer(one.opener.decrypt(Readable.from([sealed])))).toString(), 'mine');
  await assert.rejects(buffer(other.opener.decrypt(Readable.from([sealed]))), { code: 'denied' });
});

async function sshKey(context: TestContext, type: string) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-ssh-'));
  context.after(() => rm(folder, { recursive: true }));
  await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'somebody@somewhere', '-f', join(folder, 'key')]);
  const recipient = checkRecipient(await readFile(join(folder, 'key.pub'), 'utf8'));
  assert.ok(recipient);
  return { recipient, identity: new Secret(await readFile(join(folder, 'key'), 'utf8')) };
}

/** The processes that this one started, and that have not ended. Linux only. */
async function children(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')));
  const own = stats.map((stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' '));
  return pids.filter((_, at) => own[at]?.[1] === String(process.pid) && own[at]?.[0] !== 'Z').map(Number);
}
