/** A pinned set outlives its retention, whoever prunes. Needs no servers: the sets are written by hand. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { acquireLock } from '../../scripts/sets/lock.ts';
import { LOG_FOLDER } from '../../scripts/sets/name.ts';
import { writeProof } from '../../scripts/sets/proof.ts';
import type { Storage } from '../../scripts/storage/storage.ts';
import { temporaryStorage, writeExampleSet } from '../unit/sets/example-set.ts';
import { openProject, type Project } from './holdfast.ts';

const DAY = 24 * 60 * 60 * 1000;
const makefile = new URL('../../Makefile', import.meta.url).pathname;

interface Shelf extends AsyncDisposable {
  readonly project: Project;
  readonly storage: Storage & { readonly folder: string };
  /** Oldest first: 40 days with the label "release-7", 30, 20, and of today. */
  readonly sets: readonly [string, string, string, string];
}

async function openShelf(context: TestContext): Promise<Shelf> {
  const storage = await temporaryStorage(context);
  const project = await openProject();
  project.environment.BACKUP_LOCAL_DIR = storage.folder;
  const labelled = await writeOld(storage, 40, 'release-7');
  const sets = [
    labelled,
    await writeOld(storage, 30),
    await writeOld(storage, 20),
    await writeOld(storage, 0),
  ] as const;
  return { project, storage, sets, [Symbol.asyncDispose]: () => project[Symbol.asyncDispose]() };
}

/** A readable set that is so many days old; gives its name. */
async function writeOld(storage: Storage, days: number, label?: string): Promise<string> {
  const at = new Date(Date.now() - days * DAY);
  const facts = { environment: 'test-shop', ...(label !== undefined && { label }) };
  const { name: set, manifestSha256 } = await writeExampleSet(storage, at, facts);
  const proof = { set, level: 'readable', host: 'h', holdfastVersion: '1', manifestSha256, sources: [] } as const;
  await writeProof(storage, { ...proof, provenAt: at.toISOString() });
  return set;
}

async function namesIn(storage: Storage): Promise<string[]> {
  return (await storage.entries())
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.') && name !== LOG_FOLDER)
    .sort();
}

test('a label and a pin keep a set from prune until both are taken off', async (context) => {
  await using shelf = await openShelf(context);
  const { project, storage, sets } = shelf;
  const [labelled, pinned, plain, today] = sets;
  const done = await project.run('pin', pinned, '--why', 'the audit of June');
  assert.equal(done.code, 0, done.stderr);
  const since = String.raw`pinned since \d{4}-\d\d-\d\d: the audit of June`;
  assert.match(done.stdout, new RegExp(`^${pinned} is ${since}\n$`));
  const listed = await project.run('list');
  assert.match(listed.stdout, new RegExp(`^${labelled} .* "release-7", pinned$`, 'm'));
  assert.match(listed.stdout, new RegExp(`^${pinned} .*, ${since}$`, 'm'));
  const dry = await project.run('prune', '--dry-run');
  assert.match(dry.stdout, new RegExp(`^keep +${labelled} +pinned by its label "release-7"$`, 'm'));
  assert.match(dry.stdout, new RegExp(`^keep +${pinned} +${since}$`, 'm'));
  assert.match(dry.stdout, new RegExp(`^remove +${plain} +20 days old, past 7 days; 1 newer good set$`, 'm'));
  assert.match(dry.stdout, /^retention: days 7\n1 set would be removed$/m);
  assert.deepEqual((await project.json('prune')).value.removed, [plain]);
  for (const set of [labelled, pinned]) {
    const { code, stdout } = await project.run('unpin', set);
    assert.deepEqual([code, stdout.startsWith(`${set} is not pinned any more`)], [0, true], stdout);
  }
  assert.deepEqual((await project.json('prune')).value.removed, [labelled, pinned]);
  assert.deepEqual(await namesIn(storage), [today]);
});

