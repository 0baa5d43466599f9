import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { postgres } from '../../../../scripts/datastores/postgres/postgres.ts';
import { carryOut, wishFor } from './carry-out.ts';
import {
  artifactFolder,
  ask,
  connect,
  dumpTo,
  finish,
  PREFIX,
  skip,
  stackAddress,
  sweep,
  testContext,
} from './stack-server.ts';

const DATABASE = `${PREFIX}_marks`;
const COPY = `${PREFIX}_marks_copy`;

/** Tables of migrations as four frameworks make them, one that only looks like it, and values whose text depends on settings. */
const CONTENT = `set search_path = public;
  create table alembic_version (version_num varchar(32) primary key); insert into alembic_version values ('ae1027a6acf');
  create schema flyway; create table flyway.flyway_schema_history (installed_rank int primary key, version varchar(50));
  insert into flyway.flyway_schema_history values (1, '9'), (2, '10');
  create table "__EFMigrationsHistory" ("MigrationId" text primary key, "ProductVersion" text);
  create table migrations (id serial primary key, migration text, batch int);
  insert into migrations (migration, batch) values ('2014_create_users', 1), ('2019_create_posts', 2);
  create table knex_migrations (about text); insert into knex_migrations values ('not of knex');
  create table "odd ""table" (holdfast_row float8, at timestamptz, price money, span interval, raw bytea, kind regclass);
  insert into "odd ""table" select 1.0 / g, now() + g * interval '1 hour', g, g * interval '40 days', decode('00ff', 'hex'), 'migrations'
    from generate_series(1, 300) g;
  create table twice (a int, b text); insert into twice values (1, 'x'), (1, 'x'), (2, null)`;

describe('what a restore of PostgreSQL is compared by', { skip }, () => {
  before(async () => {
    await sweep();
    await ask('postgres', (talk) => talk.run(`create database ${DATABASE}`));
    await ask(DATABASE, (talk) => talk.run(CONTENT));
    // The words of a value must not depend on what somebody set for the database.
    await ask('postgres', (talk) =>
      talk.run(`alter database ${DATABASE} set datestyle = 'German'; alter database ${DATABASE} set timezone = 'Asia/Tokyo';
        alter database ${DATABASE} set bytea_output = 'escape'; alter database ${DATABASE} set intervalstyle = 'iso_8601'`),
    );
  });
  after(finish);

  it('holds how far the migrations of known frameworks are, and nothing of tables that only have their names', async () => {
    await using folder = await artifactFolder();
    const server = await connect(await stackAddress());
    const { facts } = await dumpTo(folder.path, server, DATABASE);
    assert.deepEqual(facts?.details.migrations, {
      'flyway.flyway_schema_history': '10',
      'public.__EFMigrationsHistory': null,
      'public.alembic_version': 'ae1027a6acf',
      'public.migrations': '2019_create_posts',
    });
    assert.equal(facts?.fingerprint.sums, undefined, 'sums only on request');
  });

  it('holds sums on request, which a copy shares and one changed value does not', async () => {
    await using folder = await artifactFolder();
    const server = await connect({ ...(await stackAddress()), sums: true });
    const source = await dumpTo(folder.path, server, DATABASE);
    assert.equal(Object.keys(source.facts?.fingerprint.sums ?? {}).length, 7);
    await postgres.read(source, testContext());
    assert.deepEqual((await carryOut(server, source, wishFor(COPY))).differences, []);

    await ask(DATABASE, (talk) =>
      talk.run(`set search_path = public; update "odd ""table" set price = price + 0.01::money where holdfast_row = 1;
        update twice set b = 'y' where b is null; update alembic_version set version_num = 'b2'`),
    );
    await using other = await artifactFolder();
    const later = await dumpTo(other.path, server, DATABASE);
    const wrong = { ...later, artifacts: source.artifacts };
    const { differences } = await carryOut(server, wrong, wishFor(COPY, { way: 'in-place' }));
    assert.deepEqual(differences.map(({ name }) => name).sort(), [
      'public.alembic_version',
      'public.alembic_version',
      'public.odd "table',
      'public.twice',
    ]);
    const [migration] = differences.filter(({ expected }) => expected.startsWith('migrations'));
    assert.deepEqual(migration, {
      name: 'public.alembic_version',
      expected: 'migrations up to b2',
      found: 'migrations up to ae1027a6acf',
    });
  });
});
