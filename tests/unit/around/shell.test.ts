import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { runHook } from '../../../scripts/around/hook.ts';
import { runShell } from '../../../scripts/around/shell.ts';
import { Failure } from '../../../scripts/common/failure.ts';
import { noSignal, surroundings, testFolder } from './folder.ts';

const folder = testFolder();
const place = surroundings(folder, { WORD: 'moon & sun' });
const shell = (run: string, timeoutSeconds = 30, signal = noSignal()) =>
  runShell({ ...place, run, timeoutSeconds }, signal);

/** Waits for numbers of processes that a command wrote to a file. */
async function pidsIn(name: string, count: number): Promise<number[]> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(20)) {
    const pids = readWords(name).map(Number);
    if (pids.length >= count) return pids;
  }
  throw new Error(`"${name}" was not written`);
}

function readWords(name: string): string[] {
  try {
    return readFileSync(join(folder, name), 'utf8').trim().split(/\s+/).filter(Boolean);
  } catch {
    // Not there yet.
    return [];
  }
}

/** A process that waits to be collected has ended. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function untilGone(pids: readonly number[], milliseconds: number): Promise<number[]> {
  for (const end = Date.now() + milliseconds; Date.now() < end && pids.some(isAlive); ) await sleep(50);
  return pids.filter(isAlive);
}

test('a command runs in its folder with its variables, both streams kept as they came', async () => {
  const { code, output } = await shell('echo one; echo two >&2; echo "$WORD"; pwd; exit 7');
  assert.deepEqual([code, output], [7, `one\ntwo\nmoon & sun\n${folder}`]);
});

test('a command has no input, no terminal, and nothing of ours that is open', async () => {
  const open = 'readlink /proc/self/fd/[3-9] /proc/self/fd/[1-9][0-9]';
  const { output } = await shell(`cat; tty; (exec </dev/tty) 2>/dev/null || echo none; ${open}`);
  const [answer, none, ...left] = output.split('\n');
  assert.deepEqual([answer, none], ['not a tty', 'none']);
  // Whoever started these tests may have left something open for all that they start.
  const { stdout } = spawnSync('/bin/sh', ['-c', open], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  const theirs = new Set(stdout.split('\n'));
  assert.deepEqual(
    left.filter((target) => !theirs.has(target)),
    [],
  );
});

test('of a flood the last 64 KiB are kept, without the signs that colour a terminal', async () => {
  const { output } = await shell('yes 0123456789abcde | head -c 300000; printf "\\033[31mred\\033[0m\\r\\n\\007end"');
  assert.ok(output.length <= 64 * 1024 && output.length > 60 * 1024, String(output.length));
  assert.ok(output.endsWith('\nred\nend'), JSON.stringify(output.slice(-30)));
});

test('what a command leaves running does not keep it from ending', async () => {
  const began = Date.now();
  const { code, output } = await shell('sleep 5 & echo $! >left; echo done');
  assert.deepEqual([code, output], [0, 'done']);
  assert.ok(Date.now() - began < 4000, 'it waited for what was left running');
  for (const pid of await pidsIn('left', 1)) process.kill(pid, 'SIGKILL');
});

test('the time-out ends the whole group, also who does not listen, and the output is kept', async () => {
  const began = Date.now();
  const deaf = 'sh -c "trap \\"\\" TERM; echo \\$\\$ >>late; while :; do sleep 1; done" &';
  const running = shell(`echo started; ${deaf} sleep 60 & echo $! >>late; echo $$ >>late; wait`, 1);
  const pids = await pidsIn('late', 3);
  await assert.rejects(running, (error: Failure) => {
    assert.deepEqual([error.code, error.detail?.split('\n')[0]], ['timeout', 'started']);
    assert.match(error.message, /did not end within 1 s/);
    return true;
  });
  assert.ok(Date.now() - began < 12_000, 'it took too long');
  assert.deepEqual(await untilGone(pids, 1000), []);
});

test('an abort ends the whole group and says who aborted', async () => {
  const stop = new AbortController();
  const running = shell('sleep 60 & echo $! >aborted; wait', 60, stop.signal);
  const pids = await pidsIn('aborted', 1);
  const reason = new Failure('interrupted', { message: 'ended by SIGTERM' });
  stop.abort(reason);
  await assert.rejects(running, reason);
  assert.deepEqual(await untilGone(pids, 1000), []);
});

test('a command does not outlive Holdfast when that is killed by kill -9', async () => {
  const path = new URL('../../../scripts/around/shell.ts', import.meta.url).pathname;
  const script = `import { runShell } from '${path}';
    const run = 'sleep 60 & echo $! >orphan; echo $$ >>orphan; wait';
    await runShell({ folder: '${folder}', environment: { PATH: process.env.PATH }, run, timeoutSeconds: 60 },
      new AbortController().signal);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: 'inherit' });
  const pids = await pidsIn('orphan', 2);
  child.kill('SIGKILL');
  assert.deepEqual(await untilGone(pids, 3000), []);
});

test('a hook that fails is named with its exit code and its output', async () => {
  const hook = { name: 'migrate', run: 'echo "no such column"; exit 3', timeoutSeconds: 5 };
  await assert.rejects(runHook(hook, place, noSignal()), {
    code: 'tool-failed',
    message: '"migrate": it ended with exit code 3, expected 0',
    detail: 'no such column',
  });
});
