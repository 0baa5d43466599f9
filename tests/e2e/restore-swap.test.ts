import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openMongo } from '../stack/data/mongo.ts';
import { psql } from '../stack/data/psql.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;
let project: Project;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'swap');
  project = await tiny.project();
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

/** What `restore --json` and `undo --json` print of steps and sources. */
interface Printed {
  readonly stamp: string;
  readonly outcome: string;
  readonly safetySet?: string;
  readonly report: string;
  readonly warnings: readonly string[];
  readonly steps: readonly {
    readonly kind: string;
    readonly source?: string;
    readonly text: string;
    readonly state: string;
  }[];
  readonly sources: readonly {
    readonly source: string;
    readonly way: string;
    readonly state: string;
    readonly standing: string;
    readonly changes: readonly { readonly name: string; readonly change: string }[];
  }[];
}

async function json(...words: string[]): Promise<Printed> {
  const { run, value } = await project.json(...words);
  assert.equal(run.code, 0, `${words.join(' ')}: ${run.stdout}${run.stderr}`);
  return value as unknown as Printed;
}

/** Steps as they are told, without the stamp, which is another one each time. */
const told = ({ steps }: Printed): string[] =>
  steps.map(({ kind, source = '', text }) => `${kind} ${source}: ${text.replaceAll(/\d{8}_\d{6}/g, 'STAMP')}`);

async function addNewer(): Promise<void> {
  await psql(stack.postgres, tiny.name, 'CREATE TABLE newer (a int); INSERT INTO newer VALUES (1); ANALYZE');
  const client = await openMongo(stack.mongo);
  try {
    await client.db(tiny.name).collection('newer').insertOne({ a: 1 });
  } finally {
    await client.close();
  }
}

const databases = async (): Promise<string> =>
  await psql(
    stack.postgres,
    'postgres',
    `SELECT datname FROM pg_database WHERE datname LIKE '${tiny.name}%' ORDER BY 1`,
  );

test('a restore puts new data in the place of the old, and can be undone, and that too, until the old is forgotten', async () => {
  await tiny.fill();
  const original = await tiny.content();
  await json('backup');
  await tiny.change();
  await addNewer();
  const changed = await tiny.content();

  const planned = await json('restore', '--dry-run');
  assert.deepEqual(await changesSince(changed, tiny), [], 'a dry run changed something');
  for (const source of planned.sources.filter(({ way }) => way !== 'roles')) {
    assert.equal(source.way, 'swap', source.source);
    const removed = source.changes.filter(({ change }) => change === 'removed').map(({ name }) => name);
    assert.deepEqual(removed, [source.source.startsWith('mongo') ? 'newer' : 'public.newer']);
  }

  const restored = await json('restore', '--yes');
  assert.deepEqual(told(restored), told(planned), 'the dry run told other steps than were done');
  assert.ok(restored.steps.every(({ state }) => state === 'done'));
  assert.equal(restored.safetySet, undefined, 'nothing was overwritten');
  assert.deepEqual(await changesSince(original, tiny), []);
  assert.match(await databases(), new RegExp(`${tiny.name}_before_${restored.stamp}`));
  const report = await readFile(restored.report, 'utf8');
  assert.match(report, /\| public\.newer \| about 1 \| - \| - \| removed \|/);
  assert.match(report, /\| public\.bags \| about 301 \| 300 \| 300 \| replaced \|/);

  await json('undo', '--yes');
  assert.deepEqual(await changesSince(changed, tiny), []);
  await json('undo', '--yes');
  assert.deepEqual(await changesSince(original, tiny), []);

  project.environment.POSTGRES_DATABASES = undefined;
  const next = await project.run('backup', 'postgres', '--dry-run');
  project.environment.POSTGRES_DATABASES = tiny.name;
  assert.match(
    next.stdout,
    new RegExp(`^skip\\w* +postgres/${tiny.name}_before_`, 'm'),
    'what is kept is named as left out',
  );

  await json('restore', '--forget', '--yes');
  assert.equal((await databases()).trim(), tiny.name);
  const { run } = await project.json('undo', '--yes');
  assert.equal(run.code, 1);
  assert.match(run.stdout, /is no longer on/);
  assert.deepEqual(await changesSince(original, tiny), []);
});

