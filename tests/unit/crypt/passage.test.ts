import assert from 'node:assert/strict';
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
import { Decrypter } from 'age-encryption';
import { Failure } from '../../../scripts/common/failure.ts';
import { openingPassage, type Passage, sealingPassage } from '../../../scripts/crypt/header.ts';
import { type KeyPair, newKeyPair } from '../../../scripts/crypt/identity.ts';

let pair: KeyPair;
before(async () => {
  pair = await newKeyPair();
});

async function all(passage: Passage, bytes: Uint8Array, size = bytes.length || 1): Promise<Buffer> {
  const given: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) given.push(...(await passage.update(bytes.subarray(at, at + size))));
  return Buffer.concat([...given, ...(await passage.end())]);
}

const seal = async (bytes: Uint8Array, size?: number) => all(await sealingPassage([pair.recipient]), bytes, size);
const open = (bytes: Uint8Array, size?: number) => all(openingPassage([pair.identity.reveal()]), bytes, size);
const isRefusal = (error: unknown) => error instanceof Failure && ['damaged', 'denied'].includes(error.code);

test('bytes come back in whatever pieces they arrive, and the makers of the package read them', async () => {
  const plain = randomBytes(200_000);
  for (const size of [1000, 65_535, 65_536, 65_537, 200_000]) {
    const sealed = await seal(plain, size);
    assert.ok((await open(sealed, size)).equals(plain), `pieces of ${size}`);
    const theirs = new Decrypter();
    theirs.addIdentity(pair.identity.reveal());
    assert.ok(Buffer.from(await theirs.decrypt(sealed)).equals(plain));
  }
});

test('a file of single bytes is read', async () => {
  assert.equal((await open(await seal(Buffer.from('a few')), 1)).toString(), 'a few');
});

test('a small file that is cut off at any place is refused, and a byte more is too', async () => {
  for (const plain of [Buffer.alloc(0), Buffer.from('a few bytes')]) {
    const sealed = await seal(plain);
    for (let length = 0; length < sealed.length; length += 1) {
      await assert.rejects(open(sealed.subarray(0, length)), isRefusal, `cut at ${length} of ${sealed.length}`);
    }
    await assert.rejects(open(Buffer.concat([sealed, Buffer.from('x')])), isRefusal);
  }
});

test('a large file that is cut off behind a whole piece is refused', async () => {
  const sealed = await seal(randomBytes(3 * 65_536));
  const from = sealed.length - 3 * 65_552;
  for (const pieces of [0, 1, 2]) {
    await assert.rejects(open(sealed.subarray(0, from + pieces * 65_552)), isRefusal, `${pieces} pieces`);
  }
  assert.equal((await open(sealed)).length, 3 * 65_536);
});

test('a flipped byte at any place of a small file is refused', async () => {
  const sealed = await seal(Buffer.from('a few bytes'));
  for (let at = 0; at < sealed.length; at += 1) {
    const broken = Buffer.from(sealed);
    broken[at] = (broken[at] ?? 0) ^ 1;
    await assert.rejects(open(broken), isRefusal, `byte ${at} of ${sealed.length}`);
  }
});

test('a file whose last piece is empty although it is not the only one is refused, as the format says', async () => {
  const sealed = await seal(Buffer.alloc(0));
  const start = sealed.subarray(0, sealed.length - 16);
  const theirs = new Decrypter();
  theirs.addIdentity(pair.identity.reveal());
  const fileKey = await theirs.decryptHeader(start.subarray(0, -16));
  const key = Buffer.from(hkdfSync('sha256', fileKey, start.subarray(-16), 'payload', 32));
  const piece = (counter: number, isLast: boolean, bytes: Buffer): Buffer => {
    const nonce = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, counter, isLast ? 1 : 0]);
    const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
    return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  };
  const full = Buffer.alloc(65_536);
  assert.ok((await open(Buffer.concat([start, piece(0, true, full)]))).equals(full));
  const empty = Buffer.concat([start, piece(0, false, full), piece(1, true, Buffer.alloc(0))]);
  await assert.rejects(open(empty), { code: 'damaged' });
});
