import assert from 'node:assert/strict';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import type { RunEvent } from '../../../scripts/common/context.ts';
import { Failure } from '../../../scripts/common/failure.ts';
import { writeProof } from '../../../scripts/sets/proof.ts';
import { openSet } from '../../../scripts/sets/reader.ts';
import { requireIntact, verifyIntact } from '../../../scripts/sets/verify.ts';
import { openSetWriter } from '../../../scripts/sets/writer.ts';
import type { Storage } from '../../../scripts/storage/storage.ts';
import { exampleFacts, quiet, sourceOfFile, temporaryStorage, writeExampleSet } from './example-set.ts';

const files = ['manifest.json', 'RESTORE.md', 'postgres/app.dump', 'mongo/shop.archive.gz'];

/** What a restore would do first: open, then compare everything. Gives "intact" or the code that stops it. */
async function judge(storage: Storage, name: string): Promise<string> {
  try {
    await requireIntact(await openSet(storage, name, sourceOfFile), quiet);
    return 'intact';
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error.code;
  }
}

test('an untouched set is intact, and says how many bytes were compared', async (context) => {
  const storage = await temporaryStorage(context);
  const { name, manifest } = await writeExampleSet(storage);
  const events: RunEvent[] = [];
  const set = await openSet(storage, name, sourceOfFile);
  const found = await verifyIntact(set, { ...quiet, report: (event) => events.push(event) });
  assert.ok(found.intact && found.set.manifest?.id === name);
  const listed = [...manifest.sources.flatMap(({ artifacts }) => artifacts), ...manifest.extras];
  assert.equal(
    found.bytes,
    listed.reduce((sum, { bytes }) => sum + bytes, 0),
  );
  assert.deepEqual(found.foreign, []);
  const steps = events.flatMap((event) => (event.kind === 'step' ? [event.source] : []));
  assert.deepEqual(steps, ['postgres/app', 'mongo/shop', 'RESTORE.md']);
});

test('every byte of a set that is flipped is found before anything is restored', async (context) => {
  const storage = await temporaryStorage(context);
  const { name } = await writeExampleSet(storage);
  for (const file of files) {
    const path = join(storage.folder, name, file);
    const bytes = await readFile(path);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(path, changed);
      assert.equal(await judge(storage, name), 'damaged', `byte ${at} of ${file}`);
    }
    await writeFile(path, bytes);
    assert.equal(await judge(storage, name), 'intact');
  }
});

test('every truncation of every file of a set is found', async (context) => {
  const storage = await temporaryStorage(context);
  const { name } = await writeExampleSet(storage);
  for (const file of files) {
    const path = join(storage.folder, name, file);
    const bytes = await readFile(path);
    for (let length = bytes.length - 1; length >= 0; length -= 1) {
      await truncate(path, length);
      assert.equal(await judge(storage, name), 'damaged', `${file} cut to ${length} bytes`);
    }
    await writeFile(path, bytes);
  }
  assert.equal(await judge(storage, name), 'intact');
});

test('a file that grew or is missing is a problem, one that nobody knows is told only', async (context) => {
  const storage = await temporaryStorage(context);
  const { name } = await writeExampleSet(storage);
  await writeFile(join(storage.folder, name, 'mongo/notes.txt'), 'x');
  const first = await verifyIntact(await openSet(storage, name, sourceOfFile), quiet);
  assert.deepEqual([first.intact, first.foreign], [true, ['mongo/notes.txt']]);
  await writeFile(join(storage.folder, name, 'postgres/app.dump'), '!', { flag: 'a' });
  await rm(join(storage.folder, name, 'RESTORE.md'));
  const second = await verifyIntact(await openSet(storage, name, sourceOfFile), quiet);
  assert.deepEqual(second.intact ? [] : second.problems, [
    '"postgres/app.dump" has 17 bytes, expected 16',
    '"RESTORE.md" is missing',
  ]);
});

test('a set of another name is damaged: its manifest says where it belongs', async (context) => {
  const storage = await temporaryStorage(context);
  const { name } = await writeExampleSet(storage);
  const other = await openSetWriter(storage, new Date('2026-06-01T00:00:00Z'));
  await other.finish(exampleFacts(), { guide: () => 'x' });
  await writeFile(
    join(storage.folder, other.name, 'manifest.json'),
    await readFile(join(storage.folder, name, 'manifest.json')),
  );
  assert.equal(await judge(storage, other.name), 'damaged');
});

test('an artifact that changes after it was verified breaks the restore that reads it', async (context) => {
  const storage = await temporaryStorage(context);
  const { name } = await writeExampleSet(storage);
  const set = await requireIntact(await openSet(storage, name, sourceOfFile), quiet);
  const artifact = set.sources[0]?.artifacts[0];
  assert.ok(artifact);
  assert.equal((await buffer(await artifact.open())).toString(), 'the bytes of app');
  await writeFile(join(storage.folder, name, 'postgres/app.dump'), 'the bytes of apq');
  await assert.rejects(buffer(await artifact.open()), { name: 'Failure', code: 'damaged' });
  await writeFile(join(storage.folder, name, 'postgres/app.dump'), 'the');
  await assert.rejects(buffer(await artifact.open()), { name: 'Failure', code: 'damaged' });
});

