import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { openProject, type Project, type Run } from '../e2e/holdfast.ts';
import { dropDatabase, psql } from '../stack/data/psql.ts';
import { type Minio, startMinio } from '../stack/minio.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { startToxiproxy, type ToxicWay, type Toxiproxy } from '../stack/toxiproxy.ts';
import { timeRun } from './killed-run.ts';
import { kill, killTree, needsLinux } from './processes.ts';
import { seed, seededRandom } from './seed.ts';
import { type Bucket, makeBucket } from './storage-bucket.ts';
import { planRounds, type Round } from './storage-chaos.ts';

const ROUNDS = Number(process.env.HOLDFAST_CHAOS_ROUNDS ?? 12);
const DATABASE = 'hf_chaos';
const BUCKET = 'chaos';

/** Some 13 MB that no compression makes smaller: three parts of an upload. */
const ROWS = `
  CREATE TABLE noise (bytes bytea);
  ALTER TABLE noise ALTER bytes SET STORAGE EXTERNAL;
  INSERT INTO noise
  SELECT (SELECT string_agg(decode(md5(random()::text || g || h), 'hex'), '') FROM generate_series(1, 6250) h)
  FROM generate_series(1, 120) g;`;

let stack: Stack;
let minio: Minio;
let toxiproxy: Toxiproxy;
let way: ToxicWay;
let bucket: Bucket;
let project: Project;

before(async () => {
  if (needsLinux) return;
  [stack, minio, toxiproxy] = await Promise.all([attachOrStart(), startMinio(), startToxiproxy()]);
  await dropDatabase(stack.postgres, DATABASE);
  await psql(stack.postgres, 'postgres', `CREATE DATABASE ${DATABASE}`);
  await psql(stack.postgres, DATABASE, ROWS);
  way = await toxiproxy.to(minio.port);
  const { accessKeyId, secretAccessKey, endpoint } = minio;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  bucket = await makeBucket(client, BUCKET);
  project = await openProject(stack);
  Object.assign(project.environment, {
    POSTGRES_DATABASES: DATABASE,
    BACKUP_COMPONENTS: undefined,
    BACKUP_STORAGE: 's3',
    BACKUP_S3_BUCKET: BUCKET,
    BACKUP_S3_ENDPOINT: `http://127.0.0.1:${way.port}`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    TMPDIR: join(project.folder, 'tmp'),
    HOME: join(project.folder, 'home'),
  });
  for (const folder of ['tmp', 'home']) mkdirSync(join(project.folder, folder));
});

after(async () => {
  bucket?.close();
  if (stack !== undefined) {
    await dropDatabase(stack.postgres, DATABASE);
  }
  await project?.[Symbol.asyncDispose]();
  await Promise.all([toxiproxy?.stop(), minio?.stop(), stack?.stop()]);
});

test(`${ROUNDS} backups on a bad network, some of them killed: what is visible is good, and nothing is left over`, {
  skip: needsLinux,
}, async (context) => {
  const length = await timeRun(project, ['backup', 'postgres']);
  const known = new Set(await completeSets('the first run'));
  const uploads = new Set<string>();
  const seen = { green: 0, killed: 0, killedInUpload: 0, orphans: 0, slowest: 0 };
  for (const [index, round] of planRounds(ROUNDS, seededRandom(seed)).entries()) {
    const where = `round ${index} (${JSON.stringify(round)}) of ${length} ms, HOLDFAST_SEED=${seed}`;
    const began = Date.now();
    const ended = await runRound(round, length);
    seen.slowest = Math.max(seen.slowest, Date.now() - began);
    for (const key of [...(await bucket.keys()), ...(await bucket.begunUploads())]) uploads.add(key);
    const left = await bucket.unfinishedUploads(uploads);
    if (ended.signal === null) {
      assert.equal(ended.code, 0, `${where}: ${ended.stderr}`);
      seen.green += 1;
      assert.deepEqual(left, [], `${where}: unfinished uploads after a good run beside ${await bucket.keys()}`);
    } else {
      seen.killed += 1;
      if (round.kill?.when === 'upload') seen.killedInUpload += 1;
      seen.orphans += left.length;
    }
    await checkSets(known, ended, where);
  }
  if (ROUNDS >= 12) assert.ok(seen.killedInUpload >= 2 && seen.orphans >= 1, JSON.stringify(seen));
  await checkEnd(known, uploads);
  context.diagnostic(`seed ${seed}; a run takes ${length} ms; ${JSON.stringify(seen)}; ${known.size} sets`);
});

