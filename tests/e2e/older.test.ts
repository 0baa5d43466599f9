/** What older systems left, made here by their descriptions with stock tools, comes back by its path. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { clientOf, testBucket } from '../stack/data/buckets.ts';
import { differences, type Hashes, hashMongo, hashPostgres } from '../stack/data/hash.ts';
import { psql } from '../stack/data/psql.ts';
import { type RedisServer, startRedis } from '../stack/data/redis.ts';
import { type Minio, startMinio } from '../stack/minio.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { keep, mongodump } from './stock-dumps.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

const run = promisify(execFile);

let stack: Stack<'postgres' | 'mongo' | 'redis'>;
let tiny: Tiny;
let redis: RedisServer;
let minio: Minio;
let project: Project;
let original: Hashes;

before(async () => {
  stack = await attachOrStart({ services: ['postgres', 'mongo', 'redis'] });
  tiny = await openTiny(stack, 'older');
  redis = await startRedis(stack.redis, `holdfast-test-older-${process.pid}`, '--appendonly', 'yes');
  minio = await startMinio();
  project = await tiny.project();
  Object.assign(project.environment, { REDIS_CONTAINER: redis.container, REDIS_PASSWORD: stack.redis.password });
  Object.assign(project.environment, {
    OBJECTS_URL: minio.endpoint,
    OBJECTS_ACCESS_KEY_ID: minio.accessKeyId,
    OBJECTS_SECRET_ACCESS_KEY: minio.secretAccessKey,
  });
  original = await tiny.content();
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await minio?.stop();
  await redis?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

test('a dated folder of mongodump and pg_dump -Fc comes back by its path', async () => {
  const folder = join(project.folder, 'old', '2026-05-07T15-36');
  await mkdir(join(folder, 'mongo'), { recursive: true });
  await mkdir(join(folder, 'postgres'));
  await mongodump(stack.mongo, tiny.name, join(folder, 'mongo', `${tiny.name}.archive.gz`));
  const { user } = stack.postgres;
  await keep(stack.postgres, join(folder, 'postgres', `${tiny.name}.dump`), ['pg_dump', '-U', user, '-Fc', tiny.name]);
  await tiny.change();
  const restored = await project.run('restore', folder, '--yes');
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(restored.stdout + restored.stderr, /a set without a manifest/);
  assert.deepEqual(await changesSince(original, tiny), []);
});

const at = (...parts: string[]): string => join(project.folder, ...parts);
const KEY = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0=\n-----END PRIVATE KEY-----\n';
const ENV = 'OAUTH_TOKEN_ENCRYPTION_KEY=old\n';

/** What SAVE wrote and the folder of the log, from where the server says that they are. */
async function copyRedis(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await redis.ask('SAVE');
  const dir = (await redis.ask('CONFIG', 'GET', 'dir')).split('\n').at(-1) ?? '';
  await redis.cli.run(['cp', `${redis.container}:${dir}/dump.rdb`, folder]);
  await redis.cli.run(['cp', `${redis.container}:${dir}/appendonlydir`, folder]);
  const layout = `dir=${dir}\ndbfilename=dump.rdb\nappenddirname=appendonlydir\n`;
  await writeFile(join(folder, 'redis-layout.txt'), layout);
}

/** Files of a product below its folder "docker", as they were when the tarball was made. */
async function fillDocker(): Promise<void> {
  await mkdir(at('docker', 'keys'), { recursive: true });
  await writeFile(at('docker', '.env'), ENV, { mode: 0o600 });
  await writeFile(at('docker', 'keys', 'jwt-private.pem'), KEY, { mode: 0o600 });
  await writeFile(at('docker', 'keys', 'jwt-public.pem'), 'public\n');
  await chmod(at('docker', 'keys', 'jwt-public.pem'), 0o640);
}

