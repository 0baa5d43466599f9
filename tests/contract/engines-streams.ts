import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { EngineSubject, Extent } from './engines.ts';
import { assertFails } from './engines-failure.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Sealed streams out and in, and files. */
export function streams({ engine, service }: EngineSubject, { bytes }: Extent): void {
  const size = `${bytes / 2 ** 20} MiB of random bytes`;
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-contract-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test(`${size} come out whole, and memory does not grow`, async () => {
    const { stream, seal } = engine.read(service, { argv: ['head', '-c', String(bytes), '/dev/urandom'] });
    const hash = createHash('sha256');
    let count = 0;
    const grown = await growth(async (look) => {
      for await (const chunk of stream) {
        hash.update(chunk as Buffer);
        count += chunk.length;
        look();
      }
    });
    assert.deepEqual(await seal, { bytes, sha256: hash.digest('hex'), stderr: '' });
    assert.equal(count, bytes);
    assert.ok(grown < 100, `grew by ${grown} MiB`);
  });

  test(`${size} go in whole, and memory does not grow`, async () => {
    const hash = createHash('sha256');
    const source = createReadStream('/dev/urandom', { end: bytes - 1, highWaterMark: 256 * 1024 });
    const grown = await growth(async (look) => {
      source.on('data', (chunk) => {
        hash.update(chunk);
        look();
      });
      source.pause();
      const done = await engine.write(service, { argv: ['sha256sum'] }, source, bytes);
      const expected = hash.digest('hex');
      assert.deepEqual(done, { bytes, sha256: expected, stderr: '', stdout: `${expected}  -\n` });
    });
    assert.ok(grown < 100, `grew by ${grown} MiB`);
  });

  const samples = {
    'no byte at all': Buffer.alloc(0),
    'one byte': Buffer.from('x'),
    'line ends of every kind': Buffer.from('a\r\nb\nc\rd\n\n'),
    'every byte there is': Buffer.from(Array.from({ length: 4 * 256 }, (_, index) => index % 256)),
    'something like a seal': Buffer.from(`\nholdfast-seal ${'0'.repeat(32)}   0 ${' '.repeat(200)}\n`),
    'a pipe full and one byte': randomBytes(65_537),
    'several pipes full': randomBytes(3 * 65_536),
  };
  for (const [name, sample] of Object.entries(samples)) {
    test(`${name} goes in and comes out the same`, async () => {
      const file = join(folder, 'sample');
      await writeFile(file, sample);
      const seal = { bytes: sample.length, sha256: sha256(sample), stderr: '' };
      const far = service === '' ? join(folder, 'far') : '/tmp/far';
      assert.deepEqual(await engine.copyIn(service, file, far), seal);
      assert.deepEqual(await engine.copyOut(service, far, join(folder, 'back')), seal);
      assert.deepEqual(await readFile(join(folder, 'back')), sample);
    });
  }

  test('a copied file is readable by its owner alone, on both sides', async () => {
    const far = service === '' ? join(folder, 'modes') : '/tmp/modes';
    await writeFile(join(folder, 'open-to-all'), 'x', { mode: 0o666 });
    await engine.copyIn(service, join(folder, 'open-to-all'), far);
    const { stdout } = await engine.run(service, { argv: ['sh', '-c', 'ls -l "$1"', 'sh', far] });
    assert.match(stdout, /^-rw------- /);
    await engine.copyOut(service, far, join(folder, 'modes-back'));
    assert.equal((await stat(join(folder, 'modes-back'))).mode & 0o777, 0o600);
  });

  test('a file that is not there cannot be copied, and nothing is left', async () => {
    await assertFails(engine.copyOut(service, '/nowhere/at all', join(folder, 'none')), 'not-found');
    await assertFails(engine.copyIn(service, join(folder, 'nowhere'), '/tmp/never'), 'not-found');
    assert.deepEqual(
      (await readdir(folder)).filter((name) => /none|never|partial/.test(name)),
      [],
    );
  });

  test('an input that ends early or runs over fails, and the program does not take it for the whole', async () => {
    const command = { argv: ['sh', '-c', 'cat >/dev/null && echo took it for the whole >&2'] as [string, ...string[]] };
    for (const length of [0, 1, 99_999, 100_001, 200_000]) {
      const input = Readable.from(length > 0 ? [Buffer.alloc(length)] : []);
      const failure = await assertFails(engine.write(service, command, input, 100_000), 'broken-stream');
      assert.doesNotMatch(failure.detail ?? '', /whole/);
    }
  });

  test('an input that breaks fails with the reason of its source', async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.alloc(1000);
        throw Object.assign(new Error('disk gone'), { code: 'EIO' });
      })(),
    );
    const failure = await assertFails(engine.write(service, { argv: ['cat'] }, broken, 5000), 'storage');
    assert.equal(failure.message, 'disk gone');
  });

  test('a program that ends well without reading its input does not count as done', async () => {
    await assertFails(
      engine.write(service, { argv: ['true'] }, Readable.from([Buffer.alloc(2e6)]), 2e6),
      'broken-stream',
    );
  });

  test('a program that fails before its input was read is told by its own words', async () => {
    const command = { argv: ['sh', '-c', 'echo bad password >&2; exit 2'] as [string, ...string[]] };
    const source = new Readable({ read: () => {} });
    source.push(Buffer.alloc(500_000));
    const failure = await assertFails(engine.write(service, command, source, 2e6), 'tool-failed');
    assert.equal(failure.detail, 'bad password');
    assert.ok(source.destroyed);
  });
}

/** By how many MiB the memory of this process grew at most while `work` ran. */
async function growth(work: (look: () => void) => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  let looks = 0;
  await work(() => {
    looks += 1;
    if (looks % 64 === 0) most = Math.max(most, process.memoryUsage.rss());
  });
  return (most - before) / 2 ** 20;
}
