import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Failure } from '../../../scripts/common/failure.ts';
import { localStorage } from '../../../scripts/storage/local.ts';

const SET = '2026-05-07T15-36';

/** A set with one file of random bytes, not a multiple of any buffer. */
async function openPlace(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-digest-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, SET));
  const bytes = randomBytes(70_000_001);
  await writeFile(join(folder, SET, 'large'), bytes);
  const { digest = assert.fail('local storage has none') } = localStorage({ folder });
  return { folder, bytes, digest };
}

const code = (error: unknown): string => (error instanceof Failure ? error.code : String(error));

test('a large file of this machine is digested in a thread, which says how far it is', async (context) => {
  const { bytes, digest } = await openPlace(context);
  const heard: number[] = [];
  const found = await digest(SET, 'large', { onBytes: (read) => heard.push(read) });
  assert.deepEqual(found, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  assert.deepEqual(heard, [33_554_432, 67_108_864]);
});

test('a small file is left to the stream, and so is one that is not there', async (context) => {
  const { folder, digest } = await openPlace(context);
  await writeFile(join(folder, SET, 'small'), 'x');
  assert.equal(await digest(SET, 'small'), undefined);
  assert.equal(await digest(SET, 'missing'), undefined);
});

test('a file that cannot be read, a link and an abort end with a Failure', async (context) => {
  const { folder, digest } = await openPlace(context);
  await mkdir(join(folder, 'elsewhere'));
  await symlink(join(folder, SET), join(folder, '2026-05-08T15-36'));
  await assert.rejects(digest('2026-05-08T15-36', 'large'), (error) => code(error) === 'storage');
  const stop = new AbortController();
  const failure = new Failure('interrupted', { message: 'ended by SIGINT' });
  const running = digest(SET, 'large', { signal: stop.signal, onBytes: () => stop.abort(failure) });
  await assert.rejects(running, (error) => error === failure);
});
