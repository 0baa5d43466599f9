import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { encodeWithDigest } from '../../../scripts/sets/digest.ts';
import { SET_SCHEMA } from '../../../scripts/sets/manifest.ts';
import { manifestJsonSchema } from '../../../scripts/sets/manifest-schema.ts';
import { parseManifest, parseManifestSummary, parseProof } from '../../../scripts/sets/parse.ts';
import { exampleFacts, exampleSource } from './example-set.ts';

const artifact = {
  path: 'postgres/app.dump',
  bytes: 3,
  sha256: 'a'.repeat(64),
  compression: 'none',
  encryption: 'none',
};
const manifest = {
  schema: SET_SCHEMA,
  id: '2026-05-07T15-36',
  ...exampleFacts({ sources: [{ ...exampleSource('postgres', 'app'), artifacts: [artifact] }] }),
  extras: [],
};

/** The bytes of the manifest with one field changed; `path` like "sources.0.kind". */
function changed(path: string, value: unknown): Buffer {
  const copy = structuredClone(manifest) as unknown as Record<string, unknown>;
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  const place = parts.reduce((inner, part) => inner[part] as Record<string, unknown>, copy);
  if (value === undefined) delete place[last];
  else place[last] = value;
  return encodeWithDigest(copy);
}

test('a manifest comes back as it was written', async () => {
  const { digest, ...parsed } = (await parseManifest(encodeWithDigest(manifest))) as unknown as Record<string, unknown>;
  assert.match(String(digest), /^[0-9a-f]{64}$/);
  assert.deepEqual(parsed, manifest);
});

for (const [path, value, expected] of [
  ['id', undefined, '$.id:'],
  ['createdAt', 'yesterday', '$.createdAt:'],
  ['sources', {}, '$.sources:'],
  ['sources.0.artifacts.0.bytes', -1, '$.sources[0].artifacts[0].bytes:'],
  ['sources.0.artifacts.0.bytes', '3', '$.sources[0].artifacts[0].bytes:'],
  ['sources.0.artifacts.0.sha256', 'A'.repeat(64), '$.sources[0].artifacts[0].sha256:'],
  ['sources.0.artifacts.0.path', '../../etc/passwd', '$.sources[0].artifacts[0].path:'],
  ['sources.0.artifacts.0.path', '/etc/passwd', '$.sources[0].artifacts[0].path:'],
  ['sources.0.fingerprint.counts', { users: 'many' }, '$.sources[0].fingerprint.counts.users:'],
  ['failed', [{ kind: 'mongo' }], '$.failed[0].name:'],
  ['schema', 'other/v1', '$.schema:'],
] as const) {
  test(`${path} as ${JSON.stringify(value)?.slice(0, 30)} is damaged, and the message says where`, async () => {
    await assert.rejects(parseManifest(changed(path, value)), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'damaged');
      assert.ok(error.message.includes(expected), error.message);
      return true;
    });
  });
}

for (const [path, value] of [
  ['id', 5],
  ['createdAt', 'yesterday'],
  ['environment', null],
  ['sources', {}],
  ['sources.0', 'x'],
  ['failed', undefined],
  ['sources.0.artifacts', undefined],
  ['sources.0.artifacts.0.bytes', '3'],
  ['extras', [{ path: 'x' }]],
] as const) {
  test(`the quick check refuses ${path} as ${JSON.stringify(value)} too`, () => {
    assert.throws(() => parseManifestSummary(changed(path, value)), { code: 'damaged' });
  });
}

test('kinds, consistencies, encryptions and fields of a later version are tolerated and kept', async () => {
  for (const [path, value] of [
    ['sources.0.kind', 'etcd'],
    ['sources.0.consistency', 'rdb'],
    ['sources.0.artifacts.0.encryption', 'age'],
    ['sequence', 7],
    ['sources.0.artifacts.0.parts', [1, 2]],
  ] as const) {
    const text = JSON.stringify(await parseManifest(changed(path, value)));
    assert.ok(text.includes(`"${path.split('.').at(-1)}":${JSON.stringify(value)}`), path);
    assert.equal(parseManifestSummary(changed(path, value)).id, manifest.id);
  }
});

test('a later format is refused with both versions, not called damaged', async () => {
  const later = changed('schema', 'holdfast-set/v2');
  await assert.rejects(parseManifest(later), { code: 'version', message: /"holdfast-set\/v2".*"holdfast-set\/v1"/ });
  assert.throws(() => parseManifestSummary(later), { code: 'version' });
});

test('a manifest without a digest, or that is no JSON, is damaged', async () => {
  for (const text of ['', '{}', JSON.stringify(manifest), 'null', '[]', '\0\0\0']) {
    await assert.rejects(parseManifest(Buffer.from(text)), { code: 'damaged' }, text);
  }
  await assert.rejects(parseManifest(encodeWithDigest([])), { code: 'damaged' });
});

test('one file named twice is damaged', async () => {
  const twice = changed('extras', [{ path: artifact.path, bytes: 3, sha256: artifact.sha256 }]);
  await assert.rejects(parseManifest(twice), { code: 'damaged', message: /"postgres\/app.dump" twice/ });
});

test('a proof of an unknown level or without a field is damaged', () => {
  const proof = {
    schema: 'holdfast-proof/v1',
    set: 'x',
    level: 'intact',
    provenAt: 'x',
    host: 'h',
    holdfastVersion: '1',
    manifestSha256: 'a',
    sources: [],
  };
  assert.equal(parseProof(encodeWithDigest(proof), 'proof').level, 'intact');
  assert.throws(() => parseProof(encodeWithDigest({ ...proof, level: 'perfect' }), 'proof'), { code: 'damaged' });
  assert.throws(() => parseProof(encodeWithDigest({ ...proof, set: undefined }), 'proof'), { code: 'damaged' });
  assert.throws(() => parseProof(encodeWithDigest({ ...proof, schema: 'holdfast-proof/v2' }), 'proof'), {
    code: 'version',
  });
});

test('docs/manifest.schema.json is what the schema in the code says', async () => {
  const file = new URL('../../../docs/manifest.schema.json', import.meta.url);
  const published: unknown = JSON.parse(await readFile(file, 'utf8'));
  assert.deepEqual(
    published,
    JSON.parse(JSON.stringify(manifestJsonSchema())),
    'run: node scripts/sets/write-schema.ts',
  );
});
