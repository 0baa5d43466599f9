/** What breaks in the middle of a restore: the old data stays live, and the message says what happened and what stands. */
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { containerCli } from '../stack/container-cli.ts';
import type { Hashes } from '../stack/data/hash.ts';
import { psql } from '../stack/data/psql.ts';
import { run } from '../stack/run.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { writeArchive } from '../unit/datastores/mongodb/archives.ts';
import type { Project } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'broken');
});

after(async () => {
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

/** A project with a set, over whose databases something was changed since. */
async function prepared(setUp = ''): Promise<Project & { readonly changed: Hashes }> {
  await tiny.fill();
  if (setUp !== '') await psql(stack.postgres, tiny.name, setUp);
  const project = await tiny.project();
  const { code, stderr } = await project.run('backup');
  assert.equal(code, 0, stderr);
  await tiny.change();
  return Object.assign(project, { changed: await tiny.content() });
}

async function requireOldData({ changed }: { readonly changed: Hashes }): Promise<void> {
  assert.deepEqual(await changesSince(changed, tiny), []);
  const left = `SELECT string_agg(datname, ', ') FROM pg_database WHERE datname LIKE '${tiny.name}\\_%'`;
  assert.equal((await psql(stack.postgres, 'postgres', left)).trim(), '', 'something was left beside');
}

/** A constraint that the dump's own rows do not meet any more: it asks a table that is filled later. */
const BAD_ROW = `
  CREATE FUNCTION knows(day date) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.bags WHERE name = ''bag 1'')';
  ALTER TABLE sales ADD CHECK (knows(day));
  UPDATE bags SET name = 'no bag 1' WHERE name = 'bag 1';`;

test('a row that the schema refuses: nothing is put in place, the table is named', async () => {
  await using project = await prepared(BAD_ROW);
  const { code, stdout, stderr } = await project.run('restore', '--yes');
  assert.equal(code, 1, stdout + stderr);
  assert.match(
    stdout,
    /postgres\/hf_broken .*FAILED: the old data stands[\s\S]*was NOT restored; the old data is live/,
  );
  assert.match(stderr, /error: postgres\/hf_broken, \w+: [\s\S]*\| .*sales[\s\S]*now: the old data is live and whole/);
  await requireOldData(project);
});

test('an extension that the target lacks is told before anything begins', async (context) => {
  await using project = await prepared('CREATE EXTENSION seg');
  const cli = containerCli(stack.postgres.engine, stack.postgres.dockerHost);
  const inside = (...words: string[]) => cli.run(['exec', '-u', '0', stack.postgres.container, ...words]);
  const file = (await inside('find', '/', '-xdev', '-path', '*/18/extension/seg.control')).trim();
  await inside('mv', file, `${file}.away`);
  context.after(() => inside('mv', `${file}.away`, file));
  const { code, stderr } = await project.run('restore', '--yes');
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    /error: postgres\/hf_broken, prepare: the target lacks extensions .*"seg"[\s\S]*now: .*not touched\n {2}try: install/,
  );
  await requireOldData(project);
});

test('a connection that is cut while rows are loaded: the copy is taken away, the old data stays', async () => {
  await using project = await prepared();
  const others = `datname LIKE '${tiny.name}\\_new%' AND pid <> pg_backend_pid()`;
  const cutting = psql(
    stack.postgres,
    'postgres',
    `DO $$ BEGIN FOR look IN 1..6000 LOOP
       PERFORM pg_stat_clear_snapshot();
       PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others};
       EXIT WHEN FOUND;
       PERFORM pg_sleep(0.01);
     END LOOP; END $$`,
  );
  const { code, stderr } = await project.run('restore', '--yes', '--only', 'postgres');
  await cutting;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /terminating connection|server closed the connection/);
  assert.match(stderr, /now: the old data is live and whole/);
  await requireOldData(project);
});

test('a lock that nobody gives back, over the old data: told with its holder, and nothing was changed', async () => {
  await using project = await prepared();
  project.environment.BACKUP_LOCK_WAIT_SECONDS = '2';
  const before = project.changed;
  const lock = await tiny.block();
  const run = project.start('restore', '--yes', '--in-place', '--no-safety-backup', '--only', `postgres/${tiny.name}`);
  const { code, stdout, stderr } = await run.ended;
  await lock[Symbol.asyncDispose]();
  assert.equal(code, 1, stdout + stderr);
  assert.match(stderr, /waited too long for a lock held by session \d+/);
  assert.match(stderr, /now: the old data is live and whole/);
  await requireOldData({ changed: before });
});

test('a unique index that the documents do not meet: nothing is put in place, the collection is named', async () => {
  await using project = await prepared();
  const set = join(project.backups, '2024-01-31T02-00', 'mongo');
  await mkdir(set, { recursive: true });
  const twins = [1, 2].map((_id) => ({ _id, name: 'the same' }));
  const indexes = [
    { v: 2, key: { _id: 1 }, name: '_id_' },
    { v: 2, key: { name: 1 }, name: 'name_1', unique: true },
  ];
  const archive = writeArchive(tiny.name, [{ name: 'bags', type: 'collection', documents: twins, indexes }]);
  await writeFile(join(set, `${tiny.name}.archive.gz`), gzipSync(archive));
  const { code, stdout, stderr } = await project.run('restore', '2024', '--yes');
  assert.equal(code, 1, stdout + stderr);
  assert.match(stderr, /bags/);
  assert.match(stderr, /now: the old data is live and whole/);
  await requireOldData(project);
});

test('a disk that is too full for the safety backup: the old data is not overwritten', async () => {
  await using project = await prepared();
  const full = join(project.folder, 'full');
  await mkdir(full);
  const sets = await readdir(project.backups);
  assert.ok(sets.length > 0);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=40k,mode=0700', 'tmpfs', full]);
  try {
    project.environment.BACKUP_STORAGE = 'small,local';
    await writeFile(
      join(project.folder, 'holdfast.yaml'),
      'storage:\n  small: { kind: local, folder: full }\n  local: {}\n',
    );
    const { code, stdout, stderr } = await project.run('restore', '--from', 'local', '--yes', '--in-place');
    assert.equal(code, 1, stdout + stderr);
    assert.match(stderr, /safety-backup|no-space|too little room|No space|free/i);
    assert.match(stderr, /now: /);
    await requireOldData(project);
  } finally {
    await run('umount', [full]);
  }
});
