import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../scripts/common/secret.ts';
import { isBech32 } from '../../../scripts/crypt/bech32.ts';
import {
  identityKind,
  newKeyPair,
  openProtected,
  protectIdentity,
  recipientsOf,
} from '../../../scripts/crypt/identity.ts';
import { checkRecipient } from '../../../scripts/crypt/recipient.ts';

const KEY = 'age1u6ruyw6vv3x4vzc6up3a65d35nr4p9hv7xgkvynl58u86v52cu4qja6gft';
const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPJfDJ6v2X9lGQ2ZQ7mBq1Vb3l9oFb1Yd6Jm2S0o3pM';

test('every single wrong letter of a public key is found', () => {
  assert.equal(checkRecipient(KEY), KEY);
  for (let at = 4; at < KEY.length; at += 1) {
    const wrong = `${KEY.slice(0, at)}${KEY[at] === 'q' ? 'p' : 'q'}${KEY.slice(at + 1)}`;
    assert.equal(checkRecipient(wrong), undefined, `letter ${at}`);
  }
});

test('a public key that is cut off, doubled, in upper case or with a word behind it is none', () => {
  for (const text of [KEY.slice(0, -1), KEY + KEY, KEY.toUpperCase(), `${KEY} me`, 'age1', '']) {
    assert.equal(checkRecipient(text), undefined, text);
  }
});

test('an SSH key is taken without its comment; one that is cut off or says another type is none', () => {
  assert.equal(checkRecipient(`${ED25519} me@here`), ED25519);
  assert.equal(checkRecipient(ED25519.slice(0, -4)), undefined);
  assert.equal(checkRecipient(ED25519.replace('ssh-ed25519 ', 'ssh-rsa ')), undefined);
  assert.equal(checkRecipient('ecdsa-sha2-nistp256 AAAA'), undefined);
});

test('new keys fit the checksum that settings are checked by, and lead back to their public half', async () => {
  const { identity, recipient } = await newKeyPair();
  assert.ok(isBech32(identity.reveal().toLowerCase(), 'age-secret-key-'));
  assert.equal(checkRecipient(recipient), recipient);
  assert.deepEqual(await recipientsOf(new Secret(`# mine\n${identity.reveal()}\n`)), [recipient]);
});

test('identity files are known by what is in them', async () => {
  const { identity } = await newKeyPair();
  const kind = (text: string) => identityKind(Buffer.from(text));
  assert.equal(kind(`# created\n${identity.reveal()}\n`), 'age');
  assert.equal(kind(`${identity.reveal()}\nsomething else\n`), undefined);
  assert.equal(kind('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n'), 'ssh');
  assert.equal(kind('age-encryption.org/v1\n-> scrypt'), 'protected');
  assert.equal(kind(KEY), undefined);
  assert.equal(kind(''), undefined);
});

test('a protected identity opens with its passphrase alone, and shows nothing before', async () => {
  const { identity } = await newKeyPair();
  const text = await protectIdentity(identity, new Secret('four words are enough'));
  assert.equal(identityKind(Buffer.from(text)), 'protected');
  assert.ok(!text.includes('SECRET-KEY'));
  const back = await openProtected(Buffer.from(text), new Secret('four words are enough'));
  assert.equal(back.reveal(), identity.reveal());
  await assert.rejects(openProtected(Buffer.from(text), new Secret('three words are')), { code: 'denied' });
  const cut = Buffer.from(text.slice(0, 200));
  await assert.rejects(openProtected(cut, new Secret('four words are enough')), { code: 'damaged' });
});
