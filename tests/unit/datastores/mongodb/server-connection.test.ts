import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import type { Failure } from '../../../../scripts/common/failure.ts';
import { Secret } from '../../../../scripts/common/secret.ts';
import type { Server } from '../../../../scripts/datastores/datastore.ts';
import { fill } from './data.ts';
import { argumentLists, countChildren } from './processes.ts';
import { type Bench, dumpTo, restoreTo, startBench, watchRun, wishFor, withServer } from './server.ts';

let bench: Bench;

before(async () => {
  bench = await startBench();
});

after(() => bench.close());

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
    const prepared = await server.prepare(dumped.source, wishFor('hfm_copy'), bench.context);
    assert.equal(await modes(), '700\n600\n');
    await prepared.discard();
    assert.equal((await engine.run(stack.container, { argv: ['test', '-e', folder] })).code, 1);
    await dumped.remove();
  };
  await withServer(bench, action, { engine: watching });
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

/** The folders of tunnels that stand in our own temp folder. */
async function tunnels(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('holdfast-tunnel-'));
}
