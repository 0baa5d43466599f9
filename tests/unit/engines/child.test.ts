import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { exitCode, startChild } from '../../../scripts/engines/child.ts';

const shell = (script: string) => {
  const child = startChild(['/bin/sh', '-c', script], { PATH: process.env.PATH, GIVEN: 'here' });
  child.stdout.resume();
  return child;
};

test('code, signal and stderr of a child are told', async () => {
  assert.deepEqual(await shell('echo words >&2; exit 7').ended, { code: 7, stderr: 'words\n' });
  assert.deepEqual(await shell('kill -TERM $$').ended, { signal: 'SIGTERM', stderr: '' });
});

test('a program that cannot be started is an end, not an exception', async () => {
  const end = await startChild(['/nowhere/program'], {}).ended;
  assert.equal(end.problem?.code, 'ENOENT');
  assert.equal(exitCode(end), 127);
});

test('a child has the environment that it was given and no other', async () => {
  process.env.NOT_GIVEN = 'secret';
  const child = startChild(['/usr/bin/env'], { GIVEN: 'here' });
  assert.equal(Buffer.concat(await child.stdout.toArray()).toString(), 'GIVEN=here\n');
});

test('a child leads its own process group, and all of it is killed', async () => {
  const child = startChild(['/bin/sh', '-c', 'sleep 1000 & echo $!; wait'], { PATH: process.env.PATH });
  const [line] = await new Promise<Buffer[]>((resolve) => child.stdout.once('data', (...words) => resolve(words)));
  // the pipe ends when the last process that holds it is gone: the sleep as well
  const ended = once(child.stdout, 'end');
  child.kill();
  assert.equal((await child.ended).signal, 'SIGKILL');
  await ended;
  assert.ok(Number(line) > 0);
  child.kill();
});

test('a process that was left behind with stderr open does not hold up the end for long', async () => {
  const child = shell('sleep 5 >/dev/null & echo words >&2; exit 3');
  const begun = Date.now();
  assert.deepEqual(await child.ended, { code: 3, stderr: 'words\n' });
  assert.ok(Date.now() - begun < 4500);
  child.stdout.destroy();
});

test('codes of a shell: the signal plus 128', () => {
  assert.equal(exitCode({ code: 3, stderr: '' }), 3);
  assert.equal(exitCode({ signal: 'SIGKILL', stderr: '' }), 137);
});
