/** A whole round of a compose project: maintenance on, application stopped, restored, migrated, started, healthy. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ensureImage } from '../contract/images.ts';
import { type ContainerCli, containerCli } from '../stack/container-cli.ts';
import { psql } from '../stack/data/psql.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;
let project: Project;
let cli: ContainerCli;
/** The application: a container of the same compose project as the databases. */
let web: string;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'round');
  project = await tiny.project();
  cli = containerCli(stack.postgres.engine, stack.postgres.dockerHost);
  web = `${stack.postgres.container}-web`;
  const format = '{{ index .Config.Labels "com.docker.compose.project" }}';
  const name = (await cli.run(['inspect', '--format', format, stack.postgres.container])).trim();
  const labels = ['project', 'service'].flatMap((key) => [
    '--label',
    `com.docker.compose.${key}=${key === 'project' ? name : 'web'}`,
  ]);
  const image = await ensureImage(stack.postgres.engine, 'busybox');
  const application = 'trap "exit 0" TERM; while :; do sleep 0.1; done';
  await cli.run(['run', '-d', '--name', web, '--network', 'none', ...labels, image, 'sh', '-c', application]);
  await writeFile(join(project.folder, 'holdfast.yaml'), settings());
  const asking = `${cli.name} inspect --format '{{.State.Running}}' ${web}`;
  await writeFile(join(project.folder, 'running'), asking);
});

