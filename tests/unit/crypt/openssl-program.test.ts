/** What stock openssl encrypted is decrypted by it; the password is in no list of arguments. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { Secret } from '../../../scripts/common/secret.ts';
import { decryptOpenssl } from '../../../scripts/crypt/openssl-program.ts';

const { signal } = new AbortController();
const PLAIN = randomBytes(3_000_000);
const [PASSWORD, OTHER] = ['a $blank "word"', 'another'];

function encrypted(): Buffer {
  const env = { ...process.env, ENCRYPT_PASS: PASSWORD };
  const words = ['enc', '-aes-256-cbc', '-pbkdf2', '-salt', '-pass', 'env:ENCRYPT_PASS'];
  return execFileSync('openssl', words, { input: PLAIN, env, maxBuffer: 2 * PLAIN.length });
}

async function decrypted(bytes: Buffer, password: string, searchPath = process.env.PATH): Promise<Buffer> {
  let plain = Buffer.alloc(0);
  const options = { password: new Secret(password), searchPath, signal };
  const store = async (stream: Readable): Promise<void> => {
    plain = await buffer(stream);
  };
  await decryptOpenssl(Readable.from([bytes]), store, options);
  return plain;
}

test('what stock openssl encrypted comes out as it was', async () => {
  assert.ok((await decrypted(encrypted(), PASSWORD)).equals(PLAIN));
});

test('a file that was cut off is refused', async () => {
  await assert.rejects(decrypted(encrypted().subarray(0, 1_000_001), PASSWORD), { code: 'denied' });
  await assert.rejects(decrypted(Buffer.from('no such file'), PASSWORD), { code: 'denied' });
});

test('another password is refused, or gives other bytes where its padding happens to fit', async () => {
  const wrong = await decrypted(encrypted(), OTHER).catch((error: unknown) => error as Error & { code?: string });
  assert.ok(wrong instanceof Error ? wrong.code === 'denied' : !wrong.equals(PLAIN));
});

test('the password is neither in the arguments nor in the environment of the program', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-openssl-'));
  try {
    const [seen, third] = [join(folder, 'seen'), join(folder, 'third')];
    const program = `#!/bin/sh\n{ echo "$@"; env; } >${seen}\ncat\ncat <&3 >${third}\n`;
    await writeFile(join(folder, 'openssl'), program, { mode: 0o755 });
    await decrypted(Buffer.from('x'), PASSWORD, `${folder}:${process.env.PATH}`);
    assert.doesNotMatch(await readFile(seen, 'utf8'), /blank/);
    assert.equal(await readFile(third, 'utf8'), `${PASSWORD}\n`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('without the program that is said', async () => {
  await assert.rejects(decrypted(Buffer.from('x'), PASSWORD, '/nonexistent'), { code: 'tool-missing' });
});