test('a proof that was changed is foreign, one that stands is not', async (context) => {
  const storage = await temporaryStorage(context);
  const { name, manifestSha256 } = await writeExampleSet(storage);
  const proof = { set: name, level: 'readable', host: 'h', holdfastVersion: '1', manifestSha256, sources: [] } as const;
  const file = await writeProof(storage, { ...proof, provenAt: '2026-05-07T16:00:00.000Z' });
  const path = join(storage.folder, name, file);
  const bytes = await readFile(path);
  for (let at = -1; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    if (at >= 0) changed[at] = (changed[at] ?? 0) ^ 1;
    await writeFile(path, changed);
    const found = await verifyIntact(await openSet(storage, name, sourceOfFile), quiet);
    assert.deepEqual(found.foreign, at < 0 ? [] : [file], `byte ${at}`);
  }
});

test('sources, versions and facts are handed on as they were recorded', async (context) => {
  const storage = await temporaryStorage(context);
  const { name } = await writeExampleSet(storage);
  const [postgres, mongo] = (await openSet(storage, name, sourceOfFile)).sources;
  assert.deepEqual([postgres?.kind, postgres?.name, postgres?.serverVersion], ['postgres', 'app', '18.1']);
  assert.deepEqual(postgres?.facts?.fingerprint.counts, { 'public.users': 3 });
  assert.equal(mongo?.artifacts[0]?.fileName, 'shop.archive.gz');
});

test('an artifact that a later version encrypted is checked, but not handed out', async (context) => {
  const storage = await temporaryStorage(context);
  const { name, manifest } = await writeExampleSet(storage);
  const [source, ...rest] = manifest.sources;
  assert.ok(source);
  const artifacts = source.artifacts.map((artifact) => ({ ...artifact, encryption: 'age2' }));
  const { encodeWithDigest } = await import('../../../scripts/sets/digest.ts');
  const later = encodeWithDigest({ ...manifest, sources: [{ ...source, kind: 'etcd', artifacts }, ...rest] });
  await writeFile(join(storage.folder, name, 'manifest.json'), later);
  const set = await openSet(storage, name, sourceOfFile);
  assert.equal((await verifyIntact(set, quiet)).intact, true);
  assert.equal(set.sources[0]?.kind, 'etcd');
  await assert.rejects(async () => set.sources[0]?.artifacts[0]?.open(), { code: 'version', message: /"age2"/ });
});

test('a set without a manifest is opened by its files, and says that nothing is recorded', async (context) => {
  const storage = await temporaryStorage(context);
  const name = '2025-01-01T02-00';
  for (const file of [
    'postgres/app.dump',
    'postgres/globals.sql',
    'mongo/shop.archive.gz',
    'postgres/README',
    'app.dump',
  ]) {
    await mkdir(join(storage.folder, name, file, '..'), { recursive: true });
    await writeFile(join(storage.folder, name, file), file);
  }
  const set = await openSet(storage, name, sourceOfFile);
  assert.deepEqual(
    set.sources.map((source) => `${source.kind}/${source.name}`),
    ['mongo/shop', 'postgres/app', 'postgres/globals.sql'],
  );
  assert.equal(set.manifest, undefined);
  assert.equal(set.sources[0]?.facts, undefined);
  const found = await verifyIntact(set, quiet);
  assert.deepEqual([found.intact, found.foreign], [true, ['app.dump', 'postgres/README']]);
  const artifact = set.sources[0]?.artifacts[0];
  assert.ok(artifact);
  assert.equal((await buffer(await artifact.open())).toString(), 'mongo/shop.archive.gz');
});

test('a folder that is no set, and a set that is not there, are not found', async (context) => {
  const storage = await temporaryStorage(context);
  await mkdir(join(storage.folder, '2025-01-01T02-00'), { recursive: true });
  await writeFile(join(storage.folder, '2025-01-01T02-00', 'photo.jpg'), 'x');
  assert.equal(await judge(storage, '2025-01-01T02-00'), 'not-found');
  assert.equal(await judge(storage, '2025-01-02T02-00'), 'not-found');
});

test('an abort ends the check with "interrupted" instead of a verdict', async (context) => {
  const storage = await temporaryStorage(context);
  const writer = await openSetWriter(storage, new Date());
  const group = writer.group('postgres');
  group.sink('large.dump', { compression: 'none' }).end(Buffer.alloc(5_000_000));
  while (group.artifacts().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const { exampleSource } = await import('./example-set.ts');
  const sources = [{ ...exampleSource('postgres', 'large'), artifacts: group.artifacts() }];
  await writer.finish(exampleFacts({ sources }), { guide: () => 'x' });
  const controller = new AbortController();
  const aborting = {
    signal: controller.signal,
    report: (event: RunEvent) => event.kind === 'progress' && controller.abort(),
  };
  const set = await openSet(storage, writer.name, sourceOfFile);
  await assert.rejects(verifyIntact(set, { ...aborting, report: (event) => void aborting.report(event) }), {
    code: 'interrupted',
  });
});
