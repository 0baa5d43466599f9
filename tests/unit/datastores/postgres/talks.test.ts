import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Failure } from '../../../../scripts/common/failure.ts';
import { type ConnectedClient, connectClient } from '../../../../scripts/datastores/postgres/connection/connect.ts';
import type { Conversation } from '../../../../scripts/datastores/postgres/connection/conversation.ts';
import { converse } from '../../../../scripts/datastores/postgres/connection/talks.ts';
import { quoteIdentifier } from '../../../../scripts/datastores/postgres/sql.ts';
import type { Engine } from '../../../../scripts/engines/engine.ts';
import { ask, finish, PREFIX, signal, skip, stackAddress } from './stack-server.ts';

/** Everything that psql, a connection string or a shell may take for something else. */
const ODD = `${PREFIX} a'b"c\\d=e $f\`g%h`;

const whoAmI = (talk: Conversation) =>
  talk.row<{ database: string; pid: number; backslash: string; timeout: string; path: string }>(
    `select current_database() as database, pg_backend_pid() as pid, current_setting('standard_conforming_strings') as backslash,
      current_setting('statement_timeout') as timeout, current_setting('search_path') as path`,
  );

describe('sessions that are used one after the other', { skip }, () => {
  let client: ConnectedClient;
  /** Conversations that were started as programs on the far side. */
  let starts = 0;
  before(async () => {
    const address = await stackAddress();
    const engine: Engine = Object.create(address.engine, {
      open: {
        value: (...words: Parameters<Engine['open']>) => {
          starts += 1;
          return address.engine.open(...words);
        },
      },
    });
    client = await connectClient({ ...address, engine }, signal);
    await ask('postgres', (talk) => talk.run(`create database ${quoteIdentifier(ODD)}`));
  });
  after(async () => {
    await client?.close();
    await finish();
  });

  test('one program serves them all, with a fresh session and our settings each', async () => {
    starts = 0;
    const seen: { pid: number; timeout: string; path: string }[] = [];
    for (const database of ['postgres', ODD, 'postgres', ODD]) {
      const found = await converse(client, { database }, signal, async (talk) => {
        const now = await whoAmI(talk);
        await talk.run(
          "set statement_timeout = '7s'; set search_path = public; create temp table left_over (a int); begin",
        );
        return now;
      });
      assert.deepEqual(
        [found.database, found.timeout, found.path, found.backslash],
        [database, '0', 'pg_catalog', 'on'],
      );
      seen.push(found);
    }
    assert.equal(new Set(seen.map(({ pid }) => pid)).size, 4);
    assert.equal(starts, 1);
  });

  test('nobody is left in a database that was used, so that it can be removed', async () => {
    const name = `${PREFIX}_short`;
    await converse(client, { database: 'postgres' }, signal, (talk) => talk.run(`create database ${name}`));
    await converse(client, { database: name }, signal, (talk) => talk.run('select 1'));
    await converse(client, { database: 'postgres' }, signal, (talk) => talk.run(`drop database ${name}`));
  });

  test('a failure tells its own words, and none of what was said before it', async () => {
    const noisy = "do $$ begin raise warning 'permission denied, says a warning'; end $$";
    await converse(client, { database: ODD }, signal, (talk) => talk.run(noisy));
    const failing = converse(client, { database: ODD }, signal, (talk) => talk.run('select 1/0'));
    await assert.rejects(failing, (error: Failure) => {
      assert.deepEqual([error.code, /division by zero/.test(error.detail ?? '')], ['tool-failed', true]);
      assert.doesNotMatch(error.detail ?? '', /permission denied/);
      return true;
    });
    const missing = converse(client, { database: `${PREFIX}_nowhere` }, signal, whoAmI);
    await assert.rejects(missing, { code: 'not-found', detail: /database ".*nowhere" does not exist/ });
    assert.equal((await converse(client, { database: ODD }, signal, whoAmI)).database, ODD);
  });

  test('one that was ended while it rested is replaced', async () => {
    await converse(client, { database: ODD }, signal, whoAmI);
    const others =
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast' and pid <> pg_backend_pid()";
    await ask('postgres', (talk) => talk.run(`select count(*) from (${others} and datname in ('postgres')) x`));
    assert.equal((await converse(client, { database: ODD }, signal, whoAmI)).database, ODD);
  });

  test('an abort ends what is asked, and what another signal ends is not taken', async () => {
    const stop = new AbortController();
    await converse(client, { database: ODD }, stop.signal, whoAmI);
    const sleeping = converse(client, { database: ODD }, stop.signal, (talk) => talk.run('select pg_sleep(60)'));
    setTimeout(() => stop.abort(new Failure('interrupted', { message: 'ended by SIGINT' })), 300);
    await assert.rejects(sleeping);
    assert.equal((await converse(client, { database: ODD }, signal, whoAmI)).database, ODD);
  });
});