/** A tarball as the backup.sh of Orkestra made it. */
async function orkestra(name: string): Promise<string> {
  const staging = at('staging');
  await mkdir(join(staging, 'mongodb'), { recursive: true });
  await mkdir(join(staging, 'rustfs', 'avatars', 'A'), { recursive: true });
  await mongodump(stack.mongo, tiny.name, join(staging, 'mongodb', 'mongo.archive.gz'));
  await writeFile(join(staging, 'mongodb', 'database.txt'), `${tiny.name}\n`);
  await copyRedis(join(staging, 'redis'));
  await writeFile(join(staging, 'rustfs', 'avatars', 'A', 'x'.repeat(120)), 'an object');
  await writeFile(join(staging, 'rustfs', 'avatars', 'b'), 'another');
  await writeFile(join(staging, 'rustfs', 'avatars', 'a cat.PNG'), 'a picture');
  await writeFile(join(staging, 'rustfs', 'avatars', 'B'), 'a third');
  await run('cp', ['-rp', at('docker'), join(staging, 'secrets')]);
  const manifest = {
    ...{ schema: 'orkestra-backup/v1', createdAt: '2026-05-27T07:17:29Z', environment: 'staging', host: 'one' },
    components: ['mongodb', 'redis', 'rustfs', 'secrets'],
  };
  await writeFile(join(staging, 'manifest.json'), JSON.stringify(manifest, null, 2));
  const file = at(name);
  await run('tar', ['-czf', file, '-C', staging, '.']);
  return file;
}

test('a tarball of Orkestra brings MongoDB, Redis, buckets and keys back, leaves the env file, and names what is not needed', async () => {
  // A restore keeps the collections that were live before in the same database, and mongodump takes all of it.
  await tiny.fill();
  const documents = await hashMongo(stack.mongo, tiny.name);
  await redis.fill();
  const keys = await redis.content();
  await fillDocker();
  const file = await orkestra('orkestra-backup-staging-20260527-071729.tar.gz');
  await tiny.change();
  await redis.change();
  await rm(at('docker', 'keys', 'jwt-private.pem'));
  await writeFile(at('docker', 'keys', 'jwt-public.pem'), 'another\n');
  await writeFile(at('docker', '.env'), 'OAUTH_TOKEN_ENCRYPTION_KEY=new\n');
  const refused = await project.run('restore', file, '--yes');
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /add --secrets beside --yes/);
  const restored = await project.run('restore', file, '--yes', '--secrets');
  assert.equal(restored.code, 0, restored.stderr);
  const words = restored.stdout + restored.stderr;
  const objects = await testBucket(clientOf(minio), 'avatars').content();
  assert.deepEqual(
    objects.map((line) => JSON.parse(line)[0]),
    [`A/${'x'.repeat(120)}`, 'B', 'a cat.PNG', 'b'],
  );
  assert.match(objects[2] ?? '', /image\/png/);
  assert.match(words, /not needed: redis\/appendonlydir\/, because redis\/dump.rdb is there/);
  assert.match(words, /a tarball of the environment "staging", made on "one"/);
  assert.deepEqual(differences(documents, await hashMongo(stack.mongo, tiny.name)), []);
  assert.equal(await redis.content(), keys);
  await redis.restart();
  assert.equal(await redis.content(), keys, 'a restart brought other data');
  assert.equal(await readFile(at('docker', 'keys', 'jwt-private.pem'), 'utf8'), KEY);
  assert.equal(await readFile(at('docker', 'keys', 'jwt-public.pem'), 'utf8'), 'public\n');
  assert.equal((await stat(at('docker', 'keys', 'jwt-public.pem'))).mode & 0o777, 0o640);
  assert.match(await readFile(at('docker', '.env'), 'utf8'), /=new/);
  assert.deepEqual(
    (await readdir(tmpdir())).filter((name) => name.startsWith('holdfast-restore-')),
    [],
  );
  const forced = await project.run('restore', file, '--components', 'secrets', '--force-config', '--yes', '--secrets');
  assert.equal(forced.code, 0, forced.stderr);
  assert.equal(await readFile(at('docker', '.env'), 'utf8'), ENV);
});

test('a tarball of Orkestra with an append-only log alone says how that is brought back', async () => {
  await rename(at('staging', 'redis', 'dump.rdb'), at('dump.rdb'));
  const file = at('log-alone.tar.gz');
  await run('tar', ['-czf', file, '-C', at('staging'), '.']);
  const planned = await project.run('restore', file, '--dry-run');
  assert.equal(planned.code, 0, planned.stderr);
  const words = planned.stdout + planned.stderr;
  assert.match(words, /redis has an append-only log alone, without redis\/dump.rdb; by hand: stop the server/);
  assert.doesNotMatch(words, /redis\/default/);
});

