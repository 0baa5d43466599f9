/** The workflows of GitHub Actions, as they stand: what actionlint says, and their commands run for real. */
import assert from 'node:assert/strict';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { parseCron } from '../../scripts/common/cron.ts';
import { githubWorkflow } from '../../scripts/schedules/print/github.ts';
import { localStorage } from '../../scripts/storage/local.ts';
import { actionlint } from '../stack/actionlint.ts';
import { installPrograms } from '../stack/host.ts';
import { run } from '../stack/run.ts';
import { writeExampleSet } from '../unit/sets/example-set.ts';
import { type JobEnd, readWorkflow, runJob, WORKFLOWS, type Workflow } from './workflow-job.ts';

const NAMES = ['backup.yml', 'restore-drill.yml'];
const top = new URL('../..', import.meta.url).pathname;

/** What every expression is for who has set nothing at all. */
const UNSET: Readonly<Record<string, string>> = {
  "vars.BACKUP_STORAGE || (secrets.BACKUP_S3_BUCKET != '' && 's3' || 'local')": 'local',
  "vars.BACKUP_ENVIRONMENT || 'production'": 'production',
  'github.token': 'a-token',
  "inputs.set || 'latest'": 'latest',
  'inputs.image': '',
  'vars.BACKUP_AGE_RECIPIENTS': '',
  ...Object.fromEntries(
    [
      ...['BACKUP_S3_BUCKET', 'BACKUP_S3_REGION', 'BACKUP_S3_ENDPOINT', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
      ...['POSTGRES_URL', 'MONGO_URL', 'BACKUP_SIGN_KEY', 'BACKUP_AGE_IDENTITY'],
    ].map((name) => [`secrets.${name}`, '']),
  ),
};

/** A machine of GitHub: `folder` is the checkout, `bin` holds programs that stand in for what asks GitHub. */
let machine: string;
let folder: string;
let bin: string;

// actionlint passes over the commands where there is none.
before(() => installPrograms({ shellcheck: 'shellcheck' }));

beforeEach(async () => {
  if (machine !== undefined) await rm(machine, { recursive: true });
  machine = await mkdtemp(join(tmpdir(), 'holdfast-workflow-'));
  [folder, bin] = [join(machine, 'work'), join(machine, 'bin')];
  for (const made of [folder, bin]) await mkdir(made);
  await symlink(top, join(folder, '.holdfast'));
  // Nothing that runs on this machine is the business of these tests.
  await writeFile(join(folder, '.env'), 'BACKUP_DISCOVER=no\n');
});
after(() => rm(machine, { recursive: true, force: true }));

/** Puts a program in front of all others. */
async function standIn(name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, name), 0o755);
}

async function start(name: string, job: string, more: Readonly<Record<string, string>> = {}): Promise<JobEnd> {
  const found = (await readWorkflow(name)).jobs[job];
  assert.ok(found);
  return await runJob(found, { folder, values: { ...UNSET, ...more }, folders: [bin] });
}

test('actionlint, with shellcheck, finds nothing to object to in the workflows and in the one that is printed', async () => {
  const time = parseCron('0 2 * * *');
  assert.ok(time);
  const fixed = { time, timezone: undefined, folder: '/', environment: {}, logFile: '/', writable: [] };
  const jobs = ['backup', 'verify it'].map((name) => ({ ...fixed, name, delaySeconds: 0, timeoutSeconds: 9 }));
  const text = githubWorkflow(jobs.map((job) => ({ ...job, command: ['x', 'schedule', 'run', job.name] })));
  const printed = join(machine, 'printed.yml');
  await writeFile(printed, text);
  const files = [...NAMES.map((name) => new URL(name, WORKFLOWS).pathname), printed];
  assert.equal(await run(await actionlint(), ['-shellcheck', 'shellcheck', ...files]), '');
});

test('actionlint objects to a workflow that is wrong', async () => {
  const text = await readFile(new URL('backup.yml', WORKFLOWS), 'utf8');
  for (const [right, wrong] of [
    ['github.token', 'github.tokn'],
    ['"$folder/holdfast"', '$folder/holdfast'],
  ] as const) {
    assert.ok(text.includes(right));
    await writeFile(join(machine, 'wrong.yml'), text.replace(right, wrong));
    await assert.rejects(run(await actionlint(), [join(machine, 'wrong.yml')]), right);
  }
});

