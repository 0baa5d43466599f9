import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../../../scripts/common/secret.ts';
import { member as r2 } from '../../../../scripts/storage/members/r2.ts';
import { member as s3 } from '../../../../scripts/storage/members/s3.ts';
import { s3Options } from '../../../../scripts/storage/s3/options.ts';

const key = new Secret('id');

test('what was not set is decided by whether the provider is AWS, R2 or another', () => {
  const facts = (endpoint?: string) => {
    const { region, pathStyle, checksums, parts } = s3Options({ bucket: 'b', endpoint });
    return [region, pathStyle, checksums, parts.equal];
  };
  assert.deepEqual(facts(), ['us-east-1', false, 'crc32', false]);
  assert.deepEqual(facts('http://10.0.0.1:9000'), ['us-east-1', true, 'none', false]);
  assert.deepEqual(facts('https://0123.r2.cloudflarestorage.com'), ['auto', true, 'none', true]);
  assert.deepEqual(facts('https://0123.eu.r2.cloudflarestorage.com/'), ['auto', true, 'none', true]);
  assert.equal(s3Options({ bucket: 'b', region: 'eu-central-1' }).region, 'eu-central-1');
});

test('settings that do not go together are refused by name', () => {
  const wrong = [
    [{ accessKeyId: key }, /"AWS_ACCESS_KEY_ID" without "AWS_SECRET_ACCESS_KEY"/],
    [{ secretAccessKey: key }, /"AWS_SECRET_ACCESS_KEY" without "AWS_ACCESS_KEY_ID"/],
    [{ sessionToken: key }, /"AWS_SESSION_TOKEN" without/],
    [{ kmsKey: 'k' }, /"BACKUP_S3_KMS_KEY" without/],
    [{ kmsKey: 'k', encryption: 'AES256' }, /"BACKUP_S3_KMS_KEY" without/],
    [{ storageClass: 'DEEP_ARCHIVE' }, /read at once/],
    [{ prefix: 'a/../b' }, /"BACKUP_S3_PREFIX"/],
    [{ prefix: 'a//b' }, /"BACKUP_S3_PREFIX"/],
  ] as const;
  for (const [settings, message] of wrong) {
    assert.throws(() => s3Options({ bucket: 'b', ...settings }), { code: 'settings', message });
  }
});

test('a folder is one folder, however its slashes are written', () => {
  const prefixes = ['a/b', '/a/b', 'a/b/', '/a/b//'].map((prefix) => s3Options({ bucket: 'b', prefix }).prefix);
  assert.deepEqual(prefixes, ['a/b/', 'a/b/', 'a/b/', 'a/b/']);
  assert.deepEqual(
    [undefined, '/'].map((prefix) => s3Options({ bucket: 'b', prefix }).prefix),
    ['', ''],
  );
});

test('an address takes a host, never a password, and a secret is never shown when it is wrong', () => {
  const { rule } = s3.settings.endpoint;
  assert.equal(rule.read('https://s3.example.org:9000'), 'https://s3.example.org:9000');
  for (const bad of ['s3.example.org', 'ftp://x', 'https://u:p@x', 'https://x/bucket', 'https://x?y']) {
    assert.equal(rule.read(bad), undefined, bad);
  }
  for (const { rule: secret, meaning } of [s3.settings.secretAccessKey, s3.settings.sessionToken]) {
    assert.ok(secret.secret && meaning === 'secret');
  }
});

test('opening connects to nothing, and the place is told without a secret', async () => {
  const surroundings = { name: 'offsite', environment: {}, folder: '/' };
  const none = {
    region: undefined,
    accessKeyId: key,
    secretAccessKey: key,
    sessionToken: undefined,
    partMebibytes: undefined,
  };
  const endpoint = 'https://127.0.0.1:1';
  const opened = await r2.open({ bucket: 'b', prefix: 'x/y', endpoint, ...none }, surroundings);
  assert.deepEqual([opened.name, opened.location], ['offsite', 'r2://b/x/y']);
  assert.equal(r2.settings.endpoint.required, true);
});
