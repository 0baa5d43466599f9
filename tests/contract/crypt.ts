/** What every way to encrypt must do, and what stock age must make of it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../scripts/common/failure.ts';
import type { Secret } from '../../scripts/common/secret.ts';
import type { Crypt } from '../../scripts/crypt/crypt.ts';
import { type KeyPair, newKeyPair } from '../../scripts/crypt/identity.ts';

/** One piece of the format and its neighbours, several pieces, and nothing. */
const SIZES = [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000];

const small = randomBytes(150_000);

/** Bytes in pieces of odd sizes, as they come from a network. */
export function inPieces(bytes: Buffer): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7 + 3) % 40_000) {
    pieces.push(bytes.subarray(at, at + size));
  }
  return Readable.from(pieces);
}

/** Runs stock age; an identity goes through a file of a folder that is removed. */
export async function stockAge(
  age: string,
  input: Buffer,
  words: readonly string[],
  identity?: Secret,
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-age-'));
  try {
    await writeFile(join(folder, 'identity'), identity?.reveal() ?? '', { mode: 0o600 });
    const child = spawn(age, [...words, ...(identity ? ['-i', join(folder, 'identity')] : [])]);
    const problems = buffer(child.stderr);
    child.stdin.on('error', () => undefined).end(input);
    const output = await buffer(child.stdout);
    const code = child.exitCode ?? (await new Promise((resolve) => child.once('close', resolve)));
    assert.equal(code, 0, (await problems).toString());
    return output;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A member, and the path of stock age. */
type Open = () => Promise<{ crypt: Crypt; stock: string }>;

/** The suite for one member. */
export function suite(name: string, open: Open): void {
  const seal = async (bytes: Buffer, ...pairs: KeyPair[]): Promise<Buffer> => {
    const { crypt } = await open();
    return await buffer(crypt.sealer(pairs.map(({ recipient }) => recipient)).encrypt(inPieces(bytes)));
  };
  const unseal = async (bytes: Buffer, pair: KeyPair): Promise<Buffer> => {
    const { crypt } = await open();
    return await buffer(crypt.opener([pair.identity]).decrypt(inPieces(bytes)));
  };

  test(`${name}: bytes of every size come back, and stock age reads and writes the same`, async () => {
    const pair = await newKeyPair();
    const { stock } = await open();
    for (const size of SIZES) {
      const plain = randomBytes(size);
      const sealed = await seal(plain, pair);
      assert.ok((await unseal(sealed, pair)).equals(plain), `${size} bytes`);
      assert.ok(
        (await stockAge(stock, sealed, ['-d'], pair.identity)).equals(plain),
        `${size} bytes, read by stock age`,
      );
      const theirs = await stockAge(stock, plain, ['-r', pair.recipient]);
      assert.ok((await unseal(theirs, pair)).equals(plain), `${size} bytes, written by stock age`);
    }
  });

  test(`${name}: each of two recipients opens what is encrypted for both, and nobody else does`, async () => {
    const [one, other, stranger] = [await newKeyPair(), await newKeyPair(), await newKeyPair()];
    const sealed = await seal(small, one, other);
    for (const pair of [one, other]) assert.ok((await unseal(sealed, pair)).equals(small));
    await assert.rejects(unseal(sealed, stranger), { name: 'Failure', code: 'denied' });
  });

  test(`${name}: what is cut off at any place never ends as if it were whole`, async () => {
    const pair = await newKeyPair();
    const sealed = await seal(small, pair);
    const header = sealed.indexOf('\n---') + 49;
    const piece = 65_536 + 16;
    const starts = [0, 1, 21, 22, 60, header - 1, header, header + 15, header + 16, header + 17];
    const pieces = [1, 2].flatMap((count) => [-1, 0, 1].map((off) => header + 16 + count * piece + off));
    for (const length of [...starts, ...pieces, sealed.length - 1]) {
      await assert.rejects(unseal(sealed.subarray(0, length), pair), isRefusal, `cut at ${length} of ${sealed.length}`);
    }
    await assert.rejects(unseal(Buffer.concat([sealed, Buffer.from('x')]), pair), isRefusal, 'a byte more');
  });

  test(`${name}: a flipped byte at any place is found`, async () => {
    const pair = await newKeyPair();
    const sealed = await seal(small, pair);
    const header = sealed.indexOf('\n---') + 49;
    const inHeader = Array.from({ length: 24 }, (_, at) => Math.floor((at * header) / 24));
    const behind = [header, header + 70_000, sealed.length - 1];
    for (const at of [...inHeader, ...behind]) {
      const broken = Buffer.from(sealed);
      broken[at] = (broken[at] ?? 0) ^ 1;
      await assert.rejects(unseal(broken, pair), isRefusal, `byte ${at} of ${sealed.length}`);
    }
  });

  test(`${name}: pieces whose order was changed are found`, async () => {
    const pair = await newKeyPair();
    const sealed = await seal(small, pair);
    const from = sealed.indexOf('\n---') + 49 + 16;
    const [first, second] = [sealed.subarray(from, from + 65_552), sealed.subarray(from + 65_552, from + 131_104)];
    const swapped = Buffer.concat([sealed.subarray(0, from), second, first, sealed.subarray(from + 131_104)]);
    await assert.rejects(unseal(swapped, pair), isRefusal);
  });

  test(`${name}: a source that breaks breaks the result with its own error, both ways`, async () => {
    const pair = await newKeyPair();
    const { crypt } = await open();
    const sealed = await seal(small, pair);
    const lost = new Failure('unreachable', { message: 'the far side is gone' });
    async function* broken(bytes: Buffer) {
      yield bytes.subarray(0, 100_000);
      throw lost;
    }
    await assert.rejects(buffer(crypt.sealer([pair.recipient]).encrypt(Readable.from(broken(small)))), lost);
    await assert.rejects(buffer(crypt.opener([pair.identity]).decrypt(Readable.from(broken(sealed)))), lost);
  });

  test(`${name}: a source that is destroyed without an error never gives a whole file`, async () => {
    const pair = await newKeyPair();
    const { crypt } = await open();
    const source = new PassThrough();
    source.write(small);
    const reading = buffer(crypt.sealer([pair.recipient]).encrypt(source));
    setTimeout(() => source.destroy(), 50);
    await assert.rejects(reading);
  });

  test(`${name}: a reader that does not read holds the source back, and one that leaves ends it`, async () => {
    const pair = await newKeyPair();
    const { crypt } = await open();
    let given = 0;
    const source = new Readable({
      read() {
        given += 65_536;
        this.push(Buffer.alloc(65_536));
      },
    });
    const sealed = crypt.sealer([pair.recipient]).encrypt(source);
    await new Promise((resolve) => sealed.once('readable', resolve));
    await sleep(300);
    assert.ok(given < 4 * 1024 * 1024, `${given} bytes were taken without a reader`);
    sealed.destroy();
    await sleep(50);
    assert.ok(source.destroyed);
  });
}

function isRefusal(error: unknown): boolean {
  return error instanceof Failure && (error.code === 'damaged' || error.code === 'denied');
}
