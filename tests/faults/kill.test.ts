import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { openProject, type Project } from '../e2e/holdfast.ts';
import { fill } from '../stack/data/fill.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { KILL_WAYS, killRun, timeRun } from './killed-run.ts';
import { needsLinux, untilGone, type Watch, watchContainers } from './processes.ts';
import { seed, seededRandom, spreadMoments } from './seed.ts';

/** How many runs are killed. */
const KILLS = Number(process.env.HOLDFAST_KILLS ?? 50);
/** After so many killed runs one is let through. */
const GREEN_EVERY = 5;

let stack: Stack;
let project: Project;
let watch: Watch;

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
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await stack?.stop();
});

test(`after each of ${KILLS} backups that were killed nothing half is visible, and the next run is green and tidy`, {
  skip: needsLinux,
}, async (context) => {
  let length = Math.min(await timeRun(project, ['backup']), await timeRun(project, ['backup']));
  const moments = spreadMoments(KILLS, seededRandom(seed));
  const known = new Set(await completeSets());
  assert.equal(known.size, 2);
  const seen = { slowest: 0, ended: 0, locks: 0, unfinished: 0 };
  for (const [index, moment] of moments.entries()) {
    const way = KILL_WAYS[index % KILL_WAYS.length] ?? 'process';
    const where = `kill ${index} (${way}) at ${Math.round(moment * 100)} % of ${length} ms, HOLDFAST_SEED=${seed}`;
    if (await killRun(project, ['backup'], moment * length, way)) seen.ended += 1;
    await checkList(known, where);
    const { left, took } = await untilGone(watch.leftovers);
    assert.deepEqual(left, [], `${where}: left after ${took} ms`);
    seen.slowest = Math.max(seen.slowest, took);
    const names = await project.names();
    if (names.includes('.lock')) seen.locks += 1;
    if (names.some((name) => name.endsWith('.partial'))) seen.unfinished += 1;
    // The machine is not always as busy: the length of the latest run is the best guess for the next ones.
    if ((index + 1) % GREEN_EVERY === 0 || index === KILLS - 1) length = await checkNextRun(known, where);
  }
  // Else the kills came before or after everything that matters.
  if (KILLS >= 10) assert.ok(seen.locks > 0 && seen.unfinished > 0, JSON.stringify(seen));
  const verified = await project.run('verify', '--all', '--deep');
  assert.equal(verified.code, 0, verified.stdout);
  context.diagnostic(`seed ${seed}; the last run took ${length} ms; ${JSON.stringify(seen)}`);
});

async function completeSets(): Promise<string[]> {
  const { value } = await project.json('list');
  return value.entries.filter(({ state }) => state === 'complete').map(({ name }) => name);
}

/** Sets are complete or unfinished and nothing else; the old ones are there; one that is new is good. */
async function checkList(known: Set<string>, where: string): Promise<void> {
  const { run, value } = await project.json('list');
  assert.equal(run.code, 0, where);
  const { entries } = value;
  for (const { name, state } of entries) assert.match(state, /^(complete|partial)$/, `${where}: "${name}" is ${state}`);
  const complete = entries.filter(({ state }) => state === 'complete').map(({ name }) => name);
  for (const name of known) assert.ok(complete.includes(name), `${where}: the set "${name}" is gone`);
  const fresh = complete.filter((name) => !known.has(name));
  assert.ok(fresh.length <= 1, `${where}: found ${fresh.length} new sets`);
  for (const name of fresh) {
    const { code, stdout } = await project.run('verify', name, '--deep');
    assert.equal(code, 0, `${where}: the set that it left is not good: ${stdout}`);
    known.add(name);
  }
}

/** A run that nobody kills is green, tells what it found, and leaves nothing of it. Gives its milliseconds. */
async function checkNextRun(known: Set<string>, where: string): Promise<number> {
  const names = await project.names();
  const began = Date.now();
  const { code, stderr } = await project.run('backup');
  const length = Date.now() - began;
  assert.equal(code, 0, `${where}: the next run ended with ${code}: ${stderr}`);
  if (names.includes('.lock')) assert.match(stderr, /took over a stale lock/, where);
  for (const name of names.filter((one) => one.endsWith('.partial'))) {
    assert.ok(
      stderr.includes(`removed the unfinished set "${name.slice(0, -'.partial'.length)}"`),
      `${where}: ${stderr}`,
    );
  }
  const left = (await project.names()).filter((name) => name.startsWith('.') || name.endsWith('.partial'));
  assert.deepEqual(left, [], where);
  assert.deepEqual(await readdir(join(project.folder, 'tmp')), [], `${where}: temporary files`);
  for (const name of await completeSets()) known.add(name);
  return length;
}
