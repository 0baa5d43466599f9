/** A server that fails never spoils the others, and the set says what it lacks. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { containerCli } from '../stack/container-cli.ts';
import { psql } from '../stack/data/psql.ts';
import { attachOrStart, type Stack, startStack } from '../stack/stack.ts';
import { copyAged } from './aged.ts';
import { openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'failures');
});

after(async () => {
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

test('a source that was named and does not exist ends the run, and the ones that exist are listed', async () => {
  await using project = await tiny.project();
  const { code, stdout, stderr } = await project.run('backup', 'mongo', 'postgres/gone');
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /error: there is no source "postgres\/gone"; found .*"postgres\/hf_failures"/);
  assert.deepEqual(await project.names(), []);
});

test('one database that cannot be read: exit code 3, the others are kept, it is named, nothing is pruned', async (context) => {
  await using project = await tiny.project();
  const bad = `${tiny.name}_bad`;
  context.after(() => psql(stack.postgres, 'postgres', `DROP DATABASE IF EXISTS ${bad} WITH (FORCE)`));
  assert.equal((await project.run('backup')).code, 0);
  const [good = ''] = await project.names();
  const old = await copyAged(project.backups, good, 30);
  await makeUnreadable(bad);
  project.environment.POSTGRES_DATABASES = `${tiny.name},${bad}`;
  const { run, value } = await project.json('backup');
  assert.equal(run.code, 3, run.stderr);
  assert.deepEqual(
    value.manifest.failed.map(({ name }) => name),
    [bad],
  );
  assert.match(value.manifest.failed[0]?.reason ?? '', /invalid page in block 0/);
  const kept = value.manifest.sources.map(({ kind, name }) => `${kind}/${name}`);
  assert.deepEqual(kept, ['mongo/hf_failures', 'postgres/globals.sql', 'postgres/hf_failures']);
  assert.deepEqual(value.pruned, []);
  assert.ok((await project.names()).includes(old), 'the old set was pruned after a failure');
  const guide = await readFile(join(project.backups, value.set, 'RESTORE.md'), 'utf8');
  assert.match(guide, /NOT in this set, it failed: postgres\/hf_failures_bad: .*invalid page/);
  const words = await project.run('backup');
  assert.match(words.stdout, /^postgres\/hf_failures_bad .* FAILED$/m);
  assert.match(
    words.stdout,
    /^✗ postgres\/hf_failures_bad: .*\n[\s\S]*LACKS 1 source that failed.*older sets were not pruned/m,
  );
  assert.match((await project.run('list')).stdout, /postgres 1, 1 failed/);
});

test('a server whose tools are missing, that is stopped, or that is gone: told as such, with what to try', async (context) => {
  const own = await startStack({
    project: `${process.env.HOLDFAST_STACK_PROJECT ?? 'holdfast'}-failing`,
    services: ['postgres'],
  });
  context.after(() => own.stop());
  const { container, engine, dockerHost } = own.postgres;
  const cli = containerCli(engine, dockerHost);
  await using project = await tiny.project();
  project.environment.POSTGRES_CONTAINER = container;
  delete project.environment.POSTGRES_DATABASES;
  const expectFailure = async (expected: RegExp): Promise<void> => {
    const both = await project.json('backup');
    assert.equal(both.run.code, 3, both.run.stderr);
    assert.match(both.value.manifest.failed.map(({ reason }) => reason).join('\n'), expected);
  };
  const hide = "find / -xdev -name 'pg_dump*' -type f -perm -100 -exec chmod a-x {} +";
  await cli.run(['exec', '-u', '0', container, 'sh', '-c', hide]);
  await expectFailure(/neither pg_dump nor psql was found in \w+ container/);
  await cli.run(['stop', '-t', '2', container]);
  await expectFailure(new RegExp(`container "${container}" is there but exited; try: ${cli.name} start ${container}`));
  const alone = await project.run('backup', 'postgres');
  assert.equal(alone.code, 1, alone.stderr);
  assert.match(alone.stderr, /now: no set was made; older sets were not touched\n {2}try: /);
  const restored = await project.run('restore', '--yes', '--only', 'mongo');
  assert.equal(restored.code, 0, restored.stderr);
  await cli.run(['rm', '-f', '-v', container]);
  await expectFailure(
    new RegExp(`there is no container "${container}"; looked at .*; try: correct POSTGRES_CONTAINER in .env`),
  );
});

test('a restore to a server that is not there changes nothing and says what to do', async () => {
  await using project = await tiny.project();
  assert.equal((await project.run('backup')).code, 0);
  project.environment.POSTGRES_CONTAINER = 'no-such-container';
  await tiny.change();
  const before = await tiny.content();
  const { code, stderr } = await project.run('restore', '--yes');
  assert.equal(code, 1, stderr);
  assert.match(stderr, /error: postgres\/\S+, connect: there is no container "no-such-container"/);
  assert.match(stderr, /now: .*not touched\n {2}try: correct POSTGRES_CONTAINER/);
  assert.deepEqual(await tiny.content(), before);
});

/**
 * Makes a database of which one table cannot be read. A copy by file goes past the buffers of the server, so that what
 * is written over its file is what the server sees.
 */
async function makeUnreadable(name: string): Promise<void> {
  const { postgres } = stack;
  await psql(postgres, 'postgres', `CREATE DATABASE ${name} TEMPLATE ${tiny.name} STRATEGY file_copy`);
  const path = (
    await psql(postgres, name, `SELECT current_setting('data_directory') || '/' || pg_relation_filepath('sales')`)
  ).trim();
  const overwrite = 'yes damaged | dd of="$1" bs=8192 count=1 conv=notrunc iflag=fullblock';
  const cli = containerCli(postgres.engine, postgres.dockerHost);
  await cli.run(['exec', '-u', '0', postgres.container, 'sh', '-c', overwrite, 'sh', path]);
}
