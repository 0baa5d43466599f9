/** What people have run around their backups, and after what failed. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'hooks');
});

after(async () => {
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

/** A project whose hooks write to "log"; the failing ones do so where a file of their name is. */
async function openHooked(): Promise<Project> {
  const project = await tiny.project();
  const settings = `
before:
  backup:
    - 'echo "before $HOLDFAST_COMMAND $HOLDFAST_SOURCES $(ls backups 2>/dev/null | grep -c ^2)" >>log'
    - { name: pause, run: "echo pausing; test ! -e before-fails" }
after:
  backup:
    - 'echo "after $HOLDFAST_SET $HOLDFAST_ENVIRONMENT $\${POSTGRES_PASSWORD-none}" >>log; ls "backups/$HOLDFAST_SET"'
    - { name: resume, run: "echo resuming >&2; test ! -e after-fails" }
on:
  failure: ['echo "failure $HOLDFAST_COMMAND: $HOLDFAST_ERROR" >>log']
`;
  await writeFile(join(project.folder, 'holdfast.yaml'), settings);
  project.environment.POSTGRES_PASSWORD = stack.postgres.password;
  return project;
}

const logOf = async ({ folder }: Project): Promise<string[]> =>
  (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n');
const SOURCES = 'postgres/hf_hooks,postgres/globals.sql,mongo/hf_hooks';

test('hooks run before the first dump and when the set is complete, and know of it; a dry run only prints them', async () => {
  await using project = await openHooked();
  const dry = await project.run('backup', '--dry-run');
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(dry.stdout, /^hook +before.backup +- +pause$[\s\S]*^dump [\s\S]*^hook +after.backup +- +resume$/m);
  assert.equal(existsSync(join(project.folder, 'log')), false, 'a dry run ran a hook');
  const { run, value } = await project.json('backup');
  assert.equal(run.code, 0, run.stderr);
  const [first = '', second] = await logOf(project);
  assert.deepEqual(first.split(' ')[2]?.split(',').sort(), SOURCES.split(',').sort());
  assert.match(first, /^before backup .* 0$/);
  assert.equal(second, `after ${value.set} test-shop none`, 'a hook saw a password, or not the set');
  assert.match(run.stderr, /note: before.backup: "pause" ran, and said:\npausing/);
  assert.match(run.stderr, /note: after.backup: .*\n(.*\n)*manifest.json/);
});

test('a hook that fails before a backup ends it: nothing is dumped, its words are shown, on.failure runs', async () => {
  await using project = await openHooked();
  await writeFile(join(project.folder, 'before-fails'), '');
  const { code, stderr } = await project.run('backup');
  assert.equal(code, 1);
  assert.match(stderr, /error: before.backup, hook: "pause": it ended with exit code 1, expected 0/);
  assert.match(stderr, /\| pausing\n +now: /);
  assert.deepEqual(await project.names(), []);
  const log = await logOf(project);
  assert.equal(log.at(-1), 'failure backup: before.backup, hook: "pause": it ended with exit code 1, expected 0');
});

test('a hook that fails after a backup leaves the set, and the exit code is 3', async () => {
  await using project = await openHooked();
  await writeFile(join(project.folder, 'after-fails'), '');
  const { code, stdout } = await project.run('backup');
  assert.equal(code, 3);
  assert.match(stdout, /✗ after.backup: "resume": it ended with exit code 1.*the set stands\n +\| resuming/);
  const logs = await project.run('logs', 'last');
  assert.match(logs.stdout, /the set stands, but after.backup failed/);
  const [set = ''] = await project.names();
  assert.match(set, /^\d{4}-/);
  assert.equal((await project.run('verify', set)).code, 0);
  const log = await logOf(project);
  assert.match(log.at(-1) ?? '', /^failure backup: the set stands, but after.backup failed: "resume"/);
});

test('a restore that does not become healthy: the old data is back, maintenance mode stays on, on.failure runs', async () => {
  await using project = await openHooked();
  assert.equal((await project.run('backup')).code, 0);
  await tiny.change();
  const changed = await tiny.content();
  const settings = `
maintenance: { on: touch closed, off: rm closed }
services: none
health: [{ name: web, run: 'echo no database; exit 1', seconds: 1 }]
on: { failure: ['echo "failure $HOLDFAST_COMMAND" >>log'] }
`;
  await writeFile(join(project.folder, 'holdfast.yaml'), settings);
  const { code, stdout, stderr } = await project.run('restore', 'latest', '--yes');
  assert.equal(code, 1, stdout);
  assert.match(stderr, /"web" is not healthy after 1 s: found exit code 1, expected 0[\s\S]*\| no database/);
  assert.match(stdout + stderr, /maintenance mode stays on/);
  assert.equal(existsSync(join(project.folder, 'closed')), true);
  assert.equal((await logOf(project)).at(-1), 'failure restore');
  assert.deepEqual(await changesSince(changed, tiny), []);
});
