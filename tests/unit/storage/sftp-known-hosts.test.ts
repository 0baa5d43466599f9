import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fingerprint,
  judgeHostKey,
  knownKeyTypes,
  knownName,
  parseKnownHosts,
} from '../../../scripts/storage/sftp/known-hosts.ts';

/** A key of a kind, with a letter that tells it from others. */
function keyOf(type: string, letter = 'a'): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(letter.repeat(32))]);
}

const KEY = keyOf('ssh-ed25519');
const OTHER = keyOf('ssh-ed25519', 'b');
const encoded = (key: Buffer) => `ssh-ed25519 ${key.toString('base64')}`;
const judge = (text: string, name = 'backup.example.org') => judgeHostKey(parseKnownHosts(text), name, KEY);

test('a key is trusted under its name, its patterns and its port, and nowhere else', () => {
  const cases: [hosts: string, name: string, trusted: boolean][] = [
    ['backup.example.org', 'backup.example.org', true],
    ['other,backup.example.org,192.0.2.1', 'backup.example.org', true],
    ['Backup.Example.ORG', 'backup.example.org', true],
    ['backup.example.org', 'backup.example.organic', false],
    ['backup.example.org', '[backup.example.org]:2222', false],
    ['[backup.example.org]:2222', '[backup.example.org]:2222', true],
    ['[backup.example.org]:2222', 'backup.example.org', false],
    ['*.example.org', 'backup.example.org', true],
    ['*.example.org', 'example.org', false],
    ['backup?.example.org', 'backup1.example.org', true],
    ['backup?.example.org', 'backup.example.org', false],
    ['*.example.org,!backup.example.org', 'backup.example.org', false],
    ['*.example.org,!backup.example.org', 'db.example.org', true],
    ['backupXexample.org', 'backup.example.org', false],
    ['backup.example.org', 'backupxexample.org', false],
  ];
  for (const [hosts, name, trusted] of cases) {
    assert.equal(judge(`${hosts} ${encoded(KEY)}`, name), trusted ? 'trusted' : 'unknown', `${hosts} ${name}`);
  }
});

test('a hashed name is found', () => {
  const salt = Buffer.from('0123456789abcdefghij').toString('base64');
  assert.equal(judge(`|1|${salt}|n0tTheHash= ${encoded(KEY)}`), 'unknown');
  assert.equal(judge(`|1|${salt}|${HASH} ${encoded(KEY)}`), 'trusted');
  assert.equal(judge(`|1|${salt}|${HASH} ${encoded(OTHER)}`), 'changed');
});

/** `printf backup.example.org | openssl dgst -sha1 -hmac 0123456789abcdefghij -binary | base64` */
const HASH = '9BTdjfVKKTZs9PMObQkABLRdcYc=';

test('another key for the name is "changed", also one of another kind', () => {
  assert.equal(judge(`backup.example.org ${encoded(OTHER)}`), 'changed');
  assert.equal(judge(`backup.example.org ssh-rsa ${keyOf('ssh-rsa').toString('base64')}`), 'changed');
  assert.equal(judge(`backup.example.org ${encoded(OTHER)}\nbackup.example.org ${encoded(KEY)}`), 'trusted');
});

test('a revoked key is refused whatever else is said of it, and certificates vouch for no key', () => {
  assert.equal(judge(`@revoked * ${encoded(KEY)}\nbackup.example.org ${encoded(KEY)}`), 'revoked');
  assert.equal(judge(`@cert-authority * ${encoded(KEY)}`), 'unknown');
});

test('comments, empty lines and nonsense are passed over', () => {
  const text = `# backup.example.org ${encoded(KEY)}\n\n  \nnonsense\n@revoked\nbackup.example.org ssh-ed25519\r\n`;
  assert.equal(judge(text), 'unknown');
  assert.equal(judge(`${text}\tbackup.example.org  ${encoded(KEY)} a comment\r\n`), 'trusted');
});

test('the kinds of the known keys are told, so that the server is asked for one of them', () => {
  const rsa = keyOf('ssh-rsa').toString('base64');
  const known = parseKnownHosts(`a ssh-rsa ${rsa}\n* ${encoded(KEY)}\n@revoked a ${encoded(OTHER)}`);
  assert.deepEqual(knownKeyTypes(known, 'a'), ['ssh-rsa', 'ssh-ed25519']);
  assert.deepEqual(knownKeyTypes(known, 'b'), ['ssh-ed25519']);
});

test('names are written as ssh does, fingerprints as ssh-keygen does', () => {
  assert.equal(knownName('Backup', 22), 'backup');
  assert.equal(knownName('backup', 2222), '[backup]:2222');
  assert.equal(knownName('2001:db8::1', 2222), '[2001:db8::1]:2222');
  assert.match(fingerprint(KEY), /^SHA256:[A-Za-z0-9+/]{43}$/);
});
