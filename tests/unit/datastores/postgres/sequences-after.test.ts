import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkSequences } from '../../../../scripts/datastores/postgres/restore/sequences-after.ts';
import { ask, finish, PREFIX, skip, sweep } from './stack-server.ts';

const DATABASE = `${PREFIX}_sequences`;

/** Sequences of every kind; each is behind the rows except where the name of its table says otherwise. */
const TABLES = `create schema "Odd.Schema"; set search_path = "Odd.Schema";
  create table "it's" ("Key" bigint generated always as identity, v int);
  insert into "it's" ("Key") overriding system value values (9007199254740993);
  create table two (a serial, b int); alter table two alter b set default nextval('two_a_seq'); insert into two values (5, 70), (6, null);
  create table used (id serial); insert into used values (40); select setval('used_id_seq', 12);
  create table in_parts (id bigserial, k int) partition by list (k); create table in_part partition of in_parts default; insert into in_parts values (8, 1);
  create table good (id serial); insert into good select from generate_series(1, 3);
  create table nothing (id serial); create table ahead (id serial); insert into ahead values (3); select setval('ahead_id_seq', 100);
  create table downwards (id int); create sequence down increment -1 owned by downwards.id; insert into downwards values (5);
  create role ${PREFIX}_reader; grant usage on schema "Odd.Schema" to ${PREFIX}_reader; grant select on "Odd.Schema".two to ${PREFIX}_reader`;

describe('sequences after a partial restore', { skip }, () => {
  before(async () => {
    await sweep();
    await ask('postgres', (talk) => talk.run(`create database ${DATABASE} template template0`));
    await ask(DATABASE, (talk) => talk.run(TABLES));
  });
  after(finish);

  it('that are behind their rows are named, with the statement that mends each', async () => {
    const notes = await ask(DATABASE, checkSequences);
    assert.deepEqual([...notes].sort(), [
      `the sequence "Odd.Schema"."it's_Key_seq" was never used, "Odd.Schema"."it's"."Key" goes up to 9007199254740993; to mend it: select setval('"Odd.Schema"."it''s_Key_seq"', 9007199254740993);`,
      `the sequence "Odd.Schema".in_parts_id_seq was never used, "Odd.Schema"."in_parts"."id" goes up to 8; to mend it: select setval('"Odd.Schema".in_parts_id_seq', 8);`,
      `the sequence "Odd.Schema".two_a_seq was never used, "Odd.Schema"."two"."b" goes up to 70; to mend it: select setval('"Odd.Schema".two_a_seq', 70);`,
      `the sequence "Odd.Schema".used_id_seq is at 12, "Odd.Schema"."used"."id" goes up to 40; to mend it: select setval('"Odd.Schema".used_id_seq', 40);`,
    ]);
  });

  it('that our role may not read are passed over', async () => {
    const notes = await ask(DATABASE, async (talk) => {
      await talk.run(`set role ${PREFIX}_reader`);
      return checkSequences(talk);
    });
    assert.deepEqual(notes, []);
  });

  it('are good once the statements of the notes were run as they stand', async () => {
    const notes = await ask(DATABASE, checkSequences);
    const statements = notes.map((note) => note.slice(note.indexOf('select setval')));
    await ask(DATABASE, (talk) => talk.run(statements.join('\n')));
    assert.deepEqual(await ask(DATABASE, checkSequences), []);
  });
});