test('they run when they should, with the least rights, never two at once, and keep what they made for 30 days', async () => {
  const [backup, drill] = (await Promise.all(NAMES.map(readWorkflow))) as [Workflow, Workflow];
  assert.deepEqual(backup.on.schedule, [{ cron: '0 3 * * *' }]);
  assert.deepEqual(drill.on.schedule, [{ cron: '0 4 * * 0' }]);
  assert.deepEqual(backup.permissions, { contents: 'read' });
  assert.deepEqual(drill.permissions, { contents: 'read', actions: 'read' });
  for (const { on, concurrency, jobs } of [backup, drill]) {
    assert.ok('workflow_dispatch' in on);
    assert.equal(concurrency.group, 'holdfast');
    for (const { steps, ...job } of Object.values(jobs)) {
      assert.ok(job['timeout-minutes'] <= 360);
      for (const { uses } of steps) assert.match(uses ?? 'a/b@v1', /^[\w-]+\/[\w-]+@v\d+$/);
      const kept = steps.filter(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
      assert.deepEqual(
        kept.map((step) => step.with?.['retention-days']),
        [30],
      );
    }
  }
});

test('a backup runs the real command, which says what is missing, and the page of the run tells how things stand', async () => {
  await standIn('gh', 'echo private');
  const { code, output, summary } = await start('backup.yml', 'backup');
  assert.equal(code, 1);
  assert.match(output, /error: found no running server/);
  assert.match(summary, /^```\nCRIT: "production" has no good set/);
});

test('secrets that are not set hide nothing that .env says, and those that are set win', async () => {
  await standIn('gh', 'echo private');
  const probe = `[ "$1" = backup ] || exit 0
printf '%s;%s;%s;' "$POSTGRES_URL" "\${MONGO_URL-unset}" "\${SIGN_KEY-unset}"
cat "$BACKUP_SIGN_KEY"
stat -c ';%a' "$BACKUP_SIGN_KEY"`;
  await rm(join(folder, '.holdfast'));
  await writeFile(join(folder, 'holdfast'), `#!/bin/sh\n${probe}\n`);
  await chmod(join(folder, 'holdfast'), 0o755);
  const secrets = { 'secrets.POSTGRES_URL': 'postgres://h/d', 'secrets.BACKUP_SIGN_KEY': 'the key' };
  const { output } = await start('backup.yml', 'backup', secrets);
  assert.equal(output, 'postgres://h/d;unset;unset;the key\n;600\n');
});

test('a backup refuses to put its dumps where everybody can read them', async () => {
  await standIn('gh', 'echo public');
  const refused = await start('backup.yml', 'backup');
  assert.equal(refused.code, 1);
  assert.match(refused.output, /^::error::this repository is public/);
  assert.doesNotMatch(refused.output, /found no running server/);
  const recipient = { 'vars.BACKUP_AGE_RECIPIENTS': 'age1u6ruyw6vv3x4vzc6up3a65d35nr4p9hv7xgkvynl58u86v52cu4qja6gft' };
  assert.match((await start('backup.yml', 'backup', recipient)).output, /found no running server/);
});

test('without Holdfast anywhere a job says how to name its repository', async () => {
  await rm(join(folder, '.holdfast'));
  const { code, output } = await start('backup.yml', 'backup');
  assert.equal(code, 1);
  assert.match(output, /^::error::found no Holdfast: set the variable HOLDFAST_REPOSITORY/);
});

/** Has `gh` give a set of the backup workflow whose dump has one wrong byte: a drill needs no server to see that. */
async function offerDamagedSet(): Promise<void> {
  const kept = join(machine, 'kept');
  const { name } = await writeExampleSet(localStorage({ folder: kept }), new Date(), { environment: 'production' });
  await writeFile(join(kept, name, 'postgres', 'app.dump'), 'the bytes of ape');
  await cp(kept, join(machine, 'artifact'), { recursive: true });
  await standIn(
    'gh',
    `case $2 in list) echo 17 ;; download) [ "$3" = 17 ] && cp -R '${join(machine, 'artifact')}' backups ;; esac`,
  );
}

test('a drill takes the newest artifact, fails for a damaged set, and keeps log, report and summary', async () => {
  await offerDamagedSet();
  const { code, output, summary } = await start('restore-drill.yml', 'drill', {
    'inputs.image': 'postgres=docker.io/library/postgres:18',
  });
  assert.equal(code, 5, output);
  assert.match(summary, /^## Restore drill: FAIL/);
  const files = await readdir(folder);
  assert.ok(files.includes('drill.log') && files.includes('drill-report.md'), files.join());
  assert.match(await readFile(join(folder, 'drill.log'), 'utf8'), /FAIL/);
  assert.match(await readFile(join(folder, 'drill-report.md'), 'utf8'), /^## Restore drill: FAIL/);
});

test('a drill that comes to no verdict shows the end of its log, and fails', async () => {
  await standIn('gh', 'case $2 in list) echo 17 ;; esac');
  const { code, summary } = await start('restore-drill.yml', 'drill');
  assert.equal(code, 1);
  assert.match(summary, /^## Restore drill: it came to no verdict\n```\n(?:.*\n)*?.*found no set "latest"/);
});

test('a drill without any backup says that there is none', async () => {
  await standIn('gh', 'true');
  const { code, output } = await start('restore-drill.yml', 'drill');
  assert.equal(code, 1);
  assert.match(output, /^::error::found no run of backup\.yml that ended well/);
});
