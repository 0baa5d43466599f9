/** The folder of the sets: locked, read-only, full. What was there before is there afterwards. */
import assert from 'node:assert/strict';
import { chmod, mkdir, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { run, works } from '../stack/run.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'folder');
});

after(async () => {
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

test('of two backups at the same time the second ends with exit code 4 and says who holds the lock', async () => {
  await using project = await tiny.project();
  const lock = await tiny.block();
  const first = project.start('backup');
  await tiny.blocked();
  const second = await project.run('backup');
  assert.equal(second.code, 4, second.stderr);
  assert.match(
    second.stderr,
    /error: lock: ".*backups" is locked: "backup", process \d+ on host ".+", since \S+, last heartbeat \d+ s ago/,
  );
  assert.match(second.stderr, /now: nothing was changed\n {2}try: wait for the other run, or end it: kill \d+\n/);
  const pruning = await project.json('prune');
  assert.deepEqual([pruning.run.code, pruning.value.error.code], [4, 'locked']);
  assert.equal((await project.run('list')).code, 0);
  await lock[Symbol.asyncDispose]();
  const ended = await first.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal((await project.names()).length, 1);
});

test('a backup folder that cannot be written: told at once, list and restore still work', async (context) => {
  await using project = await tiny.project();
  project.environment.XDG_STATE_HOME = join(project.folder, 'state');
  assert.equal((await project.run('backup')).code, 0);
  await using _readOnly = await makeReadOnly(project, (reason) => context.skip(reason));
  const { code, stderr } = await project.run('backup');
  assert.equal(code, 1, stderr);
  assert.match(stderr, /error: .*cannot write to the backup folder ".*backups"/);
  assert.match(stderr, /try: .*BACKUP_LOCAL_DIR/);
  assert.match((await project.run('list')).stdout, /^1 complete set/m);
  const restored = await project.run('restore', '--yes', '--only', 'mongo');
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(restored.stdout, new RegExp(`^report: ${project.folder}/state/holdfast/logs/`, 'm'));
  const undone = await project.run('undo', '--yes');
  assert.equal(undone.code, 0, undone.stderr);
});

test('a full disk: told as such, nothing half is left, the old set is whole', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('only root can mount a small disk');
  await using project = await tiny.project();
  await mkdir(project.backups);
  if (!(await works('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'holdfast-test', project.backups]))) {
    return context.skip('no tmpfs can be mounted here');
  }
  try {
    assert.equal((await project.run('backup')).code, 0);
    const { bavail, bsize } = await statfs(project.backups);
    await writeFile(join(project.backups, 'filler'), Buffer.alloc((bavail - 4) * bsize));
    const before = await project.names();
    const { code, stderr } = await project.run('backup');
    assert.equal(code, 1, stderr);
    assert.match(stderr, /error: .*the disk is full: cannot write .*\n {7}\| ENOSPC: /);
    assert.match(
      stderr,
      /now: what was unfinished was removed; complete sets were not touched\n {2}try: free some space/,
    );
    assert.deepEqual(await project.names(), before);
    assert.equal((await project.run('verify')).code, 0);
  } finally {
    await run('umount', [project.backups]);
  }
});

/** Root may write everywhere but to a file system that is mounted read-only. */
async function makeReadOnly(project: Project, skip: (reason: string) => void): Promise<AsyncDisposable> {
  if (process.getuid?.() !== 0) {
    const { mode } = await stat(project.backups);
    await chmod(project.backups, 0o500);
    return { [Symbol.asyncDispose]: () => chmod(project.backups, mode) };
  }
  const bound = await works('sh', [
    '-c',
    'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"',
    'sh',
    project.backups,
  ]);
  if (!bound) skip('nothing can be mounted here');
  return { [Symbol.asyncDispose]: async () => void (await works('umount', [project.backups])) };
}
