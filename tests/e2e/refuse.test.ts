/** Damage of every kind is seen before a database is touched, and what is not ours is told and left alone. */
import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runPool } from '../../scripts/common/pool.ts';
import type { Hashes } from '../stack/data/hash.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

/** Restores of several copies of the set go on side by side; more would only wait for the processor. */
const SIDE_BY_SIDE = 3;

let stack: Stack;
let tiny: Tiny;
let project: Project;
let set: string;
/** The databases as they were when the set was made. */
let original: Hashes;
/** As they are while restores are refused: changed since, so that a restore that did run shows. */
let changed: Hashes;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'refuse');
  project = await tiny.project();
  original = await tiny.content();
  const { run, value } = await project.json('backup');
  assert.equal(run.code, 0, run.stderr);
  set = value.set;
  await tiny.change();
  changed = await tiny.content();
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

/** A project folder of its own with a copy of the set. */
async function copyOfSet(): Promise<Project & { set: string }> {
  const copy = await tiny.project();
  await cp(project.backups, copy.backups, { recursive: true });
  return Object.assign(copy, { set: join(copy.backups, set) });
}

/** Every file of the set that must not change: all but the proof, which counts for nothing when it is broken. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('proof-'));
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

async function requireRefused(copy: Project, file: string, what: string): Promise<void> {
  const { code, stderr, stdout } = await copy.run('restore', '--yes');
  assert.equal(code, 5, `${what}: ${stderr}`);
  assert.ok(stderr.includes(`"${file}"`), `${what}: the message does not name the file:\n${stderr}`);
  assert.match(stderr, /now: the databases were not touched\n {2}try: /, what);
  assert.equal(stdout, '', what);
}

test('one flipped bit at some forty places over all files: refused with exit code 5, databases untouched', async () => {
  const files = await filesOf(join(project.backups, set));
  assert.equal(files.length, 5, files.join());
  const places = [0, 1, 0.15, 0.3, 0.5, 0.7, 0.85, -1];
  const cases = files.flatMap((file) => places.map((place) => ({ file, place })));
  await runPool(cases, SIDE_BY_SIDE, async ({ file, place }) => {
    await using copy = await copyOfSet();
    const path = join(copy.set, file);
    const bytes = await readFile(path);
    const at = place < 0 ? bytes.length - 1 : place < 1 ? Math.trunc(bytes.length * place) : place;
    const bit = 1 << (at % 8);
    await writeFile(path, bytes.with(at, (bytes[at] ?? 0) ^ bit));
    await requireRefused(copy, file, `bit ${bit} of byte ${at} of ${bytes.length} in "${file}"`);
  });
  assert.deepEqual(await changesSince(changed, tiny), []);
});

test('a file that was cut, has grown, is empty or missing: refused with exit code 5, databases untouched', async () => {
  const files = await filesOf(join(project.backups, set));
  const cases = [
    ...files.map((file) => ({ file, what: 'cut', damage: async (path: string) => truncate(path, 40) })),
    { what: 'grown', file: `postgres/${tiny.name}.dump`, damage: (path: string) => appendFile(path, 'x') },
    { what: 'empty', file: `mongo/${tiny.name}.archive.gz`, damage: (path: string) => truncate(path, 0) },
    { what: 'missing', file: `postgres/${tiny.name}.dump`, damage: (path: string) => rm(path) },
    { what: 'missing', file: 'RESTORE.md', damage: (path: string) => rm(path) },
  ];
  await runPool(cases, SIDE_BY_SIDE, async ({ file, what, damage }) => {
    await using copy = await copyOfSet();
    await damage(join(copy.set, file));
    await requireRefused(copy, file, `${what} "${file}"`);
  });
  assert.deepEqual(await changesSince(changed, tiny), []);
});

test('a damaged set is listed as damaged, and what is wrong is named', async () => {
  await using copy = await copyOfSet();
  await truncate(join(copy.set, 'postgres/globals.sql'), 10);
  const { value } = await copy.json('list');
  assert.deepEqual(
    value.entries.map(({ name, state }) => [name, state]),
    [[set, 'damaged']],
  );
  const verified = await copy.json('verify', set);
  assert.equal(verified.run.code, 5);
  assert.match(verified.value.sets[0]?.problems.join() ?? '', /"postgres\/globals\.sql" has 10 bytes, expected \d+/);
  const dry = await copy.run('restore', set, '--dry-run');
  assert.equal(dry.code, 5, dry.stderr);
});

test('a file of somebody else in a set is told and left alone; the restore goes on', async () => {
  await using copy = await copyOfSet();
  await writeFile(join(copy.set, 'mongo/notes.txt'), 'hello');
  const verified = await copy.run('verify', '--deep');
  assert.equal(verified.code, 0, verified.stderr);
  assert.match(verified.stderr, /note: ".*mongo\/notes\.txt" is not of this set: it is left alone/);
  const restored = await copy.run('restore', '--dry-run');
  assert.equal(restored.code, 0, restored.stderr);
  assert.match(restored.stderr, /mongo\/notes\.txt" is not of this set/);
  assert.equal(await readFile(join(copy.set, 'mongo/notes.txt'), 'utf8'), 'hello');
});

test('a set of an older script, without a manifest, is listed as such, verified and restored', async () => {
  await using copy = await copyOfSet();
  for (const file of await readdir(copy.set)) {
    if (/^(manifest\.json|RESTORE\.md|proof-.*)$/.test(file)) await rm(join(copy.set, file));
  }
  await rename(copy.set, join(copy.backups, '2024-01-31T02-00'));
  const { value } = await copy.json('list');
  assert.deepEqual(
    value.entries.map(({ name, state }) => [name, state]),
    [['2024-01-31T02-00', 'legacy']],
  );
  assert.match((await copy.run('list')).stdout, /2024-01-31T02-00 .* stored .*\(no manifest\)/);
  const verified = await copy.json('verify', '--deep');
  assert.equal(verified.run.code, 0, verified.run.stderr);
  const restored = await copy.json('restore', '2024', '--yes');
  assert.equal(restored.run.code, 0, restored.run.stderr);
  assert.deepEqual(await changesSince(original, tiny), []);
  await tiny.change();
  assert.deepEqual(await changesSince(changed, tiny), []);
});

test('a cut dump in a set without a manifest is refused as well: it is read to its end first', async () => {
  await using copy = await copyOfSet();
  await rm(join(copy.set, 'manifest.json'));
  await truncate(join(copy.set, `postgres/${tiny.name}.dump`), 3000);
  const refused = await copy.run('restore', '--yes');
  assert.equal(refused.code, 5, refused.stderr);
  await truncate(join(copy.set, `postgres/${tiny.name}.dump`), 0);
  assert.equal((await copy.run('restore', '--yes')).code, 5);
  assert.deepEqual(await changesSince(changed, tiny), []);
});

test('what is not ours is listed as what it is, and neither a backup nor pruning removes it', async () => {
  await using copy = await copyOfSet();
  await mkdir(join(copy.backups, 'photos'));
  await writeFile(join(copy.backups, 'photos/a.jpg'), 'x');
  await mkdir(join(copy.backups, '2020-01-01T00-00'));
  await writeFile(join(copy.backups, '2020-01-01T00-00/notes.txt'), 'x');
  await writeFile(join(copy.backups, 'backup.sh'), 'x');
  await mkdir(join(copy.backups, '2020-02-02T00-00/postgres'), { recursive: true });
  await writeFile(join(copy.backups, '2020-02-02T00-00/postgres/app.dump'), 'x');
  const states = Object.fromEntries((await copy.json('list')).value.entries.map(({ name, state }) => [name, state]));
  assert.deepEqual(states, {
    photos: 'foreign',
    'backup.sh': 'foreign',
    '2020-01-01T00-00': 'foreign',
    '2020-02-02T00-00': 'legacy',
    [set]: 'complete',
  });
  const before = await copy.names();
  for (const words of [
    ['prune', '--yes'],
    ['backup', 'mongo'],
  ]) {
    const done = await copy.run(...words);
    assert.equal(done.code, 0, done.stderr);
  }
  const left = await copy.names();
  assert.deepEqual(
    before.filter((name) => !left.includes(name)),
    [],
  );
  assert.equal(await readFile(join(copy.backups, 'photos/a.jpg'), 'utf8'), 'x');
});

test('an unfinished set is listed as unfinished, and is never taken for a restore', async () => {
  await using copy = await copyOfSet();
  await rename(copy.set, `${copy.set}.partial`);
  const { value } = await copy.json('list');
  assert.deepEqual(
    value.entries.map(({ state }) => state),
    ['partial'],
  );
  const refused = await copy.run('restore', '--yes');
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /there are no sets/);
});