after(async () => {
  await cli?.run(['rm', '-f', '-t', '0', web]);
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

function settings(): string {
  const engine = cli.name;
  const running = '$(sh running)';
  const { container, user } = stack.postgres;
  const alter = 'ALTER TABLE bags ADD COLUMN migrated int';
  return `
maintenance:
  on: 'touch maintenance; echo "maintenance on" >>log'
  off: 'rm maintenance; echo "maintenance off, web ${running}" >>log'
before:
  restore: ['echo "before, web ${running}" >>log']
after:
  restore:
    - name: migrate
      run: |
        echo "migrate, web ${running}" >>log
        test ! -e migration-fails || { echo "column is there already" >&2; exit 7; }
        ${engine} exec ${container} psql -q -U ${user} -d ${tiny.name} -c '${alter}'
rebuild:
  - name: search
    from: [postgres/${tiny.name}]
    run: |
      test ! -e search-fails || { echo "no room for the index" >&2; exit 4; }
      ${engine} exec ${container} psql -q -U ${user} -d ${tiny.name} -Atc 'SELECT count(*) FROM bags' >index
    check: { name: all are found, run: 'grep -qx 300 index' }
  - { name: elsewhere, from: [postgres/elsewhere], run: 'touch elsewhere' }
health:
  - { name: web, run: '${engine} exec ${web} true', seconds: 10 }
`;
}

const log = async (): Promise<string[]> => (await readFile(join(project.folder, 'log'), 'utf8')).trim().split('\n');
const isRunning = async (): Promise<boolean> =>
  (await cli.run(['inspect', '--format', '{{.State.Running}}', web])).trim() === 'true';

test('the plan tells every step around it, and each is done in its order', async () => {
  await tiny.fill();
  assert.equal((await project.run('backup')).code, 0);
  await tiny.change();
  const dry = await project.run('restore', '--dry-run');
  assert.equal(dry.code, 0, dry.stderr);
  assert.match(
    dry.stdout,
    /maintenance[\s\S]*before.restore[\s\S]*stop.*web[\s\S]*put "hf_round"[\s\S]*migrate[\s\S]*start.*web[\s\S]*rebuild search[\s\S]*maintenance mode off/,
  );
  assert.equal(existsSync(join(project.folder, 'log')), false, 'a dry run ran a hook');
  const { code, stdout, stderr } = await project.run('restore', '--yes');
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual(await log(), [
    'maintenance on',
    'before, web true',
    'migrate, web false',
    'maintenance off, web true',
  ]);
  assert.equal(await readFile(join(project.folder, 'index'), 'utf8'), '300\n');
  assert.equal(existsSync(join(project.folder, 'elsewhere')), false);
  const columns = `SELECT count(migrated) || ' ' || count(*) FROM bags`;
  assert.equal((await psql(stack.postgres, tiny.name, columns)).trim(), '0 300');
  assert.equal(await isRunning(), true);
});

test('a migration that fails leaves the old data live, the application running and maintenance mode off', async () => {
  await tiny.fill();
  assert.equal((await project.run('backup')).code, 0);
  await tiny.change();
  const changed = await tiny.content();
  await writeFile(join(project.folder, 'migration-fails'), '');
  await writeFile(join(project.folder, 'log'), '');
  const { code, stdout, stderr } = await project.run('restore', '--yes');
  assert.equal(code, 1);
  assert.match(stdout, /was NOT restored; the old data is live/);
  assert.match(
    stderr,
    /error: after-hook: "?migrate"?[\s\S]*\| column is there already[\s\S]*now: the old data is live and whole/,
  );
  assert.deepEqual(await changesSince(changed, tiny), []);
  assert.equal(await isRunning(), true);
  assert.equal(existsSync(join(project.folder, 'maintenance')), false);
  assert.equal((await log()).at(-1), 'maintenance off, web true');
  const kept = await psql(
    stack.postgres,
    'postgres',
    `SELECT count(*) FROM pg_database WHERE datname LIKE 'hf_round_%'`,
  );
  assert.equal(kept.trim(), '0', 'what was restored and taken back was left behind');
});

test('an index that cannot be made anew leaves the restored data live, and holdfast rebuild makes it later', async () => {
  await tiny.fill();
  const backup = await project.run('backup');
  assert.equal(backup.code, 0);
  assert.match(backup.stdout, /rebuild\/search: not backed up: made anew after a restore by "test /);
  await tiny.change();
  for (const name of ['migration-fails', 'index']) await rm(join(project.folder, name), { force: true });
  await writeFile(join(project.folder, 'search-fails'), '');
  const { code, stdout, stderr } = await project.run('restore', '--yes');
  assert.equal(code, 1);
  assert.match(stdout, /restored, as recorded[\s\S]*is restored, but what has to follow was not all done/);
  assert.match(stderr, /maintenance mode stays on: "search" was not made anew[\s\S]*no room for the index/);
  assert.match(stderr, /try: holdfast rebuild search; when all is well: rm maintenance/);
  const bags = 'SELECT count(*) FROM bags';
  assert.equal((await psql(stack.postgres, tiny.name, bags)).trim(), '300');
  assert.deepEqual([await isRunning(), existsSync(join(project.folder, 'maintenance'))], [true, true]);
  await rm(join(project.folder, 'search-fails'));
  const unknown = await project.run('rebuild', 'serch');
  assert.deepEqual([unknown.code, /no rebuild "serch"; found "search", "elsewhere"/.test(unknown.stderr)], [1, true]);
  const dry = await project.run('rebuild', '--dry-run');
  assert.deepEqual([dry.code, existsSync(join(project.folder, 'index'))], [0, false], dry.stderr);
  const again = await project.run('rebuild', 'search');
  assert.equal(again.code, 0, again.stderr);
  assert.equal(await readFile(join(project.folder, 'index'), 'utf8'), '300\n');
});

test('where services are left alone, the application runs through it', async () => {
  await tiny.fill();
  const { code, stderr } = await project.run('restore', '--dry-run', '--no-services');
  assert.equal(code, 0, stderr);
  const { value } = await project.json('restore', '--dry-run', '--no-services');
  const kinds = (value as unknown as { steps: { kind: string }[] }).steps.map(({ kind }) => kind);
  assert.ok(!kinds.includes('stop') && !kinds.includes('start'), kinds.join(' '));
});
