import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Secret } from '../../../../scripts/common/secret.ts';
import type { Server } from '../../../../scripts/datastores/datastore.ts';
import { detailsOf } from '../../../../scripts/datastores/postgres/details.ts';
import { postgres } from '../../../../scripts/datastores/postgres/postgres.ts';
import {
  artifactFolder,
  ask,
  connect,
  dumpTo,
  finish,
  hostAddress,
  PREFIX,
  SHOP,
  skip,
  stackAddress,
  sweep,
  testContext,
} from './stack-server.ts';

const SHOP_DATABASE = `${PREFIX};a=b "Shop"`;
const OWNER = `${PREFIX} Owner`;
const READER = `${PREFIX}_reader`;

describe('a backup of a real PostgreSQL', { skip }, () => {
  let server: Server;

  before(async () => {
    await sweep();
    await ask('postgres', async (talk) => {
      await talk.run(`create role "${OWNER}"; create role "${READER}" login password 'pa ss''w%rd'`);
      await talk.run(`create database "${SHOP_DATABASE.replaceAll('"', '""')}" owner "${OWNER}"`);
    });
    await ask(SHOP_DATABASE, (talk) => talk.run(SHOP(OWNER)));
    server = await connect(await stackAddress());
  });

  after(async () => {
    await finish();
  });

  it('plans the databases that exist, skips the ones that do not, and fails the ones that are closed', async () => {
    const closed = `${PREFIX}_closed`;
    await ask('postgres', (talk) =>
      talk.run(`create database ${closed}; revoke connect on database ${closed} from public`),
    );
    const password = new Secret("pa ss'w%rd");
    const databases = [SHOP_DATABASE, closed, 'no such database'];
    const limited = await connect({ ...(await stackAddress()), user: READER, password, databases });
    const plan = await limited.plan(testContext());
    assert.deepEqual(
      plan.sources.map(({ name }) => name),
      [SHOP_DATABASE, 'globals.sql'],
    );
    assert.deepEqual(
      plan.skipped.map(({ name }) => name),
      ['no such database'],
    );
    assert.deepEqual(
      plan.failed.map(({ name }) => name),
      [closed],
    );
    assert.match(plan.failed[0]?.reason ?? '', /no right to connect/);
  });

  it('takes everything that is found, without templates, and without "postgres" while it is empty', async () => {
    const { sources } = await server.plan(testContext());
    const names = sources.map(({ name }) => name);
    assert.ok(names.includes(SHOP_DATABASE) && names.includes('globals.sql'), names.join());
    assert.ok(!names.includes('template1') && !names.includes('template0'));
    assert.ok((sources.find(({ name }) => name === SHOP_DATABASE)?.sizeBytes ?? 0) > 1_000_000);
  });

  it('records what is compared later, and its own reader finds the very same rows', async () => {
    await using folder = await artifactFolder();
    const source = await dumpTo(folder.path, server, SHOP_DATABASE);
    const { facts } = source;
    assert.equal(facts?.consistency, 'snapshot');
    assert.deepEqual(facts?.fingerprint.counts, {
      'Odd.Schema.t"q': 100,
      'public.Mixed Case': 500,
      'public.nothing': 1,
      'public.part_1': 10,
      'public.part_2': 10,
    });
    assert.deepEqual(facts?.fingerprint.indexes?.['public.Mixed Case'], ['Mixed Case_pkey', 'by_name']);
    assert.equal(facts?.details.largeObjects, 2);
    assert.ok(detailsOf(facts).roles?.includes(OWNER));
    assert.match((await postgres.read(source, testContext())).summary, /621 rows, 2 large objects/);
  });

  it('is of one moment although a writer goes on', async () => {
    await using folder = await artifactFolder();
    const name = `${PREFIX}_busy`;
    await ask('postgres', (talk) => talk.run(`create database ${name}`));
    await ask(name, (talk) =>
      talk.run(
        'create table public.a as select g from generate_series(1, 200000) g; create table public.b as table public.a',
      ),
    );
    const writing = ask(name, async (talk) => {
      for (let round = 0; round < 40; round += 1) {
        await talk.run(
          'begin; insert into public.a values (0); insert into public.b values (0); commit; select pg_sleep(0.02)',
        );
      }
    });
    const source = await dumpTo(folder.path, server, name);
    await writing;
    const counts = source.facts?.fingerprint.counts ?? {};
    assert.equal(counts['public.a'], counts['public.b']);
    await postgres.read(source, testContext());
  });

  it('is not readable when it lacks rows that the server had', async () => {
    await using folder = await artifactFolder();
    const source = await dumpTo(folder.path, server, SHOP_DATABASE);
    const facts = source.facts ?? assert.fail('no facts');
    const counts = { ...facts.fingerprint.counts, 'public.part_1': 11 };
    const other = { ...source, facts: { ...facts, fingerprint: { counts } } };
    await assert.rejects(postgres.read(other, testContext()), {
      code: 'damaged',
      message: /found 10 rows of "public\.part_1", expected 11/,
    });
  });

  it('is not readable when it lacks a table that the server had, be it an empty one', async () => {
    await using folder = await artifactFolder();
    const source = await dumpTo(folder.path, server, SHOP_DATABASE);
    const facts = source.facts ?? assert.fail('no facts');
    const taken = (uncounted: string[]) => ({ ...source, facts: { ...facts, uncounted } });
    await postgres.read(taken(['public.nothing']), testContext());
    await assert.rejects(postgres.read(taken(['public.nothing', 'public.lost']), testContext()), {
      code: 'damaged',
      message: /found no data of "public\.lost", which the server has/,
    });
  });

  it('names the tables that our role may not read', async () => {
    await using folder = await artifactFolder();
    const password = new Secret("pa ss'w%rd");
    const limited = await connect({ ...(await stackAddress()), user: READER, password });
    await assert.rejects(dumpTo(folder.path, limited, SHOP_DATABASE), {
      code: 'denied',
      message: /"public\.Mixed Case"/,
    });
  });

  it('without the right to read passwords takes the roles without them, and says so', async () => {
    await using folder = await artifactFolder();
    const password = new Secret("pa ss'w%rd");
    const limited = await connect({ ...(await stackAddress()), user: READER, password });
    const source = await dumpTo(folder.path, limited, 'globals.sql');
    assert.match(source.facts?.warnings.join() ?? '', /passwords of the roles could not be read/);
    assert.ok(detailsOf(source.facts).roles?.includes(OWNER));
    await postgres.read(source, testContext());
  });

  it('gives up when somebody holds a table for too long, and says which and who', async () => {
    await using folder = await artifactFolder();
    const impatient = await connect({ ...(await stackAddress()), lockWaitSeconds: 1 });
    await ask(SHOP_DATABASE, async (talk) => {
      await talk.run('begin; lock table public.part_2 in access exclusive mode');
      await assert.rejects(dumpTo(folder.path, impatient, SHOP_DATABASE), {
        code: 'timeout',
        message: /"public\.part_2" is locked by session \d+/,
      });
    });
  });

  it('fails at once, without a prompt, when the password is wrong or the server is not there', async (test) => {
    const address = await hostAddress();
    const wrong = postgres.connect({ ...address, password: new Secret('wrong') }, testContext());
    const outcome = await wrong.catch((error) => error);
    if (outcome.code === 'tool-missing') return test.skip('no PostgreSQL programs on this machine');
    assert.equal(outcome.code, 'denied');
    assert.equal(JSON.stringify(outcome).includes('wrong'), false);
    await assert.rejects(postgres.connect({ ...address, port: 1 }, testContext()), { code: 'unreachable' });
  });

  it('ends on both sides when it is aborted', async () => {
    await using folder = await artifactFolder();
    const stop = new AbortController();
    const sink = () => {
      stop.abort();
      throw new Error('no space');
    };
    const context = { ...testContext(), signal: stop.signal };
    await assert.rejects(server.dump({ kind: 'postgres', name: SHOP_DATABASE, sizeBytes: 0 }, sink, context));
    const left = await ask('postgres', (talk) =>
      talk.rows(`select pid from pg_stat_activity where application_name in ('pg_dump', 'holdfast') and pid <> pg_backend_pid()
        and datname = '${SHOP_DATABASE}'`),
    );
    assert.deepEqual(left, [], folder.path);
  });
});
