import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { runPool } from '../../scripts/common/pool.ts';
import { readCatalog } from '../../scripts/sets/catalog.ts';
import { openCatalogCache } from '../../scripts/sets/catalog-cache.ts';
import { encodeWithDigest, sha256 } from '../../scripts/sets/digest.ts';
import { PROOF_SCHEMA } from '../../scripts/sets/manifest.ts';
import { sourceOfFile, temporaryFolder, temporaryStorage, writeExampleSet } from '../unit/sets/example-set.ts';
import { faultProxy } from './fault-proxy.ts';
import { s3Server } from './s3-servers.ts';

const server = s3Server();

const SETS = 1000;
const HOUR = 60 * 60 * 1000;

/** Objects of so many sets with a proof each, by key. */
function* objectsOfSets(manifest: object & { readonly sources: readonly unknown[] }) {
  for (let index = 0; index < SETS; index += 1) {
    const createdAt = new Date(Date.UTC(2025, 11, 1) + index * HOUR).toISOString();
    const id = createdAt.slice(0, 16).replace(':', '-');
    const written = encodeWithDigest({ ...manifest, id, createdAt, extras: [] });
    const proof = { schema: PROOF_SCHEMA, set: id, level: 'readable', provenAt: createdAt, host: 'h' };
    const facts = { holdfastVersion: '1', manifestSha256: sha256(written), sources: [] };
    yield [`${id}/manifest.json`, written] as const;
    yield [`${id}/proof-${createdAt.replaceAll(/[:.]/g, '-')}.json`, encodeWithDigest({ ...proof, ...facts })] as const;
    yield [`${id}/postgres/app.dump`, Buffer.from('a dump of postgres')] as const;
  }
}

test('a thousand sets are listed by a handful of requests, once they were read', async (context) => {
  const { manifest } = await writeExampleSet(await temporaryStorage(context));
  const [source] = manifest.sources;
  const artifacts = [{ ...source?.artifacts[0], path: 'postgres/app.dump', bytes: 18 }];
  const bucket = await server.bucket();
  const objects = [...objectsOfSets({ ...manifest, sources: [{ ...source, artifacts }] })];
  await runPool(objects, 16, ([key, Body]) =>
    server.client().send(new PutObjectCommand({ Bucket: bucket, Key: `backups/shop/${key}`, Body })),
  );
  const proxy = await faultProxy(context, server.minio().port, () => undefined);
  const file = join(await temporaryFolder(context), 'one.json');
  const list = async () => {
    const storage = await server.storage({ settings: { bucket, endpoint: proxy.endpoint } });
    const before = proxy.seen.length;
    const began = performance.now();
    const entries = await readCatalog(storage, sourceOfFile, { cache: await openCatalogCache(file) });
    return { entries, requests: proxy.seen.length - before, took: Math.round(performance.now() - began) };
  };
  const [first, second] = [await list(), await list()];
  context.diagnostic(`requests ${first.requests}, then ${second.requests}; ms ${first.took}, then ${second.took}`);
  assert.equal(first.entries.filter((entry) => entry.state === 'complete' && entry.proof === 'readable').length, SETS);
  assert.ok(first.requests <= 2 * SETS + objects.length / 1000 + 2, `${first.requests}`);
  assert.ok(second.requests <= objects.length / 1000 + 2, `${second.requests}`);
  assert.deepEqual(second.entries, first.entries);
});
