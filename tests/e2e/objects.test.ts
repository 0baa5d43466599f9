/** Object buckets of a real server, to the byte: backup, restore over and beside, undo, drill. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { clientOf, fillBucket, HOSTILE_KEYS, type TestBucket, testBucket } from '../stack/data/buckets.ts';
import { type Minio, startMinio } from '../stack/minio.ts';
import { openProject, type Project } from './holdfast.ts';

let minio: Minio;
let project: Project;
let uploads: TestBucket;
let original: string[];
const bucket = (name: string): TestBucket => testBucket(clientOf(minio), name);

before(async () => {
  minio = await startMinio();
  project = await openProject();
  Object.assign(project.environment, {
    BACKUP_DISCOVER: 'no',
    OBJECTS_URL: minio.endpoint,
    OBJECTS_ACCESS_KEY_ID: minio.accessKeyId,
    OBJECTS_SECRET_ACCESS_KEY: minio.secretAccessKey,
  });
  uploads = bucket('uploads');
  await uploads.make();
  await fillBucket(uploads);
  await bucket('nothing').make();
  original = await uploads.content();
  await good('backup');
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await minio?.stop();
});

/** Runs a command, which must end well, and gives what it printed to people. */
async function good(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.run(...words);
  assert.equal(code, 0, `${words.join(' ')}: ${stderr}${stdout}`);
  return stdout + stderr;
}

test('every object comes back the same over what was damaged, what is too much stays; an undo brings it all back', async () => {
  await uploads.put('facts', 'other');
  await uploads.put('new one', 'new');
  await uploads.remove('large/parts');
  const damaged = await uploads.content();
  const plan = await good('restore', '--only', 'objects/uploads', '--dry-run');
  assert.match(plan, /added {5}large\/parts/);
  assert.match(plan, /replaced {2}facts/);
  assert.match(plan, /left {6}new one/);
  assert.deepEqual(await uploads.content(), damaged, 'a dry run changed something');
  await good('restore', '--only', 'objects/uploads', '--yes');
  assert.deepEqual(
    (await uploads.content()).filter((line) => !line.startsWith('["new one"')),
    original,
  );
  await good('undo', '--yes');
  assert.deepEqual(await uploads.content(), damaged);
});

test('with --exact what is not in the set goes', async () => {
  await uploads.put('new one', 'new');
  await good('restore', '--only', 'objects/uploads', '--exact', '--yes');
  assert.deepEqual(await uploads.content(), original);
});

test('a bucket is restored into another, which is made; there is nothing old that an undo could bring back', async () => {
  await good('restore', '--only', 'objects/uploads', '--to', 'uploads=copy', '--yes');
  assert.deepEqual(await bucket('copy').content(), original);
  const { code, stderr } = await project.run('undo', '--yes');
  assert.equal(code, 1);
  assert.match(stderr, /"copy" was not there before the restore/);
  assert.deepEqual(await bucket('copy').content(), original);
});

test('a drill restores into a folder; verify and list know the buckets', async () => {
  assert.match(await good('drill'), /PASS: set/);
  assert.match(await good('verify', '--deep'), /readable/);
});

test('keys are told by the index alone, and never become names of entries or lines of a terminal', async () => {
  const [set] = await project.names();
  const folder = join(project.backups, set as string, 'objects');
  const index = JSON.parse(await readFile(join(folder, 'uploads.index.json'), 'utf8'));
  const keys = index.objects.map(({ key }: { key: string }) => key);
  for (const key of HOSTILE_KEYS) assert.ok(keys.includes(key), JSON.stringify(key));
  const archive = gunzipSync(await readFile(join(folder, 'uploads.tar.gz')));
  assert.equal(archive.toString('latin1', 0, 11), '0000000001\0');
  const plan = await good('restore', '--only', 'objects/uploads', '--dry-run');
  assert.ok(!plan.includes('\u001b[31mescape'), 'a key reached the terminal as it is');
});

test('what an outside provider keeps is skipped with a word, and nothing else is looked for', async () => {
  await using other = await openProject();
  await mkdir(join(other.folder, 'data'));
  await writeFile(join(other.folder, 'data/file'), 'x');
  Object.assign(other.environment, { BACKUP_FILES: './data', OBJECTS_OUTSIDE: 'Cloudflare R2' });
  const { run, value } = await other.json('backup', '--components', 'files,objects');
  assert.equal(run.code, 0, run.stderr);
  assert.match(value.manifest.skipped[0]?.reason ?? '', /"Cloudflare R2" keeps the objects/);
});

test('objects are read after everything else, and the plan and the report say so', async () => {
  await using other = await openProject();
  await mkdir(join(other.folder, 'data'));
  await writeFile(join(other.folder, 'data/file'), 'x');
  Object.assign(other.environment, { ...project.environment, BACKUP_FILES: './data', OBJECTS_BUCKETS: 'uploads' });
  const plan = await other.run('backup', '--dry-run');
  assert.match(plan.stdout, /object buckets are read after everything else/);
  const { value } = await other.json('backup');
  const [files, objects] = value.manifest.sources;
  assert.deepEqual([files?.kind, objects?.kind], ['files', 'objects']);
  assert.ok(Date.parse(files?.finishedAt ?? '') <= Date.parse(objects?.startedAt ?? ''), 'they ran side by side');
});

test('the bucket where sets are kept is skipped with a word, and refused where it is named', async () => {
  await bucket('sets').make();
  await using other = await openProject();
  Object.assign(other.environment, project.environment, {
    ...{ BACKUP_STORAGE: 's3', BACKUP_S3_BUCKET: 'sets', AWS_ACCESS_KEY_ID: minio.accessKeyId },
    ...{ BACKUP_S3_ENDPOINT: minio.endpoint.replace('127.0.0.1', 'localhost') },
    ...{ AWS_SECRET_ACCESS_KEY: minio.secretAccessKey },
  });
  const all = await other.run('backup');
  assert.equal(all.code, 0, all.stderr);
  assert.match(all.stdout + all.stderr, /- objects\/sets: sets are kept in this bucket/);
  assert.match(all.stdout + all.stderr, /objects\/nothing/);
  Object.assign(other.environment, { OBJECTS_BUCKETS: 'sets' });
  const named = await other.run('backup');
  assert.equal(named.code, 1, named.stderr);
  assert.match(named.stderr, /objects\/sets: sets are kept in this bucket.*keep them in another bucket/s);
});
