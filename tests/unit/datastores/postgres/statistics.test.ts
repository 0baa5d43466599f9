import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Secret } from '../../../../scripts/common/secret.ts';
import { type ConnectedClient, connectClient } from '../../../../scripts/datastores/postgres/connection/connect.ts';
import type { Load } from '../../../../scripts/datastores/postgres/restore/load.ts';
import { analyze } from '../../../../scripts/datastores/postgres/restore/statistics.ts';
import type { Engine } from '../../../../scripts/engines/engine.ts';
import { ask, finish, PREFIX, signal, skip, stackAddress } from './stack-server.ts';

const DATABASE = `${PREFIX}_statistics`;
const ROLE = `${PREFIX}_plain`;

/** Columns with statistics in the tables of the test. */
const KNOWN = `select coalesce(string_agg(tablename || '.' || attname, ' ' order by 1), '') as known from (
  select distinct tablename, attname from pg_stats where schemaname = 'public' and tablename in ('bags', 'tags')) x`;

describe('statistics after a restore', { skip }, () => {
  /** The arguments of every vacuumdb that was started. */
  let started: readonly string[][] = [];
  const clients: ConnectedClient[] = [];

  async function clientOf(login: { user?: string; password?: Secret }): Promise<ConnectedClient> {
    const address = await stackAddress();
    const engine: Engine = Object.create(address.engine, {
      run: {
        value: (...words: Parameters<Engine['run']>) => {
          const { argv } = words[1];
          if (argv[0]?.endsWith('/vacuumdb')) started = [...started, [...argv]];
          return address.engine.run(...words);
        },
      },
    });
    const client = await connectClient({ ...address, ...login, engine }, signal);
    clients.push(client);
    return client;
  }

  const collect = async (client: ConnectedClient): Promise<string> => {
    started = [];
    const load = { tools: client.tools, target: DATABASE, jobs: 1 } as Load;
    await analyze(client, load, signal);
    return (await ask(DATABASE, (talk) => talk.row<{ known: string }>(KNOWN))).known;
  };

  before(async () => {
    await ask('postgres', (talk) => talk.run(`create role ${ROLE} login password 'plain' createdb`));
    await ask('postgres', (talk) => talk.run(`create database ${DATABASE} owner ${ROLE}`));
    const tables = `set role ${ROLE}; create table public.bags (id int, weight int);
      create table public.tags (id int); insert into public.bags select n, n % 7 from generate_series(1, 500) n;
      insert into public.tags values (1); create table public.nothing (id int)`;
    await ask(DATABASE, (talk) => talk.run(tables));
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await finish();
  });

  test('what has none is analyzed, and where nothing lacks any no program is started', async () => {
    const client = await clientOf({});
    assert.equal(await collect(client), 'bags.id bags.weight tags.id');
    assert.equal(started.length, 1);
    assert.equal(started[0]?.includes('--missing-stats-only'), client.serverMajor >= 18);
    if (client.serverMajor < 18) return;
    await collect(client);
    assert.deepEqual(started, []);
    await ask(DATABASE, (talk) => talk.run('create index by_weight on public.bags ((weight + id))'));
    await collect(client);
    assert.equal(started.length, 1, 'the expression of an index has none');
    await ask(DATABASE, (talk) => talk.run('create statistics public.both_of on id, weight from public.bags'));
    await collect(client);
    assert.equal(started.length, 1, 'extended statistics have no data');
    await collect(client);
    assert.deepEqual(started, []);
  });

  test('a role that may not look has all that it owns analyzed', async () => {
    await ask(DATABASE, (talk) => talk.run('alter table public.tags add column more int default 3'));
    const client = await clientOf({ user: ROLE, password: new Secret('plain') });
    assert.equal(await collect(client), 'bags.id bags.weight tags.id tags.more');
    assert.equal(started[0]?.includes('--missing-stats-only'), false);
  });
});
