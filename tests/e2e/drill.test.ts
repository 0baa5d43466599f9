import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostTools } from '../faults/host-tools.ts';
import { containerCli } from '../stack/container-cli.ts';
import { psql } from '../stack/data/psql.ts';
import { attachOrStart, type Stack, startStack } from '../stack/stack.ts';
import { drill } from './drill-sets.ts';
import type { Project } from './holdfast.ts';
import { openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;
let project: Project;
let set: string;

const cli = () => containerCli(stack.postgres.engine, stack.postgres.dockerHost);

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'drill_tiny');
  project = await tiny.project();
  const { run, value } = await project.json('backup');
  assert.equal(run.code, 0, run.stderr);
  set = value.set;
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

test('a good set passes with everything compared, is proven in every storage, and no server is left', async () => {
  await writeFile(join(project.folder, 'holdfast.yaml'), YAML);
  const copied = await project.run('copy', '--to', 'second');
  assert.equal(copied.code, 0, copied.stderr);
  const summary = join(project.folder, 'summary.md');
  Object.assign(project.environment, { GITHUB_STEP_SUMMARY: summary });
  const before = await tiny.content();
  const { code, answer, stderr } = await drill(project, '--report', 'report.md');
  assert.equal(code, 0, stderr + JSON.stringify(answer));
  assert.equal(answer.verdict, 'PASS');
  assert.deepEqual(
    answer.sources.map(({ label, report }) => [label, report?.objects, report?.rows]),
    [
      ['postgres/globals.sql', answer.sources[0]?.report?.objects, 0],
      [`postgres/${tiny.name}`, 2, 500],
      [`mongo/${tiny.name}`, 2, 160],
    ],
  );
  assert.deepEqual(
    answer.sources.flatMap(({ checks }) => checks.map(({ name, found }) => [name, found])),
    [
      ['bags', '300'],
      ['a bag', '3'],
      ['answer', '1'],
    ],
  );
  assert.deepEqual(answer.proof, { level: 'proven', storages: ['local', 'second'] });
  assert.equal((await project.json('list')).value.entries.find(({ name }) => name === set)?.proof, 'proven');
  assert.deepEqual(await throwaways(), []);
  assert.deepEqual(await tiny.content(), before, 'the live databases');
  const report = await readFile(join(project.folder, 'report.md'), 'utf8');
  assert.match(report, /^## Restore drill: PASS\n/);
  assert.equal(await readFile(summary, 'utf8'), report);
  Object.assign(project.environment, { GITHUB_STEP_SUMMARY: undefined });
});

test('an image that cannot be had is UNVERIFIABLE with the reason, and a part proves no more than before', async () => {
  const only = ['--only', `postgres/${tiny.name}`];
  const missing = await drill(project, ...only, '--image', 'postgres=localhost/hf-nowhere:1');
  assert.deepEqual([missing.code, missing.answer.verdict], [5, 'UNVERIFIABLE']);
  assert.match(missing.answer.sources[0]?.reasons[0] ?? '', /"localhost\/hf-nowhere:1" cannot be had/);
  const part = await drill(project, ...only);
  assert.deepEqual([part.code, part.answer.proof?.level], [0, 'readable']);
});

test('a server that is kept is never taken for the live one, and can be removed as told', async () => {
  const { code, answer } = await drill(project, '--only', 'postgres', '--keep');
  assert.equal(code, 0);
  const [enter = '', remove = ''] = answer.kept;
  assert.match(enter, /exec -it holdfast-drill-\S+ bash$/);
  const { POSTGRES_CONTAINER, BACKUP_DISCOVER } = project.environment;
  Object.assign(project.environment, { POSTGRES_CONTAINER: undefined, BACKUP_DISCOVER: undefined });
  const plan = await project.run('backup', '--dry-run', 'postgres');
  Object.assign(project.environment, { POSTGRES_CONTAINER, BACKUP_DISCOVER });
  assert.doesNotMatch(plan.stdout + plan.stderr, /holdfast-drill/);
  assert.equal((await throwaways()).length, 1);
  await cli().run(remove.split(' ').slice(1));
  assert.deepEqual(await throwaways(), []);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} in the middle of a drill leaves nothing`, async () => {
    const { child, ended } = project.start('drill', '--only', 'postgres');
    await untilThrowaway();
    child.kill(signal);
    const run = await ended;
    assert.equal(run.code, signal === 'SIGINT' ? 130 : 143, run.stderr);
    assert.deepEqual(await throwaways(), []);
  });
}

test('what a killed drill left goes with the next one', async () => {
  const { child, ended } = project.start('drill', '--only', 'postgres');
  await untilThrowaway();
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await ended;
  assert.equal((await throwaways()).length, 1);
  const next = await drill(project, '--only', 'postgres');
  assert.equal(next.code, 0, next.stderr);
  assert.match(next.stderr, /removed the throw-away server/);
  assert.deepEqual(await throwaways(), []);
});

test('a dry run tells images, sources and checks, and starts nothing', async () => {
  const { run, value } = await project.json('drill', '--dry-run');
  assert.equal(run.code, 0);
  const servers = (value as unknown as { servers: { image: string; imageFrom: string }[] }).servers;
  assert.deepEqual(
    servers.map(({ image, imageFrom }) => [image, imageFrom]).sort(),
    [
      [stack.postgres.image, 'set'],
      [stack.mongo.image, 'set'],
    ].sort(),
  );
});

test('a given server is restored to under another name and left as it was; the live one is refused', async (context) => {
  const tools = await hostTools(join(project.folder, 'tools'));
  if (tools === undefined) return context.skip('this machine has no tools as new as the servers');
  project.environment.PATH = `${tools}${project.environment.PATH}`;
  project.environment.BACKUP_DRILL_POSTGRES_URL = stack.postgres.url;
  const live = await drill(project, '--only', 'postgres');
  assert.deepEqual([live.code, live.answer.error?.code], [1, 'refused']);
  assert.match(live.answer.error?.message ?? '', /is the server that is backed up/);

  const scratch = await startStack({ services: ['postgres'], project: 'hf-drill-scratch' });
  try {
    const databases = () => psql(scratch.postgres, 'postgres', 'SELECT datname FROM pg_database ORDER BY 1');
    const before = await databases();
    project.environment.BACKUP_DRILL_POSTGRES_URL = scratch.postgres.url;
    const { code, answer, stderr } = await drill(project, '--only', `postgres/${tiny.name}`);
    assert.equal(code, 0, stderr);
    assert.equal(answer.sources[0]?.report?.rows, 500);
    assert.equal(await databases(), before);
    assert.deepEqual(await throwaways(), []);
  } finally {
    project.environment.BACKUP_DRILL_POSTGRES_URL = undefined;
    await scratch.stop();
  }
});

test('an encrypted set is UNVERIFIABLE with another key, and passes with its own', async () => {
  const [own, other] = await Promise.all(['own.txt', 'other.txt'].map(makeKey));
  const { environment } = project;
  // Without its checks, which name a source that this set does not hold.
  await writeFile(join(project.folder, 'holdfast.yaml'), '');
  Object.assign(environment, { BACKUP_AGE_RECIPIENTS: own?.recipient, BACKUP_AGE_IDENTITY: other?.file });
  const { run, value } = await project.json('backup', 'postgres');
  assert.equal(run.code, 0, run.stderr);
  const wrong = await drill(project, value.set);
  environment.BACKUP_AGE_IDENTITY = own?.file;
  const right = await drill(project, value.set);
  Object.assign(environment, { BACKUP_AGE_RECIPIENTS: undefined, BACKUP_AGE_IDENTITY: undefined });
  assert.deepEqual([wrong.code, wrong.answer.verdict], [5, 'UNVERIFIABLE']);
  assert.match(JSON.stringify(wrong.answer), /identit|recipient|key/);
  assert.deepEqual([right.code, right.answer.verdict], [0, 'PASS'], right.stderr);
});

async function makeKey(name: string): Promise<{ file: string; recipient: string }> {
  const { run, value } = await project.json('keys', 'init', '--yes', '--output', name);
  assert.equal(run.code, 0, run.stderr);
  return value as unknown as { file: string; recipient: string };
}

const YAML = `
storage:
  local: {}
  second: {kind: local, folder: second}
drill:
  checks:
    - {name: bags, source: postgres/hf_drill_tiny, sql: "select count(*) from bags", expect: 300}
    - {name: a bag, source: mongo/hf_drill_tiny, collection: bags, count: '{"_id": {"$lt": 3}}', expect_at_least: 3}
    - {name: answer, source: mongo/hf_drill_tiny, command: '{"ping": 1}', path: ok, expect: 1}
`;

async function throwaways(): Promise<string[]> {
  return (await cli().run(['ps', '-a', '-q', '--filter', 'label=holdfast.drill'])).split('\n').filter(Boolean);
}

async function untilThrowaway(): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    if ((await throwaways()).length > 0) return;
  }
  assert.fail('no throw-away server was started');
}
