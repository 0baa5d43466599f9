import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Secret } from '../../../../scripts/common/secret.ts';
import { mongodb } from '../../../../scripts/datastores/mongodb/mongodb.ts';
import { runSteps } from '../../../../scripts/datastores/restore.ts';
import { contentOf, fill } from './data.ts';
import { type Bench, dumpTo, restoreTo, startBench, watchRun, wishFor, withServer } from './server.ts';

/** How the script that looks for room tells that there is none (stage.ts). */
const NO_ROOM = 9;

let bench: Bench;

before(async () => {
  bench = await startBench();
});

after(() => bench.close());

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

test('without room for a copy the archive is streamed, and the plan says so', async () => {
  const database = bench.database('hfm_full');
  await fill(database, 50);
  const content = await contentOf(database);
  const engine = watchRun(bench.engine, (command, result) => {
    if (!command.argv.some((word) => word.includes('df -Pk'))) return result;
    return { ...result, code: NO_ROOM, stdout: '' };
  });
  await withServer(
    bench,
    async (server) => {
      const dumped = await dumpTo(server, 'hfm_full', bench.context);
      const prepared = await server.prepare(dumped.source, wishFor('hfm_full'), bench.context);
      assert.match(prepared.steps.map(({ text }) => text).join(), /from a stream/);
      await database.dropDatabase();
      // A tool that waits for more input than there is would wait for ever.
      const patience = { ...bench.context, signal: AbortSignal.timeout(60_000) };
      assert.deepEqual((await runSteps(prepared, patience))?.differences, []);
      await dumped.remove();
    },
    { engine },
  );
  assert.deepEqual(await contentOf(database), content);
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
