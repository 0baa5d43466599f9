import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Binary } from 'mongodb';
import { Failure } from '../../../../scripts/common/failure.ts';
import { Secret } from '../../../../scripts/common/secret.ts';
import type { Server } from '../../../../scripts/datastores/datastore.ts';
import { mongodb } from '../../../../scripts/datastores/mongodb/mongodb.ts';
import type { Command, Engine, RunResult } from '../../../../scripts/engines/engine.ts';
import { attachOrStart, type Stack, startStack } from '../../../stack/stack.ts';
import { writeArchive } from './archives.ts';
import {
  argumentLists,
  type Bench,
  contentOf,
  countChildren,
  dumpTo,
  fill,
  openBench,
  restoreTo,
  storedIn,
  withServer,
} from './server.ts';

const restart = promisify(execFile);

let stack: Stack<'mongo'>;
let bench: Bench;

before(async () => {
  // A temp folder of our own: what other tests leave in the common one is none of our business.
  process.env.TMPDIR = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  stack = await attachOrStart({ services: ['mongo'] });
  bench = await openBench(stack.mongo);
});

after(async () => {
  await bench.close();
  await stack.stop();
  await rm(tmpdir(), { recursive: true });
});

test('a database that was dropped comes back document by document, index by index', async () => {
  const database = bench.database('hfm_round');
  await fill(database);
  const content = await contentOf(database);
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_round', bench.context);
    assert.deepEqual(dumped.facts.fingerprint.counts, { 'Orders.2026-ü': 500, empty: 0, users: 500 });
    assert.equal(dumped.facts.consistency, 'fuzzy');
    assert.match((await mongodb.read(dumped.source, bench.context)).summary, /3 collections, 1000 documents/);
    await database.dropDatabase();
    const report = await restoreTo(server, dumped.source, 'hfm_round', bench.context);
    assert.deepEqual([report.differences, report.objects, report.rows, report.compared], [[], 3, 1000, true]);
    await dumped.remove();
  });
  assert.deepEqual(await contentOf(database), content);
});

test('a restore under another name leaves the original and other collections alone, and says what stayed', async () => {
  const original = bench.database('hfm_from');
  const copy = bench.database('hfm_to');
  await fill(original, 50);
  await copy.dropDatabase();
  await copy.collection('users').insertOne({ old: true });
  await copy.collection('kept').insertOne({ old: true });
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_from', bench.context);
    const content = await contentOf(original);
    await original.collection('users').insertOne({ later: true, email: 'later' });
    const changed = await contentOf(original);
    const report = await restoreTo(server, dumped.source, 'hfm_to', bench.context);
    assert.deepEqual(report.differences, []);
    assert.match(report.notes.join(), /stayed in "hfm_to": kept/);
    const { kept, ...restored } = await contentOf(copy);
    assert.ok(kept);
    assert.deepEqual(restored, content);
    assert.deepEqual(await contentOf(original), changed);
    await dumped.remove();
  });
});

test('a dump beside a writer is whole and restores to exactly what it recorded', async () => {
  const database = bench.database('hfm_writer');
  await fill(database, 3000);
  let writing = true;
  const writer = (async () => {
    for (let n = 1e6; writing; n++) await database.collection('users').insertOne({ n, email: `late ${n}` });
  })();
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_writer', bench.context).finally(() => {
      writing = false;
    });
    await writer;
    await mongodb.read(dumped.source, bench.context);
    assert.deepEqual((await restoreTo(server, dumped.source, 'hfm_writer', bench.context)).differences, []);
    await dumped.remove();
  });
});

test('databases with odd names are dumped and restored', async () => {
  for (const name of ['hfm_UPPER-case', 'hfm_日本', 'hfm_a%b']) {
    const database = bench.database(name);
    await fill(database, 5);
    const content = await contentOf(database);
    await withServer(bench, async (server) => {
      const dumped = await dumpTo(server, name, bench.context);
      const [file] = await readdir(dumped.folder);
      assert.equal(mongodb.sourceOfFile(file as string), name);
      await database.dropDatabase();
      assert.deepEqual((await restoreTo(server, dumped.source, name, bench.context)).differences, []);
      await dumped.remove();
    });
    assert.deepEqual(await contentOf(database), content, name);
  }
});

test('the plan has all databases but the system ones, with sizes, and names those that are missing', async () => {
  await fill(bench.database('hfm_plan'), 5);
  const all = await withServer(bench, (server) => server.plan(bench.context));
  assert.ok(all.sources.some(({ name, sizeBytes }) => name === 'hfm_plan' && sizeBytes > 0));
  assert.ok(!all.sources.some(({ name }) => ['admin', 'config', 'local'].includes(name)));
  const databases = ['hfm_plan', 'hfm_missing'];
  const named = await withServer(bench, (server) => server.plan(bench.context), { databases });
  assert.deepEqual(
    [named.sources.map(({ name }) => name), named.skipped.map(({ name }) => name)],
    [['hfm_plan'], ['hfm_missing']],
  );
});