test('pinning and unpinning twice changes nothing the second time; a new reason replaces the old', async (context) => {
  await using shelf = await openShelf(context);
  const { project, storage, sets } = shelf;
  const set = sets[1];
  const facts = async (...words: string[]) => {
    const { run, value } = await project.json(...words);
    assert.equal(run.code, 0, run.stderr);
    const { changed, pinned, pin } = value as unknown as { changed: boolean; pinned: boolean; pin?: { why?: string } };
    const files = (await storage.objects(set)).filter(({ path }) => /\/(un)?pin-/.test(path)).length;
    return [changed, pinned, pin?.why, files];
  };
  assert.deepEqual(await facts('unpin', set), [false, false, undefined, 0]);
  assert.deepEqual(await facts('pin', set), [true, true, undefined, 1]);
  assert.deepEqual(await facts('pin', set), [false, true, undefined, 1]);
  assert.deepEqual(await facts('pin', set, '--why', 'audit'), [true, true, 'audit', 2]);
  assert.deepEqual(await facts('pin', set, '--why', 'audit'), [false, true, 'audit', 2]);
  assert.deepEqual(await facts('pin', set), [false, true, 'audit', 2]);
  assert.deepEqual(await facts('unpin', set), [true, false, undefined, 3]);
  assert.deepEqual(await facts('unpin', set), [false, false, undefined, 3]);
  assert.equal((await project.run('verify', set)).code, 0);
});

test('what cannot be pinned is refused, each with its reason and exit code, and nothing is changed', async (context) => {
  await using shelf = await openShelf(context);
  const { project, storage, sets } = shelf;
  await mkdir(join(storage.folder, '2020-01-01T00-00/postgres'), { recursive: true });
  await writeFile(join(storage.folder, '2020-01-01T00-00/postgres/app.dump'), 'old');
  await truncate(join(storage.folder, sets[2], 'postgres/app.dump'), 1);
  const cases: readonly (readonly [string[], number, RegExp])[] = [
    [['pin'], 2, /^error: missing required argument "set"\n/],
    [['pin', '1999'], 1, /^error: found no set "1999"; the nearest of 5: /],
    [['pin', '2020'], 2, /^error: the set "2020-01-01T00-00" has no manifest, expected a complete one/],
    [['unpin', sets[2]], 2, /is damaged, expected a complete one: retention never removes any other\n/],
    [['pin', sets[1], '--why', 'two\nlines'], 2, /^error: found --why "two\\nlines", expected a reason on one line\n/],
    [['pin', sets[1], '--why', ''], 2, /^error: found --why "", expected a reason on one line\n/],
  ];
  for (const [words, code, expected] of cases) {
    const ended = await project.run(...words);
    assert.match(ended.stderr, expected);
    assert.deepEqual([ended.code, ended.stdout], [code, ''], words.join(' '));
    assert.match(ended.stderr, /^ {2}now: nothing was changed$/m);
  }
  assert.deepEqual(
    (await storage.objects(sets[1])).filter(({ path }) => path.includes('pin-')),
    [],
  );
});

test('while another run holds the lock a pin is refused: a prune may have made its plan already', async (context) => {
  await using shelf = await openShelf(context);
  const { project, storage, sets } = shelf;
  const lock = await acquireLock(storage.folder, { command: 'prune', report: () => undefined });
  try {
    const { code, stderr } = await project.run('pin', sets[1]);
    assert.equal(code, 4, stderr);
  } finally {
    await lock.release();
  }
  assert.equal((await project.run('pin', sets[1])).code, 0);
});

test('a pin file that rotted still holds the set; one that is removed by hand does not', async (context) => {
  await using shelf = await openShelf(context);
  const { project, storage, sets } = shelf;
  await project.run('pin', sets[1], '--why', 'audit');
  const [pin] = (await storage.objects(sets[1])).filter(({ path }) => path.includes('/pin-'));
  const file = join(storage.folder, pin?.path ?? '');
  await truncate(file, 20);
  const removed = async () =>
    (await project.json('prune', '--dry-run')).value.decisions.filter(({ action }) => action === 'remove');
  assert.deepEqual(
    (await removed()).map(({ set }) => set),
    [sets[2]],
  );
  await rm(file);
  assert.deepEqual(
    (await removed()).map(({ set }) => set),
    [sets[1], sets[2]],
  );
});

test('make backup-pin and make backup-unpin do the same', async (context) => {
  await using shelf = await openShelf(context);
  const { project, sets } = shelf;
  const words = [`BACKUP=${sets[1]}`, "ARGS=--why 'the audit'"];
  assert.match(await make(project, 'backup-pin', ...words), /is pinned since \S+: the audit\n$/);
  assert.match(await make(project, 'backup-unpin', `BACKUP=${sets[1]}`), /is not pinned any more/);
});

function make(project: Project, ...words: string[]): Promise<string> {
  return output(project, 'make', ['--no-print-directory', '-f', makefile, ...words]);
}

async function output(project: Project, program: string, words: readonly string[]): Promise<string> {
  const child = spawn(program, words, {
    cwd: project.folder,
    env: project.environment as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, words.join(' '));
  return Buffer.concat(chunks).toString();
}
