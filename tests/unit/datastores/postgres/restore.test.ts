import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import type { Server, StoredSource } from '../../../../scripts/datastores/datastore.ts';
import { postgres } from '../../../../scripts/datastores/postgres/postgres.ts';
import { ONE_TRANSACTION_BYTES } from '../../../../scripts/datastores/postgres/restore/passes.ts';
import type { RestoreReport } from '../../../../scripts/datastores/restore.ts';
import type { Command } from '../../../../scripts/engines/engine.ts';
import { head } from './archive-maker.ts';
import { carryOut, finishPrepared, textOf, wishFor } from './carry-out.ts';
import {
  artifactFolder,
  ask,
  connect,
  contentOf,
  dumpTo,
  finish,
  PREFIX,
  SHOP,
  skip,
  stackAddress,
  sweep,
  testContext,
} from './stack-server.ts';

const SHOP_DATABASE = `${PREFIX};a=b "Shop"`;
const QUOTED = `"${SHOP_DATABASE.replaceAll('"', '""')}"`;
const OWNER = `${PREFIX} Owner`;
const GROUP = `${PREFIX}_group`;

/** 36 MB that no compression halves, in partitions with a trigger and a foreign key of the whole table. */
const PARTS = `set search_path to public; create table owners (id int primary key);
  insert into owners select generate_series(1, 10);
  create table parts (id int primary key, owner int references owners, note text, filler text) partition by hash (id);
  create table parts_0 partition of parts for values with (modulus 2, remainder 0);
  create table parts_1 partition of parts for values with (modulus 2, remainder 1);
  insert into parts select n, n % 10 + 1, 'as inserted', (select string_agg(md5(n::text || m), '') from generate_series(1, 128) m)
    from generate_series(1, 9000) n;
  create function touch() returns trigger language plpgsql as $$ begin new.note := 'touched'; return new; end $$;
  create trigger touch before insert on parts for each row execute function touch();
  select lo_from_bytea(70001, 'large object');`;

