/** A bucket that does not hold still while it is read: objects that vanish, change, and break off, with a real server. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, request } from 'node:http';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, type TestContext, test } from 'node:test';
import { Secret } from '../../scripts/common/secret.ts';
import type { ArtifactSink, DumpFacts, Server, StoredSource } from '../../scripts/datastores/datastore.ts';
import { objects } from '../../scripts/datastores/objects/objects.ts';
import { scanSource } from '../../scripts/datastores/objects/scan.ts';
import { hostEngine } from '../../scripts/engines/host.ts';
import { clientOf, type TestBucket, testBucket } from '../stack/data/buckets.ts';
import { type Minio, startMinio } from '../stack/minio.ts';

const { signal } = new AbortController();
const context = { signal, report: () => undefined };

let minio: Minio;

before(async () => {
  minio = await startMinio();
});

after(() => minio?.stop());

async function newBucket(name: string): Promise<TestBucket> {
  const bucket = testBucket(clientOf(minio), name);
  await bucket.make();
  return bucket;
}

/** A connection to the server, or to a proxy before it. */
async function connect(port = minio.port, databases?: readonly string[], exclude?: readonly string[]): Promise<Server> {
  const login = { user: minio.accessKeyId, password: new Secret(minio.secretAccessKey) };
  const place = { kind: 'objects', name: 'default', engine: hostEngine({}), service: '', label: 'minio' } as const;
  const more = { ...(databases && { databases }), ...(exclude && { own: { exclude } }) };
  return await objects.connect({ ...place, ...login, ...more, host: '127.0.0.1', port }, context);
}

/** Dumps a bucket and reads it to its end. */
async function dump(server: Server, name: string): Promise<{ facts: DumpFacts; source: StoredSource }> {
  const parts = new Map<string, Promise<Buffer>>();
  const sink: ArtifactSink = (fileName): Writable => {
    const stream = new PassThrough();
    parts.set(fileName, buffer(stream));
    return stream;
  };
  const facts = await server.dump({ kind: 'objects', name, sizeBytes: 0 }, sink, context);
  const made = await Promise.all([...parts].map(async ([fileName, bytes]) => ({ fileName, bytes: await bytes })));
  const artifacts = made.map(({ fileName, bytes }) => ({
    ...{ fileName, bytes: bytes.length, compression: undefined },
    open: async () => Readable.from([bytes]),
  }));
  const source: StoredSource = { kind: 'objects', name, facts, serverVersion: undefined, artifacts };
  await objects.read(source, context);
  return { facts, source };
}

/** The content of every object in a dump. */
async function contentOf(source: StoredSource): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  await scanSource(source, async ({ key }, content) => {
    found.set(key, await buffer(Readable.from(content)));
  });
  return found;
}

/** What a proxy does before an object is asked for, and after how many bytes of the answer it hangs up. */
type Meddle = (key: string) => Promise<number | undefined>;

/** A proxy that lets something happen when an object is asked for. */
async function proxy(test: TestContext, meddle: Meddle): Promise<number> {
  const server = createServer(async (incoming, answer) => {
    const { method, url = '', headers } = incoming;
    const isObject = method === 'GET' && !url.includes('?list-type');
    const key = decodeURIComponent(url.split('?')[0]?.split('/').slice(2).join('/') ?? '');
    const most = isObject && key !== '' ? await meddle(key) : undefined;
    const passed = request({ host: '127.0.0.1', port: minio.port, method, path: url, headers }, (far) => {
      answer.writeHead(far.statusCode ?? 500, far.headers);
      let sent = 0;
      far.on('data', (chunk: Buffer) => {
        sent += chunk.length;
        answer.write(chunk);
        if (most !== undefined && sent > most) answer.destroy();
      });
      far.on('end', () => answer.end());
    });
    passed.on('error', () => answer.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as { port: number }).port;
}

test('an object that vanishes after it was listed is noted, and one that changed is taken anew', async (context) => {
  const bucket = await newBucket('restless');
  for (const key of ['a', 'b', 'c', 'd']) await bucket.put(key, `old ${key}`);
  await bucket.put('large', randomBytes(600_000));
  const port = await proxy(context, async (key) => {
    if (key === 'b') await bucket.remove('b');
    if (key === 'c') await bucket.put('c', 'a newer and longer c');
    if (key === 'd') await bucket.put('d', randomBytes(400_000));
    if (key === 'large') await bucket.remove('large');
    return undefined;
  });
  const { facts, source } = await dump(await connect(port), 'restless');
  const found = await contentOf(source);
  assert.deepEqual([...found.keys()], ['a', 'c', 'd']);
  assert.equal(found.get('c')?.toString(), 'a newer and longer c');
  assert.equal(found.get('d')?.length, 400_000);
  assert.equal(facts.consistency, 'fuzzy');
  assert.deepEqual(facts.fingerprint.counts, { '.': 3 });
  assert.deepEqual(facts.warnings, [
    '"b", "large": vanished while the bucket was backed up',
    '"c", "d": changed while the bucket was backed up: the newer version is in the backup',
  ]);
});

test('a connection that breaks is gone on with; when the object changed meanwhile it is read again from the start', async (context) => {
  const bucket = await newBucket('broken');
  const [same, newer] = [randomBytes(3_000_000), randomBytes(2_000_000)];
  await bucket.put('a same', same);
  await bucket.put('b changed', randomBytes(3_000_000));
  await bucket.put('c after', 'after');
  const asked = new Map<string, number>();
  const port = await proxy(context, async (key) => {
    const times = (asked.get(key) ?? 0) + 1;
    asked.set(key, times);
    if (key === 'b changed' && times === 2) await bucket.put(key, newer);
    return times === 1 && key !== 'c after' ? 1_000_000 : undefined;
  });
  const { source, facts } = await dump(await connect(port), 'broken');
  const found = await contentOf(source);
  assert.deepEqual([...found.keys()], ['a same', 'b changed', 'c after']);
  assert.ok(found.get('a same')?.equals(same));
  assert.ok(found.get('b changed')?.equals(newer));
  assert.ok((asked.get('a same') ?? 0) >= 2, 'nothing broke off');
  assert.match(facts.warnings.join(), /"b changed": changed/);
});

test('a listing goes over its thousand, and what is excluded is not read', async () => {
  const bucket = await newBucket('many');
  const keys = Array.from({ length: 1101 }, (_, at) => `${at % 3 === 0 ? 'cache' : 'photos'}/${at}.txt`);
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(keys.slice(at, at + 50).map((key) => bucket.put(key, key)));
  }
  const { facts } = await dump(await connect(minio.port, undefined, ['cache/**']), 'many');
  assert.deepEqual(facts.fingerprint.counts, { 'photos/': 734 });
  assert.equal(facts.details.excludedCount, 367);
});

test('a bucket that is named and not there is skipped; a wrong key is refused at once', async () => {
  await newBucket('here');
  const plan = await (await connect(minio.port, ['here', 'nowhere'])).plan(context);
  assert.deepEqual(
    plan.sources.map(({ name }) => name),
    ['here'],
  );
  assert.deepEqual(plan.skipped, [{ name: 'nowhere', reason: 'there is no such bucket' }]);
  const login = { user: minio.accessKeyId, password: new Secret('wrong') };
  const place = { kind: 'objects', name: 'default', engine: hostEngine({}), service: '', label: 'minio' } as const;
  const wrong = objects.connect({ ...place, ...login, host: '127.0.0.1', port: minio.port }, context);
  await assert.rejects(wrong, { code: 'denied' });
});
