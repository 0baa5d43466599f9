import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { rotateLog } from '../../../scripts/runs/rotate.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-rotate-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('a log that is small, or not there, is left alone', async () => {
  const path = join(folder, 'small.log');
  await rotateLog(path);
  await writeFile(path, 'line\n');
  await rotateLog(path);
  assert.equal(await readFile(path, 'utf8'), 'line\n');
  assert.deepEqual(await readdir(folder), ['small.log']);
});

test('a large log becomes the first of the old ones, of which so many are kept; who appends to it goes on', async () => {
  const path = join(folder, 'large.log');
  await using held = await open(path, 'a');
  for (const word of ['one', 'two', 'three', 'four']) {
    await held.write(`${word}\n`);
    await rotateLog(path, { largest: 2, kept: 2 });
  }
  await held.write('five\n');
  assert.equal(await readFile(path, 'utf8'), 'five\n');
  assert.equal(await readFile(`${path}.1`, 'utf8'), 'four\n');
  assert.equal(await readFile(`${path}.2`, 'utf8'), 'three\n');
  await assert.rejects(readFile(`${path}.3`), { code: 'ENOENT' });
});