describe('a restore into a real PostgreSQL', { skip }, () => {
  let server: Server;
  let folder: Awaited<ReturnType<typeof artifactFolder>>;
  let dumped: StoredSource;
  let content: Record<string, string>;

  before(async () => {
    await sweep();
    await ask('postgres', (talk) =>
      talk.run(`create role "${GROUP}"; create role "${OWNER}" in role "${GROUP}" login password 'x';
        create database ${QUOTED} owner "${OWNER}" template template0 encoding 'LATIN9' locale 'C';
        alter database ${QUOTED} set search_path to "$user", 'Odd.Schema', public;
        alter role "${OWNER}" in database ${QUOTED} set statement_timeout = '7s';
        revoke temporary on database ${QUOTED} from public; comment on database ${QUOTED} is 'it''s'`),
    );
    await ask(SHOP_DATABASE, (talk) => talk.run(SHOP(OWNER)));
    server = await connect(await stackAddress());
    folder = await artifactFolder();
    const globals = await dumpTo(folder.path, server, 'globals.sql');
    dumped = { ...(await dumpTo(folder.path, server, SHOP_DATABASE)), companions: [globals] };
    content = await contentOf(SHOP_DATABASE);
  });

  after(async () => {
    await finish();
    await folder?.[Symbol.asyncDispose]();
  });

  /** Over the live database. */
  function restoreOver(source: StoredSource, target: string): Promise<RestoreReport> {
    return carryOut(server, source, wishFor(target, { way: 'in-place' }));
  }

  it('brings back a database that is gone, with its role, owner, encoding, settings and grants', async () => {
    await ask('postgres', (talk) => talk.run(`drop database ${QUOTED}; drop role "${OWNER}"; drop role "${GROUP}"`));
    assert.equal((await server.target(SHOP_DATABASE, testContext())).exists, false);
    const report = await carryOut(server, dumped, wishFor(SHOP_DATABASE));
    assert.deepEqual(report.differences, []);
    assert.equal(report.compared, true);
    assert.deepEqual(await contentOf(SHOP_DATABASE), content);
    const [facts] = await ask('postgres', (talk) =>
      talk.rows(`select pg_get_userbyid(datdba) as owner, pg_encoding_to_char(encoding) as encoding, datcollate as collate,
        shobj_description(oid, 'pg_database') as comment,
        has_database_privilege('public', oid, 'TEMPORARY') as temporary,
        pg_has_role('${OWNER}', '${GROUP}', 'MEMBER') as member,
        (select json_agg(array_to_string(setconfig, ';') order by setrole) from pg_db_role_setting where setdatabase = d.oid) as settings
        from pg_database d where datname = '${SHOP_DATABASE}'`),
    );
    assert.deepEqual(facts, {
      owner: OWNER,
      encoding: 'LATIN9',
      collate: 'C',
      comment: "it's",
      temporary: false,
      member: true,
      settings: ['search_path="$user", "Odd.Schema", public', 'statement_timeout=7s'],
    });
  });

  it('replaces what was changed, and names what is not in the dump', async () => {
    await ask(SHOP_DATABASE, (talk) =>
      talk.run(`delete from "Odd.Schema"."t""q"; drop table public.part cascade; drop view public."V"; create table public.newer (a int);
        select lo_unlink(oid) from pg_largeobject_metadata; select nextval('public."Mixed Case_id_seq"')`),
    );
    const report = await restoreOver(dumped, SHOP_DATABASE);
    assert.deepEqual(report.differences, []);
    assert.match(report.notes.join('\n'), /not in the dump were left as they were: "public\.newer"/);
    const { 'public.newer': newer, ...rest } = await contentOf(SHOP_DATABASE);
    assert.equal(newer, '');
    assert.deepEqual(rest, content);
    await ask(SHOP_DATABASE, (talk) => talk.run('drop table public.newer'));
  });

  it('goes to another name when it is told to', async () => {
    const other = `${PREFIX}_other`;
    const report = await carryOut(server, dumped, wishFor(other, { way: 'direct' }));
    assert.deepEqual(report.differences, []);
    assert.deepEqual(await contentOf(other), content);
  });

  it('works from a stream when there is no room beside the server', async () => {
    const address = await stackAddress();
    const { engine } = address;
    const full: typeof engine = Object.create(engine, {
      write: {
        value: (service: string, command: Command, ...rest: [Readable, number]) => {
          const argv = command.argv.map((word) => (/^\d+$/.test(word) ? '999999999999' : word)) as [string];
          return engine.write(service, { ...command, argv }, ...rest);
        },
      },
    });
    const cramped = await connect({ ...address, engine: full });
    const prepared = await cramped.prepare(dumped, wishFor(SHOP_DATABASE, { way: 'in-place' }), testContext());
    assert.match(textOf(prepared), /streamed over one connection: no folder with \d+ KiB free/);
    assert.deepEqual((await finishPrepared(cramped, prepared)).differences, []);
    assert.deepEqual(await contentOf(SHOP_DATABASE), content);
  });

  it('changes nothing when a newer object holds on to what must be dropped', async () => {
    await ask(SHOP_DATABASE, (talk) =>
      talk.run(
        `create table public.newer (a int references public."Mixed Case"); insert into public."Mixed Case" ("Name") values ('kept')`,
      ),
    );
    const before = await contentOf(SHOP_DATABASE);
    await assert.rejects(restoreOver(dumped, SHOP_DATABASE), {
      code: 'tool-failed',
      detail: /newer/,
      stands: /was not changed/,
    });
    assert.deepEqual(await contentOf(SHOP_DATABASE), before);
    await ask(SHOP_DATABASE, (talk) => talk.run('drop table public.newer'));
  });

  it('gives up when an open transaction is in the way, and names its session', async () => {
    const address = await stackAddress();
    const impatient = await connect({ ...address, lockWaitSeconds: 1 });
    const prepared = await impatient.prepare(dumped, wishFor(SHOP_DATABASE, { way: 'in-place' }), testContext());
    const before = await contentOf(SHOP_DATABASE);
    await ask(SHOP_DATABASE, async (talk) => {
      await talk.run(`set application_name = 'the shop'; begin; select count(*) from public."Mixed Case"`);
      await assert.rejects(finishPrepared(impatient, prepared), {
        code: 'timeout',
        message: /application "the shop"/,
        stands: /was not changed/,
      });
    });
    assert.deepEqual(await contentOf(SHOP_DATABASE), before);
  });

  it('is refused before anything happens when the dump needs what the target lacks', async () => {
    const made = (entries: Parameters<typeof head>[1], version?: string): StoredSource => {
      const bytes = head(0, entries, version);
      const artifact = {
        fileName: 'x.dump',
        bytes: bytes.length,
        compression: undefined,
        open: async () => Readable.from([bytes]),
      };
      return { kind: 'postgres', name: 'x', facts: undefined, serverVersion: undefined, artifacts: [artifact] };
    };
    const target = `${PREFIX}_never`;
    const prepare = (source: StoredSource) => server.prepare(source, wishFor(target), testContext());
    const extension = { dumpId: 1, tag: 'nowhere', description: 'EXTENSION', hasData: false, owner: '' };
    await assert.rejects(prepare(made([extension])), { code: 'not-found', message: /extensions .*"nowhere"/ });
    const table = { dumpId: 1, tag: 't', description: 'TABLE', hasData: false, owner: 'no such role' };
    await assert.rejects(prepare(made([table])), { code: 'not-found', message: /roles .*"no such role"/ });
    await assert.rejects(prepare(made([], '99.1')), { code: 'version', message: /expected 99 or later/ });
    assert.equal((await server.target(target, testContext())).exists, false);
  });

  it('refuses a dump that pg_restore cannot read to its end, and leaves nothing beside the server', async () => {
    const [artifact] = dumped.artifacts;
    if (artifact === undefined) throw new Error('no artifact');
    const cut = { ...artifact, bytes: artifact.bytes - 20 };
    const open = async () => createReadStream(`${folder.path}/${artifact.fileName}`, { end: artifact.bytes - 21 });
    await assert.rejects(
      server.prepare({ ...dumped, artifacts: [{ ...cut, open }] }, wishFor(SHOP_DATABASE), testContext()),
      {
        code: 'damaged',
      },
    );
    const { engine, service } = server.address;
    const { stdout } = await engine.run(service, {
      // Other tests may have theirs there: this one is told by its size.
      argv: ['sh', '-c', `find /tmp/holdfast-restore.* -size ${cut.bytes}c 2>/dev/null; true`],
    });
    assert.equal(stdout, '');
  });

  it('fires no trigger for restored rows and replaces large objects, in a database of more than one transaction', async () => {
    const name = `${PREFIX}_parts`;
    await ask('postgres', (talk) => talk.run(`create database ${name} template template0`));
    await ask(name, (talk) => talk.run(PARTS));
    const before = await contentOf(name);
    const parts = await dumpTo(folder.path, server, name);
    assert.ok(
      (parts.artifacts[0]?.bytes ?? 0) > ONE_TRANSACTION_BYTES,
      'the dump is too small to be loaded side by side',
    );
    await ask(name, (talk) =>
      talk.run(`update public.parts set note = 'changed'; select lo_put(70001, 0, 'changed'::bytea)`),
    );
    await restoreOver(parts, name);
    assert.deepEqual(await contentOf(name), before);
    await ask('postgres', (talk) => talk.run(`drop database ${name}`));
    await carryOut(server, parts, wishFor(name));
    assert.deepEqual(await contentOf(name), before);
    await ask('postgres', (talk) => talk.run(`drop database ${name}`));
  });

  it('leaves no database behind that it made and could not fill', async () => {
    const target = `${PREFIX}_half`;
    const prepared = await server.prepare(dumped, wishFor(target), testContext());
    await ask('postgres', (talk) => talk.run(`alter role "${OWNER}" rename to "${OWNER} away"`));
    await assert.rejects(finishPrepared(server, prepared), { code: /denied|not-found|tool-failed/ });
    await ask('postgres', (talk) => talk.run(`alter role "${OWNER} away" rename to "${OWNER}"`));
    assert.equal((await server.target(target, testContext())).exists, false);
    const left = (await server.generations(testContext())).filter(({ database }) => database === target);
    assert.deepEqual(left, []);
  });

  it('by hand, with the commands of RESTORE.md as they stand, gives the same database', async () => {
    const { engine, service } = server.address;
    const { environment } = await engine.inspect(service);
    const facts = dumped.facts ?? assert.fail('no facts');
    const [artifact] = dumped.artifacts;
    const file = `postgres/${artifact?.fileName}`;
    const steps = postgres.manualRestore({ name: SHOP_DATABASE, target: SHOP_DATABASE, fileNames: [file], facts });
    const place = `/tmp/${PREFIX}`;
    const copy = { argv: ['sh', '-c', 'mkdir -p "$1/postgres" && cat > "$1/$2"', 'sh', place, file] as const };
    await engine.write(service, copy, (await artifact?.open()) ?? assert.fail(), artifact?.bytes ?? 0);
    await ask('postgres', (talk) => talk.run(`drop database ${QUOTED} with (force)`));
    const script = ['set -e', `cd ${place}`, ...steps.flatMap((step) => step.commands)].join('\n');
    const env = {
      PGUSER: environment.get('POSTGRES_USER') ?? 'postgres',
      PGPASSWORD: environment.get('POSTGRES_PASSWORD') ?? '',
    };
    const result = await engine.run(service, { argv: ['sh', '-c', script], env });
    await engine.run(service, { argv: ['rm', '-rf', place] });
    assert.equal(result.code, 0, result.stderr);
    assert.deepEqual(await contentOf(SHOP_DATABASE), content);
  });
});