test('a database that went away before its dump is a failure, not an empty backup', async () => {
  await withServer(bench, async (server) => {
    await assert.rejects(dumpTo(server, 'hfm_never', bench.context), (error: Failure) => error.code === 'not-found');
  });
});

test('a wrong password is told as such and leaves nothing behind', async () => {
  const change = { user: bench.stack.user, password: new Secret('wrong') };
  const attempt = withServer(bench, async () => {}, change);
  await assert.rejects(attempt, (error: Failure) => error.code === 'denied' && !`${error.detail}`.includes('wrong'));
  assert.deepEqual(await tunnels(), []);
});

test('a closed connection leaves no program, no socket and no folder', async () => {
  const before = await countChildren();
  await withServer(bench, async () => {
    assert.equal((await tunnels()).length, 1);
    assert.ok((await countChildren()) > before);
  });
  assert.deepEqual(await tunnels(), []);
  assert.equal(await countChildren(), before);
});

test('what stands at the target is told', async () => {
  await fill(bench.database('hfm_target'), 50);
  await withServer(bench, async (server) => {
    const facts = await server.target('hfm_target', bench.context);
    assert.deepEqual([facts.exists, facts.objects, facts.sizeBytes > 0], [true, 3, true]);
    assert.equal((await server.target('hfm_nowhere', bench.context)).exists, false);
  });
});

test('documents that the server refuses make the restore a failed one that says what stands', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  const twice = writeArchive('hfm_twice', [{ name: 'users', type: 'collection', documents: [{ _id: 1 }, { _id: 1 }] }]);
  await writeFile(join(folder, 'hfm_twice.archive.gz'), gzipSync(twice));
  bench.database('hfm_twice');
  const source = await storedIn(folder, 'hfm_twice', undefined);
  const failed = (error: Failure) =>
    /could not restore 1 documents/.test(error.message) &&
    /restored in part/.test(`${error.stands}`) &&
    /E11000|duplicate/i.test(`${error.detail}`);
  await withServer(bench, async (server) => {
    await assert.rejects(restoreTo(server, source, 'hfm_twice', bench.context), failed);
  });
  await rm(folder, { recursive: true });
});

test('without room for a copy the archive is streamed, and the plan says so', async () => {
  const database = bench.database('hfm_full');
  await fill(database, 50);
  const content = await contentOf(database);
  const engine = watchRun(bench.engine, (command, result) => {
    if (!command.argv.some((word) => word.includes('df -Pk'))) return result;
    return { ...result, stdout: `${result.stdout.split('\n')[0]}\n/dev/full 9 9 0 100% /tmp\n` };
  });
  await withServer(
    bench,
    async (server) => {
      const dumped = await dumpTo(server, 'hfm_full', bench.context);
      const prepared = await server.prepare(dumped.source, 'hfm_full', bench.context);
      assert.match(prepared.steps.join(), /from a stream/);
      await database.dropDatabase();
      assert.deepEqual((await prepared.restore(bench.context)).differences, []);
      await dumped.remove();
    },
    { engine },
  );
  assert.deepEqual(await contentOf(database), content);
});

test('the copy beside the server is ours alone, and gone afterwards', async () => {
  await fill(bench.database('hfm_copy'), 5);
  const { engine, stack } = bench;
  let folder = '';
  const watching = watchRun(engine, (command, result) => {
    if (command.argv.some((word) => word.includes('df -Pk'))) folder = result.stdout.split('\n')[0] ?? '';
    return result;
  });
  const modes = async () =>
    (await engine.run(stack.container, { argv: ['stat', '-c', '%a', folder, `${folder}/restore.archive.gz`] })).stdout;
  const action = async (server: Server) => {
    const dumped = await dumpTo(server, 'hfm_copy', bench.context);
    const prepared = await server.prepare(dumped.source, 'hfm_copy', bench.context);
    assert.equal(await modes(), '700\n600\n');
    await prepared.discard();
    assert.equal((await engine.run(stack.container, { argv: ['test', '-e', folder] })).code, 1);
    await dumped.remove();
  };
  await withServer(bench, action, { engine: watching });
});

/** The same engine; `see` is told of every short command that ran and may lie about its result. */
function watchRun(engine: Engine, see: (command: Command, result: RunResult) => RunResult): Engine {
  const run: Engine['run'] = async (service, command, options) =>
    see(command, await engine.run(service, command, options));
  return Object.create(engine, { run: { value: run } });
}

