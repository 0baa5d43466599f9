import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openProject, type Project } from '../e2e/holdfast.ts';
import { openMongo } from '../stack/data/mongo.ts';
import { dropDatabase, psql } from '../stack/data/psql.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';

const NAME = 'hf_writers';
const COPY = `${NAME}_copy`;
const ACCOUNTS = 200;
const TOTAL = ACCOUNTS * 1000 * 2;

/**
 * Money moves between two tables and each move is written down in a third, one transaction a move, so that in every
 * snapshot the sum is the same and every balance follows from the moves. The tables are dumped one after the other: a dump
 * that is not of one moment breaks that.
 */
const SCHEMA = `
  CREATE TABLE savings (id int PRIMARY KEY, balance int NOT NULL);
  CREATE TABLE checking (id int PRIMARY KEY, balance int NOT NULL);
  CREATE TABLE moves (number bigserial PRIMARY KEY, savings int, checking int, amount int);
  CREATE TABLE stop (now boolean);
  INSERT INTO savings SELECT g, 1000 FROM generate_series(1, ${ACCOUNTS}) g;
  INSERT INTO checking SELECT g, 1000 FROM generate_series(1, ${ACCOUNTS}) g;`;

const WRITE = `
  DO $$
  DECLARE a int; b int; amount int;
  BEGIN
    WHILE NOT EXISTS (SELECT FROM stop) LOOP
      a := 1 + random() * ${ACCOUNTS - 1}; b := 1 + random() * ${ACCOUNTS - 1}; amount := random() * 100 - 50;
      UPDATE savings SET balance = balance - amount WHERE id = a;
      UPDATE checking SET balance = balance + amount WHERE id = b;
      INSERT INTO moves (savings, checking, amount) VALUES (a, b, amount);
      COMMIT;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END $$`;

const CHECK = `
  SELECT (SELECT sum(balance) FROM savings) + (SELECT sum(balance) FROM checking),
    (SELECT count(*) FROM savings s WHERE balance <> 1000 - coalesce((SELECT sum(amount) FROM moves WHERE savings = s.id), 0))
    + (SELECT count(*) FROM checking c WHERE balance <> 1000 + coalesce((SELECT sum(amount) FROM moves WHERE checking = c.id), 0)),
    (SELECT count(*) FROM moves)`;

let stack: Stack;
let project: Project;

before(async () => {
  stack = await attachOrStart();
  await dropAll();
  await psql(stack.postgres, 'postgres', `CREATE DATABASE ${NAME}`);
  await psql(stack.postgres, NAME, SCHEMA);
  project = await openProject(stack);
  Object.assign(project.environment, { POSTGRES_DATABASES: NAME, MONGO_DATABASE: NAME });
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await dropAll();
  await stack?.stop();
});

test('a backup beside writers is of one moment in PostgreSQL, and of MongoDB holds what its manifest counts', async (context) => {
  const writers = [writePostgres(), await writeMongo()];
  await untilMoved();
  const { run, value } = await project.json('backup');
  const written = await Promise.all(writers.map((writer) => writer.stop()));
  assert.equal(run.code, 0, run.stderr);
  const restore = await project.json('restore', '--yes', '--to', `${NAME}=${COPY}`);
  assert.equal(restore.run.code, 0, restore.run.stdout + restore.run.stderr);

  const [sum, wrong, moves] = (await psql(stack.postgres, COPY, CHECK)).trim().split('|').map(Number);
  const [, , movesAtEnd] = (await psql(stack.postgres, NAME, CHECK)).trim().split('|').map(Number);
  assert.equal(sum, TOTAL, 'the sum of all balances');
  assert.equal(wrong, 0, 'accounts whose balance does not follow from the moves');
  assert.equal(moves, counts(value, 'postgres')['public.moves']);
  assert.ok(Number(movesAtEnd) > Number(moves), 'nothing was written while the backup ran');

  const documents = await countMongo(COPY);
  assert.equal(documents, counts(value, 'mongo').events);
  assert.ok(Number(written[1]) > documents, 'nothing was written while the backup ran');
  context.diagnostic(`${moves} of ${movesAtEnd} moves and ${documents} of ${written[1]} documents are in the set`);
});

function counts({ manifest }: Awaited<ReturnType<Project['json']>>['value'], kind: string): Record<string, number> {
  return manifest.sources.find((source) => source.kind === kind && source.name === NAME)?.fingerprint.counts ?? {};
}

/** Writes until it is stopped; gives how much, where it knows. */
interface Writer {
  stop(): Promise<number | undefined>;
}

function writePostgres(): Writer {
  const writing = psql(stack.postgres, NAME, WRITE);
  writing.catch(() => undefined);
  return {
    stop: async () => {
      await psql(stack.postgres, NAME, 'INSERT INTO stop VALUES (true)');
      await writing;
      return undefined;
    },
  };
}

async function writeMongo(): Promise<Writer> {
  const client = await openMongo(stack.mongo);
  const events = client.db(NAME).collection('events');
  let stopped = false;
  let count = 0;
  const writing = (async () => {
    while (!stopped) {
      await events.insertMany(Array.from({ length: 20 }, (_, at) => ({ number: count + at, text: 'x'.repeat(100) })));
      count += 20;
      await sleep(5);
    }
  })();
  writing.catch(() => undefined);
  return {
    stop: async () => {
      stopped = true;
      await writing.finally(() => client.close());
      return count;
    },
  };
}

async function untilMoved(): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
    const moves = Number(await psql(stack.postgres, NAME, 'SELECT count(*) FROM moves'));
    if (moves > 100 && (await countMongo(NAME)) > 100) return;
  }
  assert.fail('the writers do not write');
}

async function countMongo(database: string): Promise<number> {
  const client = await openMongo(stack.mongo);
  return client
    .db(database)
    .collection('events')
    .countDocuments()
    .finally(() => client.close());
}

async function dropAll(): Promise<void> {
  for (const name of [NAME, COPY]) {
    await dropDatabase(stack.postgres, name);
    const client = await openMongo(stack.mongo);
    await client
      .db(name)
      .dropDatabase()
      .finally(() => client.close());
  }
}