test('a restore into nothing is undone to nothing', async () => {
  await tiny.fill();
  const original = await tiny.content();
  await json('backup');
  await tiny.drop();
  await json('restore', '--yes');
  assert.deepEqual(await changesSince(original, tiny), []);
  await json('undo', '--yes');
  assert.doesNotMatch(await databases(), new RegExp(`^${tiny.name}$`, 'm'));
  await json('undo', '--yes');
  assert.deepEqual(await changesSince(original, tiny), []);
});

test('over the old data: what is not in the set stays or goes as asked, and the safety backup brings it back', async () => {
  await tiny.fill();
  const original = await tiny.content();
  await json('backup');
  await tiny.change();
  await addNewer();
  const changed = await tiny.content();
  const first = await json('restore', '--dry-run', '--in-place');
  const kept = await json('restore', '--yes', '--in-place');
  assert.deepEqual(told(kept), told(first), 'the dry run told other steps than were done');
  assert.ok(kept.safetySet);
  const left = await changesSince(original, tiny);
  assert.ok(left.length > 0 && left.every((line) => line.includes('newer')), left.join('\n'));
  await json('undo', '--yes');
  assert.deepEqual(await changesSince(changed, tiny), []);
  const planned = await json('restore', 'latest', '--dry-run', '--in-place', '--exact');
  const exact = await json('restore', kept.safetySet ?? '', '--yes', '--in-place', '--exact', '--no-safety-backup');
  assert.equal(exact.safetySet, undefined);
  assert.deepEqual(await changesSince(changed, tiny), []);
  assert.ok(planned.steps.some(({ kind }) => kind === 'safety-backup'));
  const { run } = await project.json('undo', '--yes');
  assert.match(run.stdout, /without a safety backup/);
});

test('what a restore kept goes by itself only when days are set and over, and never what merely has such a name', async () => {
  const [kept, foreign] = [`${tiny.name}_before_20250101_000000`, `${tiny.name}_before_20250102_000000`];
  for (const name of [kept, foreign]) await psql(stack.postgres, 'postgres', `CREATE DATABASE ${name}`);
  await psql(stack.postgres, 'postgres', `COMMENT ON DATABASE ${kept} IS 'holdfast: was "${tiny.name}"'`);
  await json('prune');
  assert.match(await databases(), new RegExp(kept));
  project.environment.BACKUP_UNDO_DAYS = '30';
  const { run, value } = await project.json('prune');
  project.environment.BACKUP_UNDO_DAYS = undefined;
  assert.equal(run.code, 0, run.stderr);
  assert.equal((value as unknown as { forgotten: string[] }).forgotten.length, 1);
  const left = await databases();
  assert.doesNotMatch(left, new RegExp(kept));
  assert.match(left, new RegExp(foreign));
});

test('the wrong environment, production and a role are asked about before anything is done', async () => {
  await tiny.fill();
  await json('backup');
  await tiny.change();
  const changed = await tiny.content();
  const refused = async (hint: RegExp, ...words: string[]): Promise<void> => {
    const run = await project.run('restore', '--yes', ...words);
    assert.notEqual(run.code, 0);
    assert.match(run.stderr, hint);
  };
  project.environment.BACKUP_ENVIRONMENT = 'staging';
  await refused(/--foreign/);
  project.environment.BACKUP_ENVIRONMENT = 'production';
  await refused(/--production/, '--foreign');
  project.environment.BACKUP_ENVIRONMENT = 'test-shop';
  project.environment.BACKUP_ROLE = 'backup';
  await refused(/BACKUP_ROLE/);
  project.environment.BACKUP_ROLE = 'restore';
  assert.equal((await project.run('backup')).code, 2);
  project.environment.BACKUP_ROLE = undefined;
  assert.deepEqual(await changesSince(changed, tiny), []);
  project.environment.BACKUP_ENVIRONMENT = 'production';
  await json('restore', '--yes', '--foreign', '--production');
  project.environment.BACKUP_ENVIRONMENT = 'test-shop';
});