test('a dump of a newer server is refused before anything is touched', async () => {
  await fill(bench.database('hfm_newer'), 5);
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_newer', bench.context);
    const newer = { ...dumped.source, serverVersion: '99.0.1' };
    const refused = (error: Failure) => error.code === 'version' && error.stands === 'the target was not touched';
    await assert.rejects(server.prepare(newer, 'hfm_newer', bench.context), refused);
    await dumped.remove();
  });
});

test('the system databases are never restored over', async () => {
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_newer', bench.context);
    await assert.rejects(server.prepare(dumped.source, 'admin', bench.context), /belongs to the server itself/);
    await dumped.remove();
  });
});

test('no argument list shows the password during dump and restore', async () => {
  await fill(bench.database('hfm_ps'), 4000);
  const password = bench.stack.password;
  const forms = [password, encodeURIComponent(password)];
  let running = true;
  let seen = 0;
  const shown: string[] = [];
  const watcher = (async () => {
    while (running) {
      const lines = await argumentLists();
      seen += lines.filter((line) => /mongo(dump|restore) /.test(line)).length;
      shown.push(...lines.filter((line) => forms.some((form) => line.includes(form))));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_ps', bench.context);
    await restoreTo(server, dumped.source, 'hfm_ps', bench.context);
    await dumped.remove();
  });
  running = false;
  await watcher;
  assert.ok(seen > 10, `${seen} sightings of the tools`);
  assert.deepEqual(shown, []);
});

test('the commands for a restore by hand work as they stand', async () => {
  const database = bench.database('hfm_hand');
  await fill(database, 20);
  const content = await contentOf(database);
  const { engine, stack } = bench;
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_hand', bench.context);
    await database.dropDatabase();
    const [artifact] = dumped.source.artifacts;
    assert.ok(artifact);
    const folder = '/tmp/hfm-hand';
    await engine.run(stack.container, { argv: ['mkdir', '-p', `${folder}/mongo`] });
    await engine.copyIn(
      stack.container,
      join(dumped.folder, artifact.fileName),
      `${folder}/mongo/${artifact.fileName}`,
    );
    const steps = mongodb.manualRestore({
      name: 'hfm_hand',
      target: 'hfm_hand',
      fileNames: [artifact.fileName],
      facts: dumped.facts,
    });
    const script = [`cd ${folder}`, 'set -e', ...steps.flatMap(({ commands }) => commands)].join('\n');
    const url = stack.url.replace(/@[^@/]+\//, '@127.0.0.1:27017/');
    const env = { MONGO_URL: new Secret(url) };
    const { code, stderr } = await engine.run(stack.container, { argv: ['sh', '-c', script], env });
    await engine.run(stack.container, { argv: ['rm', '-r', folder] });
    assert.equal(code, 0, stderr);
    await dumped.remove();
  });
  assert.deepEqual(await contentOf(database), content);
});

test('an abort in mid-dump ends it as interrupted, with no program left in the container', async () => {
  await fill(bench.database('hfm_abort'), 20_000);
  const abort = new AbortController();
  const context = { ...bench.context, signal: abort.signal };
  await withServer(bench, async (server) => {
    const running = dumpTo(server, 'hfm_abort', context);
    setTimeout(() => abort.abort(), 300);
    await assert.rejects(running, (error: unknown) => error instanceof Failure && error.code === 'interrupted');
  });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.ok(!(await argumentLists()).some((line) => /mongodump .*hfm_abort/.test(line)));
});

test('a container that restarts in mid-dump makes the dump a failed one', async () => {
  const own = await startStack({ services: ['mongo'], project: 'hfm-restart' });
  const other = await openBench(own.mongo);
  try {
    const blobs = Array.from({ length: 300 }, () => ({ data: new Binary(randomBytes(100_000)) }));
    await other.database('hfm_restart').collection('blobs').insertMany(blobs);
    await withServer(other, async (server) => {
      // Slow, but never at rest: podman does not stop a container while the output of an exec in it is not taken.
      let restarted: Promise<unknown> | undefined;
      const slow = new Writable({
        write: (_chunk, _encoding, done) => {
          restarted ??= restart(own.mongo.engine, ['restart', '-t', '0', own.mongo.container]);
          setTimeout(done, 30);
        },
      });
      const dumping = server.dump({ kind: 'mongo', name: 'hfm_restart', sizeBytes: 0 }, () => slow, other.context);
      await assert.rejects(dumping, (error: unknown) => error instanceof Failure && error.code !== 'internal');
      assert.ok(slow.destroyed);
      await restarted;
    });
  } finally {
    await other.client.close();
    await own.stop();
  }
});

/** The folders of tunnels that stand in our own temp folder. */
async function tunnels(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => /^holdfast-\w{6}$/.test(name));
}