/** One backup, and what happens to it. A run that ended before it was killed counts as any other. */
async function runRound(round: Round, length: number): Promise<Run> {
  const { child, ended } = project.start('backup', 'postgres');
  const gone = ended.then(() => true);
  const trouble = async (): Promise<(() => Promise<void>) | undefined> => {
    if (round.toxic === undefined || (await Promise.race([gone, sleep(round.begins * length)]))) return undefined;
    const heal = await way.poison(round.toxic);
    if (round.lasts !== undefined) await sleep(round.lasts);
    else await gone;
    await heal();
  };
  const killing = async () => {
    const { kill: deed } = round;
    if (deed === undefined) return;
    const isUpload = deed.when === 'upload';
    if (isUpload) while (child.exitCode === null && (await bucket.begunUploads()).length === 0) await sleep(50);
    await Promise.race([gone, sleep(isUpload ? deed.after : deed.after * length)]);
    if (child.exitCode !== null || child.pid === undefined) return;
    if (deed.way === 'process') kill(child.pid);
    if (deed.way === 'group') kill(-child.pid);
    if (deed.way === 'tree') killTree(child.pid);
  };
  await Promise.all([trouble(), killing()]);
  return await ended;
}

/** Sets are complete or unfinished and nothing else, none is lost, and a run that ended well has made one. */
async function checkSets(known: Set<string>, ended: Run, where: string): Promise<void> {
  const complete = await completeSets(where);
  for (const name of known) assert.ok(complete.includes(name), `${where}: the set "${name}" is gone`);
  const fresh = complete.filter((name) => !known.has(name));
  assert.ok(fresh.length === 1 || (fresh.length === 0 && ended.signal !== null), `${where}: ${fresh.length} new sets`);
  for (const name of fresh) known.add(name);
  if (ended.signal === null) {
    const marks = (await bucket.keys()).filter((key) => /\.(partial|removing)\//.test(key));
    assert.deepEqual(marks, [], `${where}: left in the storage`);
    checkHere(where);
  }
}

async function completeSets(where: string): Promise<string[]> {
  const { run, value } = await project.json('list');
  assert.equal(run.code, 0, `${where}: ${run.stderr}`);
  for (const { name, state } of value.entries) assert.match(state, /^(complete|partial)$/, `${where}: ${name}`);
  return value.entries.filter(({ state }) => state === 'complete').map(({ name }) => name);
}

/** After a run that ended by itself nothing of it, and of those before, lies on this machine. */
function checkHere(where: string): void {
  const state = join(project.folder, 'home/.local/state/holdfast');
  const files = readdirSync(state, { recursive: true }).map(String);
  assert.deepEqual(
    files.filter((name) => /lock\b|heir|\.new$/.test(name.split('/').at(-1) ?? '')),
    [],
    `${where}: left in ${state}`,
  );
  assert.deepEqual(readdirSync(join(project.folder, 'tmp')), [], `${where}: temporary files`);
}

/** Everything that is visible is read back to its end, and the run after all that is a good one. */
async function checkEnd(known: ReadonlySet<string>, uploads: ReadonlySet<string>): Promise<void> {
  const last = await project.run('backup', 'postgres');
  assert.equal(last.code, 0, last.stderr);
  const verified = await project.json('verify', '--all', '--from', 's3');
  assert.equal(verified.run.code, 0, verified.run.stdout);
  assert.equal(verified.value.sets.length, known.size + 1);
  assert.deepEqual(
    verified.value.sets.flatMap(({ problems }) => problems),
    [],
  );
  assert.deepEqual(await bucket.unfinishedUploads(uploads), []);
  const catalog = join(project.folder, 'home/.local/state/holdfast/catalog');
  const kept = readdirSync(catalog).map((name) => [name.length, statSync(join(catalog, name)).mode & 0o777]);
  assert.deepEqual(kept, [['0123456789abcdef.json'.length, 0o600]], 'what lists remember');
  const objects = await bucket.keys();
  assert.ok(
    objects.every((key) => !/\.(partial|removing)\//.test(key)),
    objects.join('\n'),
  );
}
