import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Server } from '../../../../scripts/datastores/datastore.ts';
import type { Exchange } from '../../../../scripts/datastores/generation.ts';
import { ask, connect, finish, PREFIX, skip, stackAddress, sweep, testContext } from './stack-server.ts';

const [ONE, TWO, STAMP] = [`${PREFIX}_one`, `${PREFIX}_two`, '20261121_235220'];

/**
 * $1 clients that come back at once until they find the new database $2: number, what they found, when. Debian's own psql
 * is a slow wrapper.
 */
const CLIENTS = `PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
for i in $(seq "$1"); do (
  for round in $(seq 500); do
    found=$(psql -X -h 127.0.0.1 -U "$PGUSER" -d "$2" -qAtc "select v, (extract(epoch from clock_timestamp()) * 1000)::bigint
      from t; select pg_sleep(0.02)" 2>&1)
    echo "$i|$found" | grep .
    case $found in new*) break ;; esac
  done ) & done; wait`;

/** Kills the programs of an exchange, which are told by a setting that nobody else has. */
const KILL = `for found in $(grep -la 'lock_timeout=5s' /proc/[0-9]*/environ 2>/dev/null); do
  process=\${found%/environ}
  [ "$(cat "$process/comm" 2>/dev/null)" = psql ] && kill -9 "\${process#/proc/}"
done; true`;

/** An exchange that waits for the lock of a database, when it has locked another. */
const WAITING = `select count(*) filter (where not granted) > 0 and count(*) filter (where granted) > 0 as isthere
  from pg_locks where classid = 1262 and mode = 'AccessExclusiveLock'`;

interface Found {
  readonly name: string;
  readonly open: boolean;
  readonly comment: string | null;
}

