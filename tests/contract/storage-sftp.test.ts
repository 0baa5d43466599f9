import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Failure } from '../../scripts/common/failure.ts';
import { Secret } from '../../scripts/common/secret.ts';
import { type SshServer, startSshd, whyNoSshd } from '../stack/sshd.ts';
import { keygen, openSftp, SET } from './sftp-storage.ts';
import { storageContract } from './storage.ts';

const skip = whyNoSshd() ?? false;

describe('sftp on a real server', { skip }, () => {
  let server: SshServer;
  before(async () => {
    server = await startSshd();
  });
  after(async () => await server.stop());

  storageContract('sftp', async () => await openSftp(server));
  describe('who the server is', () => knowing(() => server));
  describe('who we are', () => loggingIn(() => server));
});

/** The Failure that an attempt to list ends with. */
async function refusal(opening: ReturnType<typeof openSftp>): Promise<Failure> {
  try {
    await (await opening).entries();
  } catch (error) {
    return error as Failure;
  }
  throw new Error('the server was not refused');
}

function knowing(server: () => SshServer): void {
  test('an unknown server is refused with its fingerprint and the command to add it', async () => {
    const { port, scratch } = server();
    const knownHosts = join(scratch, 'nobody known');
    const failure = await refusal(openSftp(server(), { knownHosts }));
    const print = keygen(server(), '-lf', join(scratch, '..', 'host_ed25519.pub')).split(' ')[1] ?? '?';
    assert.equal(failure.code, 'denied');
    assert.equal(
      failure.message,
      `the host key of "127.0.0.1:${port}" is not in "${knownHosts}": found ssh-ed25519 ${print}`,
    );
    const { hint = '' } = failure;
    assert.ok(hint.endsWith(`ssh-keyscan -p ${port} -t ed25519 127.0.0.1 >> '${knownHosts}'`), hint);
  });

  test('the command that adds the server makes it known', async () => {
    const { port, programs, scratch } = server();
    const knownHosts = join(scratch, 'scanned');
    const scan = [programs.program('usr/bin/ssh-keyscan'), '-p', `${port}`, '-t', 'ed25519', '127.0.0.1'];
    await writeFile(knownHosts, await printed(scan, programs.environment));
    assert.deepEqual(await (await openSftp(server(), { knownHosts })).entries(), []);
  });

  test('a server with another key than the known one is refused', async () => {
    const { port, scratch, keys, password } = server();
    const knownHosts = join(scratch, 'changed');
    await writeFile(knownHosts, `[127.0.0.1]:${port} ${await readFile(`${keys.stranger}.pub`, 'utf8')}`);
    const failure = await refusal(openSftp(server(), { knownHosts, key: undefined, password: new Secret(password) }));
    assert.equal(failure.code, 'denied');
    assert.match(failure.message, /is not the one in .* found ssh-ed25519 SHA256:/);
    assert.match(failure.hint ?? '', /ssh-keygen -R '\[127\.0\.0\.1\]:\d+' -f .* && ssh-keyscan/);
  });

  test('a known host is found by a hashed name, and by a key that is not the best of its kinds', async () => {
    const { port, scratch, knownHosts } = server();
    const hashed = join(scratch, 'hashed');
    await copyFile(knownHosts, hashed);
    keygen(server(), '-H', '-f', hashed);
    assert.ok(!(await readFile(hashed, 'utf8')).includes('127.0.0.1'));
    assert.deepEqual(await (await openSftp(server(), { knownHosts: hashed })).entries(), []);
    const old = join(scratch, 'rsa only');
    await writeFile(old, `[127.0.0.1]:${port} ${await readFile(join(scratch, '..', 'host_rsa.pub'), 'utf8')}`);
    assert.deepEqual(await (await openSftp(server(), { knownHosts: old })).entries(), []);
  });
}

function loggingIn(server: () => SshServer): void {
  const tryKey = (key: string | undefined, more: Parameters<typeof openSftp>[1] = {}) =>
    openSftp(server(), { key, ...more });

  test('a password, an encrypted key and the keys of an agent let us in', async () => {
    const { keys, password, passphrase } = server();
    const keyPassphrase = new Secret(passphrase);
    for (const storage of [
      await tryKey(undefined, { password: new Secret(password) }),
      await tryKey(keys.encrypted, { keyPassphrase }),
    ]) {
      await storage.reserve(SET);
    }
    const agent = await startAgent(server());
    try {
      const storage = await openSftp(server(), { key: undefined }, { SSH_AUTH_SOCK: agent.socket });
      assert.deepEqual(await storage.entries(), []);
    } finally {
      agent.process.kill();
    }
  });

  test('a key that the server does not know and a wrong password are "denied", and the password is not shown', async () => {
    const stranger = await refusal(tryKey(server().keys.stranger));
    assert.equal(stranger.code, 'denied');
    assert.match(stranger.message, /does not let "holdfast-ssh-.*" in with the key ".*stranger_key"/);
    const wrong = await refusal(tryKey(undefined, { password: new Secret('wr0ng w0rd') }));
    assert.equal(wrong.code, 'denied');
    assert.ok(!JSON.stringify([wrong, wrong.message, wrong.stack]).includes('wr0ng'));
  });

  test('a key that is locked, missing or nonsense is told before anything is sent', async () => {
    const { keys, scratch } = server();
    const locked = await refusal(tryKey(keys.encrypted));
    assert.equal(locked.code, 'settings');
    assert.match(locked.hint ?? '', /BACKUP_SFTP_KEY_PASSPHRASE/);
    const guessed = await refusal(tryKey(keys.encrypted, { keyPassphrase: new Secret('gu3ssed') }));
    assert.equal(guessed.code, 'denied');
    assert.ok(!`${guessed.message} ${guessed.detail}`.includes('gu3ssed'));
    assert.equal((await refusal(tryKey(join(scratch, 'none')))).code, 'settings');
    assert.equal((await refusal(tryKey(server().knownHosts))).code, 'settings');
  });

  test('without key, password and agent the settings are refused', async () => {
    await assert.rejects(openSftp(server(), { key: undefined }), { code: 'settings', message: /nothing to log in to/ });
  });

  test('nobody at the port is "unreachable" and says what could not be done', async () => {
    const failure = await refusal(openSftp(server(), { port: 1 }));
    assert.equal(failure.code, 'unreachable');
    assert.match(failure.message, /^cannot list ".*": cannot connect to "127\.0\.0\.1:1"$/);
    assert.match(failure.detail ?? '', /ECONNREFUSED/);
  });
}

async function printed([program = '', ...words]: string[], environment: Record<string, string>): Promise<string> {
  const child = spawn(program, words, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return text;
}

/** An agent that holds the plain key. */
async function startAgent({ programs, keys, scratch }: SshServer) {
  const socket = join(scratch, 'agent');
  const agent = spawn(programs.program('usr/bin/ssh-agent'), ['-D', '-a', socket], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => agent.stdout.once('data', resolve));
  const add = spawn(programs.program('usr/bin/ssh-add'), ['-q', keys.plain], {
    env: { ...process.env, SSH_AUTH_SOCK: socket },
    stdio: 'ignore',
  });
  const code = await new Promise((resolve) => add.once('exit', resolve));
  assert.equal(code, 0);
  return { socket, process: agent };
}
