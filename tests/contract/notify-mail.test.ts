import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { inspect } from 'node:util';
import { Failure } from '../../scripts/common/failure.ts';
import { mailNotifier } from '../../scripts/notify/mail.ts';
import { reachHost } from '../../scripts/notify/reach.ts';
import { unpackedDebs } from '../stack/debs.ts';
import { run } from '../stack/run.ts';
import { exampleNotice } from './notify.ts';
import { type Place, smtpPlace } from './notify-place.ts';

const LOGIN = { user: 'backup@example.org', password: "pa/ss w@rd:'Zq8" };
const CA = tls.getCACertificates('default');
let key: string;
let cert: string;
let place: Place;
let wrapped: Place;

before(async () => {
  [key, cert] = await ownCertificate();
  place = await smtpPlace(LOGIN, { key, cert, allowInsecureAuth: false });
  wrapped = await smtpPlace(LOGIN, { key, cert, secure: true });
});
after(async () => {
  await place.close();
  await wrapped.close();
});

/** A certificate for "localhost" that nobody trusts yet. */
async function ownCertificate(): Promise<[string, string]> {
  const tree = await unpackedDebs('openssl');
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mail-'));
  try {
    const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'cert')];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const kind = ['req', '-x509', '-nodes', '-days', '2', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const config = ['-config', join(tree.program('etc/ssl/openssl.cnf'))];
    await run(tree.program('usr/bin/openssl'), [...kind, ...config, ...names, ...files], { env: tree.environment });
    return [await readFile(join(folder, 'key'), 'utf8'), await readFile(join(folder, 'cert'), 'utf8')];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Has this process trust the certificate, or not any more. */
function trust(trusted: boolean): void {
  tls.setDefaultCACertificates(trusted ? [...CA, cert] : CA);
}

function send(port: number, { scheme = 'smtp', password = LOGIN.password, query = '' } = {}): Promise<void> {
  const login = `${encodeURIComponent(LOGIN.user)}:${encodeURIComponent(password)}`;
  const url = new URL(`${scheme}://${login}@localhost:${port}/?to=a@example.org,b@example.org${query}`);
  const notifier = mailNotifier('mail', url, { to: undefined, from: undefined });
  return notifier.send(exampleNotice(), { signal: AbortSignal.timeout(5000) });
}

async function failureOf(sending: Promise<void>): Promise<Failure> {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Failure, inspect(error));
  assert.ok(!inspect(error, { depth: 9 }).includes('Zq8'), inspect(error));
  return error;
}

for (const scheme of ['smtp', 'smtps']) {
  test(`a mail over ${scheme}:// is encrypted, has both addressees, and says that a machine wrote it`, async () => {
    trust(true);
    const server = scheme === 'smtp' ? place : wrapped;
    await send(server.port, { scheme });
    const { method: secure, path: to, body } = server.arrived[0] ?? {};
    assert.deepEqual([secure, to], ['true', 'a@example.org,b@example.org']);
    assert.match(body ?? '', /^From: backup@example\.org\r$/m);
    assert.match(body ?? '', /^Auto-Submitted: auto-generated\r$/m);
    assert.match(body ?? '', /^Subject: =\?UTF-8\?/m);
  });

  test(`a server over ${scheme}:// whose certificate nobody trusts gets no login`, async () => {
    trust(false);
    const failure = await failureOf(send(scheme === 'smtp' ? place.port : wrapped.port, { scheme }));
    assert.equal(failure.code, 'denied');
    assert.match(failure.message, /offers no TLS that can be trusted/);
  });
}

test('a login is never sent to a server without TLS, unless the URL allows it', async () => {
  const plain = await smtpPlace(LOGIN);
  try {
    assert.match((await failureOf(send(plain.port))).message, /offers no TLS/);
    assert.equal(plain.arrived.length, 0);
    await send(plain.port, { query: '&tls=no' });
    assert.equal(plain.arrived.length, 1);
  } finally {
    await plain.close();
  }
});

test('a wrong password is found without a mail', async () => {
  trust(true);
  const mails = place.arrived.length;
  const probe = (password: string) => {
    const url = new URL(
      `smtp://${encodeURIComponent(LOGIN.user)}:${encodeURIComponent(password)}@localhost:${place.port}`,
    );
    const notifier = mailNotifier('mail', url, { to: 'a@example.org', from: undefined });
    return notifier.probe?.({ signal: AbortSignal.timeout(5000) }) ?? Promise.reject(new Error('no probe'));
  };
  await probe(LOGIN.password);
  assert.equal((await failureOf(probe('wrong-Zq8'))).code, 'denied');
  assert.equal(place.arrived.length, mails);
});

test('a host is reached over TLS when its certificate is trusted', async () => {
  const reach = () => reachHost(new URL(`https://localhost:${wrapped.port}/Zq8`), AbortSignal.timeout(5000));
  trust(true);
  await reach();
  trust(false);
  const { code, message, detail } = await failureOf(reach());
  assert.deepEqual(
    [code, message, detail],
    ['unreachable', '"localhost" cannot be reached', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  );
});

test('a wrong password is named as such, and is not in the words', async () => {
  trust(true);
  const failure = await failureOf(send(place.port, { password: 'wrong-Zq8' }));
  assert.deepEqual([failure.code, failure.message], ['denied', '"localhost" did not take the login (status 535)']);
});
