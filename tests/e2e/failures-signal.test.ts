/** Ctrl-C and SIGTERM in the middle of a dump: an orderly end on both sides. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { needsLinux, untilGone, watchContainers } from '../faults/processes.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'signal');
});

after(async () => {
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} in the middle of a dump ends with ${code}; no partial set, lock or process is left`, {
    skip: needsLinux,
  }, async () => {
    await using project = await tiny.project();
    await using _lock = await tiny.block();
    const { child, ended } = project.start('backup');
    await tiny.blocked();
    assert.match((await project.names()).join(), /\.lock.*\.partial/);
    child.kill(signal);
    const run = await ended;
    assert.equal(run.code, code, run.stderr);
    assert.match(run.stderr, new RegExp(`ending after ${signal}: cleaning up`));
    assert.match(
      run.stderr,
      new RegExp(
        `error: ended by ${signal}\\n {2}now: what was unfinished was removed; complete sets were not touched`,
      ),
    );
    assert.deepEqual(await project.names(), []);
    const { leftovers } = await watchContainers([stack.postgres, stack.mongo]);
    // our own session, which the dump waited for
    const others = (): string[] => leftovers().filter((line) => !/psql|idle in transaction/.test(line));
    const { left } = await untilGone(others);
    assert.deepEqual(left, []);
  });
}

test('a second run after an interrupted one is as good as any', async () => {
  await using project = await tiny.project();
  const lock = await tiny.block();
  const { child, ended } = project.start('backup');
  await tiny.blocked();
  child.kill('SIGTERM');
  await ended;
  await lock[Symbol.asyncDispose]();
  const { run, value } = await project.json('backup');
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(await project.names(), [value.set]);
});