describe('an exchange of databases', { skip }, () => {
  let server: Server;

  before(async () => {
    await sweep();
    server = await connect(await stackAddress());
    for (const name of [ONE, TWO]) await makePair(name);
  });

  after(finish);

  /** A live database, and a new one with the mark of a restore. */
  async function makePair(name: string): Promise<void> {
    const fresh = `${name}_new_${STAMP}`;
    await ask('postgres', (talk) =>
      talk.run(`create database ${name} template template0; create database ${fresh} template template0;
        comment on database ${name} is 'the old one'; alter database ${name} set work_mem = '5MB';
        comment on database ${fresh} is E'holdfast: being restored\\nthe new one'`),
    );
    await ask(name, (talk) => talk.run(`create table public.t as select 'old' as v`));
    await ask(fresh, (talk) => talk.run(`create table public.t as select 'new' as v`));
  }

  const there: Exchange[] = [ONE, TWO].map((database) => ({
    database,
    fresh: { part: 'new', stamp: STAMP },
    kept: { part: 'before', stamp: STAMP },
  }));
  const back: Exchange[] = there.map(({ database, fresh, kept }) => ({ database, fresh: kept, kept: fresh ?? kept }));

  function databases(): Promise<Found[]> {
    return ask('postgres', (talk) =>
      talk.rows<Found>(`select datname as name, datallowconn and datconnlimit = -1 as open,
        shobj_description(oid, 'pg_database') as comment from pg_database where datname like '${PREFIX}%' order by 1`),
    );
  }

  async function contents(): Promise<string[]> {
    const read = (name: string) => ask(name, (talk) => talk.row<{ v: string }>('select v from public.t'));
    return (await Promise.all([ONE, TWO].map(read))).map(({ v }) => v);
  }

  it('changes all of them, keeps what was live, and is undone by another, with comments and settings', async () => {
    const before = await databases();
    await server.exchange(there, testContext());
    assert.deepEqual(await contents(), ['new', 'new']);
    const [one, aside] = await databases();
    assert.deepEqual([one?.name, one?.comment], [ONE, 'the new one']);
    assert.equal(aside?.name, `${ONE}_before_${STAMP}`);
    assert.match(aside?.comment ?? '', /^holdfast: was ".*_one" until \d{4}-.*, replaced by a restore\nthe old one$/);
    const generations = (await server.generations(testContext())).filter(({ database }) => database.startsWith(PREFIX));
    assert.deepEqual(
      generations.map(({ database, part, stamp, place }) => [database, part, stamp, place]).sort(),
      [ONE, TWO].map((name) => [name, 'before', STAMP, `${name}_before_${STAMP}`]),
    );
    assert.ok(generations.every(({ sizeBytes }) => sizeBytes > 1_000_000));
    const { sources, skipped } = await server.plan(testContext());
    assert.deepEqual(
      sources.map(({ name }) => name).filter((name) => name.startsWith(PREFIX)),
      [ONE, TWO],
    );
    assert.ok(
      skipped.some(({ name, reason }) => name === `${ONE}_before_${STAMP}` && /kept by a restore/.test(reason)),
    );

    await server.exchange(there, testContext());
    assert.deepEqual(await contents(), ['new', 'new'], 'the second time nothing is left to do');
    await server.exchange(back, testContext());
    assert.deepEqual(await contents(), ['old', 'old']);
    const undone = await databases();
    assert.deepEqual(
      undone.map(({ name }) => name),
      before.map(({ name }) => name),
    );
    assert.equal(undone[0]?.comment, 'the old one');
    const settings = await ask(ONE, (talk) =>
      talk.row<{ memory: string }>(`select current_setting('work_mem') as memory`),
    );
    assert.equal(settings.memory, '5MB');
  });

  /** For programs in the container. */
  async function login(): Promise<Record<string, string>> {
    const { environment } = await server.address.engine.inspect(server.address.service);
    const [user, password] = ['POSTGRES_USER', 'POSTGRES_PASSWORD'].map((name) => environment.get(name) ?? '');
    return { PGUSER: user ?? '', PGPASSWORD: password ?? '' };
  }

  it('wins against twenty clients that come back at once, who miss the database for less than two seconds', async () => {
    const { engine, service } = server.address;
    const clients = engine.run(service, { argv: ['sh', '-c', CLIENTS, 'sh', '20', ONE], env: await login() });
    while ((await server.target(ONE, testContext())).sessions < 5) await setTimeout(50);
    const notes = await server.exchange(there, testContext());
    const { stdout } = await clients;
    assert.match(notes.join(), /cut off: \d+ of "psql"/);
    const seen = stdout.split('\n').flatMap((line) => {
      const [client, value, time] = line.split('|');
      return value === 'old' || value === 'new' ? [{ client, value, time: Number(time) }] : [];
    });
    const old = seen.filter(({ value }) => value === 'old').map(({ time }) => time);
    const fresh = seen.filter(({ value }) => value === 'new').map(({ time }) => time);
    assert.ok(old.length > 0 && fresh.length > 0, `found ${old.length} answers before and ${fresh.length} after`);
    const gap = Math.min(...fresh) - Math.max(...old);
    assert.ok(gap >= 0, 'nobody saw the old one after the new one');
    assert.ok(gap < 2000, `nobody was served for ${gap} ms`);
    await server.exchange(back, testContext());
  });

  it('leaves all of them as they were when its programs are killed half-way, and the same words end it', async () => {
    const { engine, service } = server.address;
    await ask('postgres', async (holder) => {
      await holder.run(`begin; comment on database ${TWO} is 'somebody is at it'`);
      const exchanged = assert.rejects(server.exchange(there, testContext()), { stands: /no database was renamed/ });
      const isThere = async () => (await holder.row<{ isthere: boolean }>(WAITING)).isthere;
      for (let look = 0; look < 1000 && !(await isThere()); look += 1) await setTimeout(10);
      await engine.run(service, { argv: ['sh', '-c', KILL] });
      await exchanged;
      await holder.run('rollback');
    });
    assert.deepEqual(await contents(), ['old', 'old']);
    assert.ok((await databases()).every(({ open }) => open));
    await server.exchange(there, testContext());
    assert.deepEqual(await contents(), ['new', 'new']);
    await server.exchange(back, testContext());
  });

  it('never takes, lists or removes a database that only has such a name', async () => {
    const foreign = `${ONE}_new_20200101_000000`;
    await ask('postgres', (talk) => talk.run(`create database ${foreign} template template0`));
    const generation = { database: ONE, part: 'new', stamp: '20200101_000000', place: foreign, sizeBytes: 0 } as const;
    assert.ok(!(await server.generations(testContext())).some(({ place }) => place === foreign));
    await assert.rejects(server.removeGeneration(generation, testContext()), { code: 'refused' });
    const exchange = { database: ONE, fresh: generation, kept: { part: 'before', stamp: '20200101_000000' } } as const;
    await assert.rejects(server.exchange([exchange], testContext()), {
      code: 'refused',
      stands: /no database was renamed/,
    });
    assert.ok((await databases()).some(({ name }) => name === foreign));
    assert.deepEqual(await contents(), ['old', 'old']);
  });

  it('sets a database aside that nothing comes for, and forgets what is removed', async () => {
    const aside = { database: TWO, fresh: undefined, kept: { part: 'new', stamp: '20260101_000000' } } as const;
    await server.exchange([aside], testContext());
    await server.exchange([aside], testContext());
    assert.equal((await server.target(TWO, testContext())).exists, false);
    const [kept] = (await server.generations(testContext())).filter(({ stamp }) => stamp === aside.kept.stamp);
    assert.ok(kept);
    await server.removeGeneration(kept, testContext());
    await server.removeGeneration(kept, testContext());
    const missing = { database: TWO, fresh: kept, kept: { part: 'before', stamp: kept.stamp } } as const;
    await assert.rejects(server.exchange([missing], testContext()), { code: 'not-found' });
  });
});
