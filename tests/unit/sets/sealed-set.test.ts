import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { ageLibrary } from '../../../scripts/crypt/age-library.ts';
import type { Opener } from '../../../scripts/crypt/crypt.ts';
import { type KeyPair, newKeyPair } from '../../../scripts/crypt/identity.ts';
import { openSealing } from '../../../scripts/crypt/select.ts';
import { encodeWithDigest } from '../../../scripts/sets/digest.ts';
import type { Manifest } from '../../../scripts/sets/manifest.ts';
import { openSet } from '../../../scripts/sets/reader.ts';
import { openSetWriter } from '../../../scripts/sets/writer.ts';
import { exampleFacts, exampleSource, sourceOfFile, temporaryStorage } from './example-set.ts';

const plain = randomBytes(100_000);

/** A set with one artifact that is encrypted for a key, written as the backup command does. */
async function sealedSet(context: TestContext, pair: KeyPair) {
  const storage = await temporaryStorage(context);
  const sealing = await openSealing(ageLibrary, [pair.recipient]);
  const writer = await openSetWriter(storage, new Date('2026-05-07T15:36:01Z'), { sealing });
  const group = writer.group('postgres');
  await pipeline([plain], group.sink('app.dump', { compression: 'none' }));
  const [artifact] = group.artifacts();
  assert.ok(artifact);
  const back = await buffer(await group.open(artifact));
  const sources = [{ ...exampleSource('postgres', 'app'), artifacts: group.artifacts() }];
  const extras = [{ path: 'identity.age', bytes: Buffer.from('an identity') }];
  const { manifest } = await writer.finish(exampleFacts({ sources }), { guide: () => 'How to\n', extras });
  return { storage, name: writer.name, artifact, back, manifest };
}

test('an artifact is stored encrypted, read back by the run itself, and opened by its key under its plain name', async (context) => {
  const pair = await newKeyPair();
  const { storage, name, artifact, back, manifest } = await sealedSet(context, pair);
  assert.ok(back.equals(plain));
  assert.deepEqual(
    [artifact.path, artifact.encryption, artifact.plainBytes],
    ['postgres/app.dump.age', 'age', 100_000],
  );
  const stored = await readFile(join(storage.folder, name, artifact.path));
  assert.equal(stored.length, artifact.bytes);
  assert.equal(stored.indexOf(plain.subarray(0, 32)), -1);
  assert.deepEqual(
    manifest.extras.map(({ path }) => path),
    ['identity.age', 'RESTORE.md'],
  );
  let asked = 0;
  const opener = async (): Promise<Opener> => {
    asked += 1;
    return ageLibrary.opener([pair.identity]);
  };
  const set = await openSet(storage, name, sourceOfFile, { opener });
  const [reader] = set.sources[0]?.artifacts ?? [];
  assert.deepEqual([reader?.fileName, reader?.bytes, asked], ['app.dump', 100_000, 0]);
  await set.unlock();
  for (const _time of [1, 2]) assert.ok(reader && (await buffer(await reader.open())).equals(plain));
  assert.equal(asked, 1);
});

test('another key is told by unlock, before anything else is read', async (context) => {
  const { storage, name } = await sealedSet(context, await newKeyPair());
  const stranger = await newKeyPair();
  const opener = async () => ageLibrary.opener([stranger.identity]);
  const set = await openSet(storage, name, sourceOfFile, { opener });
  await assert.rejects(set.unlock(), { name: 'Failure', code: 'denied' });
});

test('an artifact that has another size behind its encryption than was recorded is damaged', async (context) => {
  const pair = await newKeyPair();
  const { storage, name, manifest } = await sealedSet(context, pair);
  await writeFile(join(storage.folder, name, 'manifest.json'), encodeWithDigest(withPlainBytes(manifest, 99_999)));
  const opener = async () => ageLibrary.opener([pair.identity]);
  const set = await openSet(storage, name, sourceOfFile, { opener });
  const [reader] = set.sources[0]?.artifacts ?? [];
  assert.ok(reader);
  await assert.rejects(async () => buffer(await reader.open()), {
    code: 'damaged',
    message: /100000 bytes when decrypted, expected 99999/,
  });
});

function withPlainBytes(manifest: Manifest, plainBytes: number): Manifest {
  const sources = manifest.sources.map((source) => ({
    ...source,
    artifacts: source.artifacts.map((artifact) => ({ ...artifact, plainBytes })),
  }));
  return { ...manifest, sources };
}
