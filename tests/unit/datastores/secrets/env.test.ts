import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEnvFile, readEnv, wordEnvDiff } from '../../../../scripts/datastores/secrets/env.ts';

const entries = (text: string) => {
  const content = readEnv(text);
  return content && Object.fromEntries(content);
};

test('settings are read with export, quotes over lines, comments, and the line ends of Windows', () => {
  const text =
    '# one\r\n\r\nexport A=1\r\n B = two # three\nKEY="-----BEGIN\nx=\\"y\\"\n-----END" # end\nC=\'a\nb\'\nEMPTY=';
  assert.deepEqual(entries(text), {
    A: '1',
    B: 'two # three',
    KEY: '"-----BEGIN\nx=\\"y\\"\n-----END" # end',
    C: "'a\nb'",
    EMPTY: '',
  });
});

test('a text with a single line that is no setting is none: no word of it is taken for a name', () => {
  for (const text of [
    'A=1\nMIIBsecret\nc2VjcmV0=\n',
    '-----BEGIN KEY-----\nabc=\n',
    '[mysqld]\nport=1\n',
    '',
    '# only\n',
  ])
    assert.equal(entries(text), undefined, JSON.stringify(text));
});

test('differences are told by names, never by a value', () => {
  const here = readEnv('A=1\nB=secret1\nOLD=secret2\nsame="x"\n');
  const set = readEnv('A=1\nB=secret3\nNEW=secret4\nsame="x"\n');
  assert.equal(wordEnvDiff(here, set), 'B: differs, NEW: only in the set, OLD: only here');
  assert.equal(wordEnvDiff(here, here), 'the same values; mode, owner, comments or order differ');
  assert.equal(wordEnvDiff(undefined, set), 'its content differs');
});

test('what may be the end of a base64 value is counted, not shown', () => {
  const diff = wordEnvDiff(readEnv('A=1\n'), readEnv(`A=2\nc2VjcmV0=\n${'A'.repeat(65)}=\n`));
  assert.equal(diff, 'A: differs, 2 of other names');
});

test('an env file is told by its name or by holding nothing but settings', () => {
  const some = readEnv('A=1');
  for (const name of ['.env', 'docker/.env', '.env.production', 'shop.env'])
    assert.ok(isEnvFile(name, undefined), name);
  for (const name of ['site.pem', 'environment', '.envrc.pem']) assert.ok(!isEnvFile(name, undefined), name);
  assert.ok(isEnvFile('settings', some));
});
