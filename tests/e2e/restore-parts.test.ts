/** Parts of a set: one table, one tenant, one collection; into another database, on another server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openMongo } from '../stack/data/mongo.ts';
import { dropDatabase, psql } from '../stack/data/psql.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { openTiny, type Tiny } from './tiny.ts';

let stack: Stack;
let tiny: Tiny;
let project: Project;

const TENANTS = ['x', 'y']
  .map(
    (tenant) => `CREATE SCHEMA tenant_${tenant}; CREATE TABLE tenant_${tenant}.notes (id serial PRIMARY KEY, text text);
    INSERT INTO tenant_${tenant}.notes (text) SELECT 'of ${tenant}' FROM generate_series(1, 20);`,
  )
  .join('\n');

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'parts');
  project = await tiny.project();
  await psql(stack.postgres, tiny.name, TENANTS);
  const { code, stderr } = await project.run('backup');
  assert.equal(code, 0, stderr);
});

after(async () => {
  for (const name of ['hf_parts_scratch', 'hf_parts_copy']) await dropDatabase(stack.postgres, name);
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

const ask = async (query: string, database = tiny.name): Promise<string> =>
  (await psql(stack.postgres, database, query)).trim();

async function inMongo<Result>(use: (db: ReturnType<Awaited<ReturnType<typeof openMongo>>['db']>) => Promise<Result>) {
  const client = await openMongo(stack.mongo);
  try {
    return await use(client.db(tiny.name));
  } finally {
    await client.close();
  }
}

async function restored(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.run('restore', '--yes', ...words);
  assert.equal(code, 0, `${words.join(' ')}: ${stdout}${stderr}`);
  return stdout + stderr;
}

test('one table comes back with its rows, keys and numbers; the others stay as they are', async () => {
  await psql(stack.postgres, tiny.name, 'DROP TABLE bags CASCADE; DELETE FROM tenant_x.notes');
  await restored('--tables', 'bags');
  assert.equal(await ask('SELECT count(*) FROM bags'), '300');
  assert.equal(await ask('SELECT count(*) FROM tenant_x.notes'), '0');
  assert.equal(await ask(`INSERT INTO bags (name) VALUES ('next') RETURNING id`), '301');
});

test("one tenant's schema comes back, the other tenant's rows are not touched", async () => {
  await psql(stack.postgres, tiny.name, `DELETE FROM tenant_x.notes; UPDATE tenant_y.notes SET text = 'later'`);
  await restored('--schema', 'tenant_x');
  assert.equal(await ask('SELECT count(*) FROM tenant_x.notes'), '20');
  assert.equal(await ask(`SELECT count(*) FROM tenant_y.notes WHERE text = 'later'`), '20');
});

test('into a scratch database, to look at: the live one is not touched, and a second time the name is taken', async () => {
  await psql(stack.postgres, tiny.name, 'DELETE FROM tenant_x.notes');
  await restored('--schema', 'tenant_x', '--into', 'hf_parts_scratch');
  assert.equal(await ask('SELECT count(*) FROM tenant_x.notes', 'hf_parts_scratch'), '20');
  assert.equal(await ask(`SELECT to_regclass('tenant_y.notes') IS NULL`, 'hf_parts_scratch'), 't');
  assert.equal(await ask('SELECT count(*) FROM tenant_x.notes'), '0');
  const again = await project.run('restore', '--yes', '--schema', 'tenant_x', '--into', 'hf_parts_scratch');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /there is a database "hf_parts_scratch"[\s\S]*try: choose another name/);
});

test('one collection comes back, the others stay', async () => {
  await inMongo(async (db) => {
    await db.collection('bags').deleteMany({});
    await db.collection('sales').updateMany({}, { $set: { later: true } });
  });
  await restored('--collections', 'bags');
  const [bags, later] = await inMongo(async (db) => [
    await db.collection('bags').countDocuments(),
    await db.collection('sales').countDocuments({ later: true }),
  ]);
  assert.deepEqual([bags, later], [120, 40]);
});

test('to a container and a database that the command line names', async () => {
  const { container } = stack.postgres;
  await restored('--only', `postgres/${tiny.name}`, '--to', `${tiny.name}=${container}/hf_parts_copy`);
  assert.equal(await ask('SELECT count(*) FROM tenant_y.notes', 'hf_parts_copy'), '20');
});

test('what cannot be meant is told, with what there is', async () => {
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['--tables', 'bgas'], 1, /"bgas"[\s\S]*bags/],
    [['--collections', 'bgas'], 1, /"bgas"[\s\S]*bags/],
    [['--only', `postgres/${tiny.name}`, '--to', `${tiny.name}=no-such-box/x`], 1, /no-such-box/],
    [['--to', `${tiny.name}=postgres://me:secret@127.0.0.1/x`], 2, /password in a URL on the command line/],
    [['--into', 'both'], 2, /exactly one database/],
  ];
  for (const [words, code, expected] of cases) {
    const run = await project.run('restore', '--yes', ...words);
    assert.equal(run.code, code, `${words.join(' ')}: ${run.stderr}`);
    assert.match(run.stderr, expected);
    assert.doesNotMatch(run.stderr, /secret@/);
  }
});
