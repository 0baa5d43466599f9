import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openMongo } from '../stack/data/mongo.ts';
import { psql } from '../stack/data/psql.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { drill } from './drill-sets.ts';
import { openProject, type Project } from './holdfast.ts';

const NAME = 'hf_drill_busy';
/** By hand: HOLDFAST_DRILL_ROUNDS=20. */
const ROUNDS = Number(process.env.HOLDFAST_DRILL_ROUNDS ?? 2);

/** Sequences with and without a column, rows that come and go, a table that is emptied, one that others refer to. */
const SCHEMA = `
  CREATE TABLE orders (id serial PRIMARY KEY, number int NOT NULL, text text);
  CREATE TABLE lines (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, orders int REFERENCES orders ON DELETE CASCADE);
  CREATE SEQUENCE numbers;
  CREATE TABLE basket (id bigserial, at timestamptz DEFAULT now());
  CREATE INDEX ON lines (orders);
  CREATE TABLE stop (now boolean);`;

const WRITE = `
  DO $$
  DECLARE number int; row int;
  BEGIN
    WHILE NOT EXISTS (SELECT FROM stop) LOOP
      INSERT INTO orders (number, text) VALUES (nextval('numbers'), repeat('x', 200)) RETURNING id INTO row;
      INSERT INTO lines (orders) SELECT row FROM generate_series(1, 3);
      INSERT INTO basket DEFAULT VALUES;
      IF row % 50 = 0 THEN DELETE FROM basket; END IF;
      IF row % 7 = 0 THEN DELETE FROM orders WHERE id = row - 3; END IF;
      COMMIT;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END $$`;

let stack: Stack;
let project: Project;

before(async () => {
  stack = await attachOrStart();
  await dropAll();
  await psql(stack.postgres, 'postgres', `CREATE DATABASE ${NAME}`);
  await psql(stack.postgres, NAME, SCHEMA);
  project = await openProject(stack);
  Object.assign(project.environment, { POSTGRES_DATABASES: NAME, MONGO_DATABASE: NAME, BACKUP_PARALLEL: '4' });
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await dropAll();
  await stack?.stop();
});

test(`writers at work during the backup do not make a drill fail, in ${ROUNDS} rounds`, async (context) => {
  const rounds: string[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const set = await backupBesideWriters();
    const { code, answer, stderr } = await drill(project, set);
    assert.equal(code, 0, `round ${round}: ${stderr}${JSON.stringify(answer, undefined, 1)}`);
    rounds.push(String(answer.sources.find(({ label }) => label === `postgres/${NAME}`)?.report?.rows));
  }
  assert.equal(new Set(rounds).size, ROUNDS, 'nothing was written during a backup');
  context.diagnostic(`rows by round: ${rounds.join(', ')}`);
});

async function backupBesideWriters(): Promise<string> {
  await psql(stack.postgres, NAME, 'TRUNCATE stop, orders, lines, basket');
  const writers = [writePostgres(), writePostgres(), await writeMongo()];
  try {
    await sleep(300);
    const { run, value } = await project.json('backup');
    assert.equal(run.code, 0, run.stderr);
    return value.set;
  } finally {
    await psql(stack.postgres, NAME, 'INSERT INTO stop VALUES (true)');
    await Promise.all(writers.map((stop) => stop()));
  }
}

function writePostgres(): () => Promise<void> {
  const writing = psql(stack.postgres, NAME, WRITE);
  writing.catch(() => undefined);
  return async () => void (await writing);
}

async function writeMongo(): Promise<() => Promise<void>> {
  const client = await openMongo(stack.mongo);
  await client.db(NAME).dropDatabase();
  const events = client.db(NAME).collection<{ number: number; text: string }>('events');
  await events.createIndex({ number: 1 });
  let stopped = false;
  const writing = (async () => {
    for (let count = 0; !stopped; count += 20) {
      await events.insertMany(Array.from({ length: 20 }, (_, at) => ({ number: count + at, text: 'x'.repeat(100) })));
      if (count % 200 === 0) await events.deleteMany({ number: { $lt: count - 500 } });
      await sleep(2);
    }
  })();
  writing.catch(() => undefined);
  return async () => {
    stopped = true;
    await writing.finally(() => client.close());
  };
}

async function dropAll(): Promise<void> {
  await psql(stack.postgres, 'postgres', `DROP DATABASE IF EXISTS ${NAME} WITH (FORCE)`);
  const client = await openMongo(stack.mongo);
  await client
    .db(NAME)
    .dropDatabase()
    .finally(() => client.close());
}
