import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { Binary } from 'mongodb';
import { Failure } from '../../../../scripts/common/failure.ts';
import { startStack } from '../../../stack/stack.ts';
import { writeArchive } from './archives.ts';
import { fill } from './data.ts';
import { argumentLists } from './processes.ts';
import { type Bench, dumpTo, openBench, restoreTo, startBench, storedIn, wishFor, withServer } from './server.ts';

const restart = promisify(execFile);

let bench: Bench;

before(async () => {
  bench = await startBench();
});

after(() => bench.close());

test('a database that went away before its dump is a failure, not an empty backup', async () => {
  await withServer(bench, async (server) => {
    await assert.rejects(dumpTo(server, 'hfm_never', bench.context), (error: Failure) => error.code === 'not-found');
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
    const inPlace = { way: 'in-place' } as const;
    await assert.rejects(restoreTo(server, source, 'hfm_twice', bench.context, inPlace), failed);
  });
  await rm(folder, { recursive: true });
});

test('a dump of a newer server is refused before anything is touched', async () => {
  await fill(bench.database('hfm_newer'), 5);
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_newer', bench.context);
    const newer = { ...dumped.source, serverVersion: '99.0.1' };
    const refused = (error: Failure) => error.code === 'version' && error.stands === 'the target was not touched';
    await assert.rejects(server.prepare(newer, wishFor('hfm_newer'), bench.context), refused);
    await dumped.remove();
  });
});

test('the system databases are never restored over', async () => {
  await withServer(bench, async (server) => {
    const dumped = await dumpTo(server, 'hfm_newer', bench.context);
    await assert.rejects(
      server.prepare(dumped.source, wishFor('admin'), bench.context),
      /belongs to the server itself/,
    );
    await dumped.remove();
  });
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
