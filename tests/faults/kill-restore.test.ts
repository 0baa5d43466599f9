import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openProject, type Project } from '../e2e/holdfast.ts';
import { dropMongo, dropPostgres, fill } from '../stack/data/fill.ts';
import { differences, type Hashes, hashMongo, hashPostgres } from '../stack/data/hash.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { KILL_WAYS, killRun, timeRun } from './killed-run.ts';
import { needsLinux, untilGone, type Watch, watchContainers } from './processes.ts';
import { seed, seededRandom, spreadMoments } from './seed.ts';

const KILLS = Number(process.env.HOLDFAST_KILLS_IN_RESTORE ?? 6);
/** Every third restore that is killed is one into nothing. */
const EMPTY_EVERY = 3;

let stack: Stack;
let project: Project;
let watch: Watch;
/** What lay in the containers before; nobody else's files are ours to judge. */
let filesBefore: ReadonlySet<string>;

before(async () => {
  if (needsLinux) return;
  stack = await attachOrStart();
  await fill(stack, 'small');
  project = await openProject(stack);
  project.environment.POSTGRES_DATABASES = 'ngwenya_auth';
  project.environment.MONGO_DATABASE = 'ngwenya';
  project.environment.TMPDIR = join(project.folder, 'tmp');
  mkdirSync(project.environment.TMPDIR);
  watch = await watchContainers([stack.postgres, stack.mongo]);
  filesBefore = new Set(watch.files('holdfast-restore.*'));
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await stack?.stop();
});

test(`after each of ${KILLS} restores that were killed the next one of the same set brings everything back`, {
  skip: needsLinux,
}, async (context) => {
  const original = await content();
  await timeRun(project, ['backup']);
  const length = await timeRun(project, ['restore', '--yes']);
  let slowest = 0;
  for (const [index, moment] of spreadMoments(KILLS, seededRandom(seed)).entries()) {
    const way = KILL_WAYS[index % KILL_WAYS.length] ?? 'process';
    const where = `kill ${index} (${way}) at ${Math.round(moment * 100)} % of ${length} ms, HOLDFAST_SEED=${seed}`;
    if (index % EMPTY_EVERY === 0) await Promise.all([dropPostgres(stack.postgres), dropMongo(stack.mongo)]);
    await killRun(project, ['restore', '--yes'], moment * length, way);
    const { left, took } = await untilGone(() => [...watch.leftovers(), ...temporaryFiles()]);
    assert.deepEqual(left, [], `${where}: left after ${took} ms`);
    slowest = Math.max(slowest, took);
    await checkNextRestore(original, where);
  }
  context.diagnostic(`seed ${seed}; a restore takes ${length} ms; all was gone ${slowest} ms after the kill`);
});

function temporaryFiles(): string[] {
  return watch.files('holdfast-restore.*').filter((file) => !filesBefore.has(file));
}

async function content(): Promise<Hashes> {
  return { ...(await hashPostgres(stack.postgres, ['ngwenya_auth'])), ...(await hashMongo(stack.mongo)) };
}

async function checkNextRestore(original: Hashes, where: string): Promise<void> {
  const wasLocked = (await project.names()).includes('.lock');
  const { code, stdout, stderr } = await project.run('restore', '--yes');
  assert.equal(code, 0, `${where}: the next restore ended with ${code}: ${stdout}${stderr}`);
  if (wasLocked) assert.match(stderr, /took over a stale lock/, where);
  assert.deepEqual(differences(original, await content()), [], where);
  assert.deepEqual(
    (await project.names()).filter((name) => name.startsWith('.')),
    [],
    where,
  );
  assert.deepEqual(await readdir(join(project.folder, 'tmp')), [], `${where}: temporary files of this machine`);
  assert.deepEqual(temporaryFiles(), [], `${where}: temporary files in the containers`);
}