test('a tarball of Orkestra that lacks a component of its manifest is refused', async () => {
  await rename(join(project.folder, 'staging', 'redis'), join(project.folder, 'redis'));
  const file = join(project.folder, 'lacking.tar.gz');
  await run('tar', ['-czf', file, '-C', join(project.folder, 'staging'), '.']);
  const { run: restored, value } = await project.json('restore', file, '--yes');
  assert.equal(restored.code, 5, restored.stdout);
  assert.match(value.error.message, /"redis\/" is named by manifest.json and not there/);
});

/** A folder as the backup.sh of Piprio made it. */
async function piprio(): Promise<string> {
  const folder = at('deploy', 'piprio_20260421T020000Z');
  await mkdir(join(folder, 'minio'), { recursive: true });
  const script = `pg_dump -U ${stack.postgres.user} ${tiny.name} | gzip`;
  await keep(stack.postgres, join(folder, 'database.sql.gz'), ['sh', '-c', script]);
  await writeFile(join(folder, 'MANIFEST.txt'), 'timestamp: 20260421T020000Z\nversion: 1.4.0\n');
  await writeFile(join(folder, 'minio', 'document.pdf'), 'a document');
  await writeFile(join(folder, 'config.tar.gz'), 'an archive');
  return folder;
}

const HARD_TO_READ = `CREATE TABLE notes (id int, body text);
  INSERT INTO notes VALUES (1, E'tab\\t, newline\\n, \\\\. and \\\\! "quoted"'), (2, NULL);
  CREATE FUNCTION half(n int) RETURNS int LANGUAGE sql AS $$ SELECT n / 2 -- it's \\! in a comment
  $$; CREATE VIEW dear AS SELECT * FROM bags WHERE price > 100`;

test('a folder with a plain SQL dump comes back beside the live database, compared by its rows, and can be undone', async () => {
  await tiny.fill();
  await psql(stack.postgres, tiny.name, HARD_TO_READ);
  const rows = await hashPostgres(stack.postgres, [tiny.name]);
  const folder = await piprio();
  await tiny.change();
  const changed = await tiny.content();
  const restored = await project.run('restore', folder, '--yes');
  assert.equal(restored.code, 0, restored.stderr + restored.stdout);
  const words = restored.stdout + restored.stderr;
  assert.match(words, new RegExp(`taken for "${tiny.name}", the one database of the settings`));
  assert.match(words, /not restored by this version: minio; by hand, in the folder: mc mirror/);
  assert.match(words, /not restored by this version: config.tar.gz; by hand/);
  assert.deepEqual(differences(rows, await hashPostgres(stack.postgres, [tiny.name])), []);
  const undone = await project.run('undo', '--yes');
  assert.equal(undone.code, 0, undone.stderr);
  assert.deepEqual(await changesSince(changed, tiny), []);
});

test('a plain SQL dump that was cut off, or holds a command to psql, is refused, and nothing is touched', async () => {
  const folder = at('deploy', 'piprio_20260421T020000Z');
  const file = join(folder, 'database.sql.gz');
  const plain = gunzipSync(await readFile(file)).toString();
  const harm = at('harm');
  const cases: [string, RegExp][] = [
    [plain.slice(0, plain.indexOf('COPY public.sales') + 200), /it was cut off after line \d+/],
    [plain.replace('CREATE TABLE', `\\! touch ${harm}\nCREATE TABLE`), /line \d+ of the dump is a command to psql/],
  ];
  const before = await tiny.content();
  for (const [text, refusal] of cases) {
    await writeFile(file, gzipSync(text));
    const { code, stderr } = await project.run('restore', folder, '--yes');
    assert.equal(code, 5, stderr);
    assert.match(stderr, refusal);
  }
  assert.deepEqual(await changesSince(before, tiny), []);
  await assert.rejects(stat(harm), { code: 'ENOENT' });
});
