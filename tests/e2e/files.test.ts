import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { run as runStock } from '../stack/run.ts';
import { listing, makeTree } from '../unit/datastores/files/trees.ts';
import { openProject, type Project } from './holdfast.ts';

/** Runs a command, which must end well, and gives what it printed to people. */
async function good(project: Project, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.run(...words);
  assert.equal(code, 0, `${words.join(' ')}: ${stderr}${stdout}`);
  return stdout + stderr;
}

async function openFiles(environment: Record<string, string>): Promise<Project> {
  const project = await openProject();
  Object.assign(project.environment, { BACKUP_DISCOVER: 'no', ...environment });
  return project;
}

let project: Project;
let uploads: string;
let original: string;

before(async () => {
  project = await openFiles({ BACKUP_FILES: './data/uploads,data/spool.json' });
  uploads = join(project.folder, 'data/uploads');
  await makeTree(uploads);
  await writeFile(join(project.folder, 'data/spool.json'), '{"jobs": []}\n');
  original = listing(uploads);
  const said = await good(project, 'backup');
  assert.match(said, /"pipe \(a pipe\)": is no file, folder or link, and is not in the backup/);
});

after(() => project[Symbol.asyncDispose]());

function shell(command: string, folder = project.folder): void {
  execFileSync('sh', ['-e', '-c', command], { cwd: folder });
}

/** What restores left in the folder around. */
async function besides(): Promise<string[]> {
  return (await readdir(join(project.folder, 'data'))).filter((name) => name.includes('holdfast'));
}

test('a folder and a file that were damaged come back the same, and an undo brings the damage back', async () => {
  shell(
    'rm -rf uploads/deep; echo other > uploads/small.txt; echo more > uploads/more; rm spool.json',
    join(uploads, '..'),
  );
  const damage = listing(uploads);
  await good(project, 'restore', '--yes');
  assert.equal(listing(uploads), original);
  assert.equal(await readFile(join(project.folder, 'data/spool.json'), 'utf8'), '{"jobs": []}\n');
  await good(project, 'undo', '--yes');
  assert.equal(listing(uploads), damage);
  await assert.rejects(stat(join(project.folder, 'data/spool.json')), { code: 'ENOENT' });
  await good(project, 'undo', '--yes');
  assert.equal(listing(uploads), original);
  await good(project, 'restore', '--forget', '--yes');
  assert.deepEqual(await besides(), []);
});

test('a restore and undos within one second each keep what they replace', async () => {
  const at = Date.now();
  const clock = `Date.now = () => ${at}; globalThis.Date = class extends Date {
    constructor(...words) { super(...(words.length === 0 ? [${at}] : words)); } };`;
  project.environment.NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(clock)}`;
  shell('echo other > data/uploads/small.txt');
  const damage = listing(uploads);
  await good(project, 'restore', '--only', 'files/uploads', '--yes');
  for (const expected of [damage, original, damage, original]) {
    await good(project, 'undo', '--yes');
    assert.equal(listing(uploads), expected);
  }
  project.environment.NODE_OPTIONS = undefined;
  await good(project, 'restore', '--forget', '--yes');
  assert.deepEqual(await besides(), []);
});

test('a copy is restored elsewhere, can be undone, and what stands there is left alone by a dry run', async () => {
  const copy = join(project.folder, 'copy');
  const to = ['--only', 'files/uploads', '--to', `uploads=${copy}`];
  await good(project, 'restore', ...to, '--dry-run');
  await assert.rejects(stat(copy), { code: 'ENOENT' });
  await good(project, 'restore', ...to, '--yes');
  assert.equal(listing(copy), original);
  await good(project, 'undo', '--yes');
  await assert.rejects(stat(copy), { code: 'ENOENT' });
});

test('a drill restores into a folder of its own, and nothing of it stays', async () => {
  const folder = await mkdtemp(join(project.folder, 'drill-'));
  project.environment.TMPDIR = folder;
  assert.match(await good(project, 'drill'), /PASS: set/);
  assert.deepEqual(await readdir(folder), []);
  delete project.environment.TMPDIR;
});

test('RESTORE.md, taken word for word, brings back the same with stock tar', async () => {
  const [name] = await project.names();
  const set = join(project.backups, name as string);
  const guide = await readFile(join(set, 'RESTORE.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  assert.equal(blocks.length, 3);
  for (const block of blocks) await runStock('sh', ['-e', '-c', block], { cwd: set, env: { PATH: '/usr/bin:/bin' } });
  assert.equal(listing(join(set, 'restored-uploads')), original);
  assert.equal(await readFile(join(set, 'restored-spool.json/spool.json'), 'utf8'), '{"jobs": []}\n');
  await rm(join(set, 'restored-uploads'), { recursive: true });
  await rm(join(set, 'restored-spool.json'), { recursive: true });
});

test('a restore that is killed leaves the old, whole; the next one puts in order what it left', async () => {
  shell('echo new > data/uploads/small.txt');
  const old = listing(uploads);
  for (const wait of [0, 20, 60]) {
    const { child, ended } = project.start('restore', '--only', 'files/uploads', '--yes');
    for (let time = 0; time < 600 && !(await besides()).some((name) => name.includes('_new_')); time += 1) {
      await setTimeout(10);
    }
    await setTimeout(wait);
    child.kill('SIGKILL');
    await ended;
    const now = listing(uploads);
    assert.ok(now === old || now === original, `after ${wait} ms`);
    if (now === original) shell('echo new > data/uploads/small.txt');
  }
  await good(project, 'restore', '--only', 'files/uploads', '--yes');
  assert.equal(listing(uploads), original);
  assert.deepEqual(
    (await besides()).filter((name) => name.includes('_new_')),
    [],
  );
  await good(project, 'restore', '--forget', '--yes');
});

test('a folder that is missing, or empty all at once, fails the backup and takes nothing from the others', async () => {
  await rename(uploads, `${uploads}.away`);
  const missing = await project.run('backup');
  assert.equal(missing.code, 3);
  assert.match(missing.stdout + missing.stderr, /files\/uploads.*there is nothing at|ENOENT/);
  await mkdir(uploads);
  const empty = await project.run('backup');
  assert.equal(empty.code, 3);
  assert.match(empty.stdout + empty.stderr, /it is empty now, and had 16 files and links in the last set/);
  await rm(uploads, { recursive: true });
  await rename(`${uploads}.away`, uploads);
});

test('while a program writes, files are whole or told; what is left out is named', async () => {
  await using busy = await openFiles({});
  await writeFile(
    join(busy.folder, 'holdfast.yaml'),
    'files:\n  - path: ./data\n    exclude: ["cache/**", "*.tmp"]\n  - name: log\n    path: ./log\n',
  );
  shell('mkdir -p data/cache/deep data/in; echo x > data/cache/deep/y; echo x > data/in/a.tmp', busy.folder);
  const writer =
    'n=0; while :; do n=$((n+1)); printf %020d $n >> log; printf %020d $n > data/in/f$((n%50)); rm -f data/in/f$((n%7)); done';
  const child = execBackground(writer, busy.folder);
  try {
    await setTimeout(300);
    await good(busy, 'backup');
  } finally {
    child.stop();
  }
  const [name] = await busy.names();
  const manifest = JSON.parse(await readFile(join(busy.backups, name as string, 'manifest.json'), 'utf8'));
  const data = manifest.sources.find((source: { name: string }) => source.name === 'data');
  assert.deepEqual(data.details.excluded, ['cache/deep', 'in/a.tmp']);
  assert.deepEqual(Object.keys(data.fingerprint.counts).sort(), ['.', 'cache', 'in']);
  await good(busy, 'restore', '--to', `data=${busy.folder}/back`, '--to', `log=${busy.folder}/back.log`, '--yes');
  for (const file of await readdir(join(busy.folder, 'back/in'))) {
    const text = await readFile(join(busy.folder, 'back/in', file), 'utf8');
    assert.match(text, /^(?:\d{20})?$/, `${file} is whole`);
  }
  assert.match(await readFile(join(busy.folder, 'back.log'), 'utf8'), /^(?:\d{20})*$/);
});

function execBackground(command: string, cwd: string): { stop: () => void } {
  const pid = execFileSync('sh', ['-c', `sh -c '${command}' >/dev/null 2>&1 & echo $!`], { cwd, encoding: 'utf8' });
  return { stop: () => process.kill(Number(pid), 'SIGKILL') };
}

test('a link in place of the folder is followed once, to what it leads to, and stays', async () => {
  await using linked = await openFiles({ BACKUP_FILES: 'current' });
  shell('mkdir -p releases/1; echo one > releases/1/x; ln -s releases/1 current', linked.folder);
  await good(linked, 'backup');
  shell('echo two > current/x', linked.folder);
  assert.match(await good(linked, 'restore', '--yes'), /current is a link.*releases\/1 is what is replaced/);
  assert.equal(await readFile(join(linked.folder, 'releases/1/x'), 'utf8'), 'one\n');
  assert.ok(
    (await readdir(linked.folder, { withFileTypes: true })).some(
      (one) => one.name === 'current' && one.isSymbolicLink(),
    ),
  );
});

const YAML = `
files:
  - name: notes
    command:
      dump: cat notes.json
      restore: "cat > notes.new && mv notes.new notes.json"
      check: grep -q '"version"' notes.json
  - name: broken
    command: { dump: "echo half; exit 3" }
  - name: silent
    command: { dump: "true" }
  - name: oneway
    command: { dump: "echo only out" }
`;

test('an export command is a source; one that fails or says nothing is a failure, one without its twin backs up alone', async () => {
  await using product = await openFiles({});
  await writeFile(join(product.folder, 'holdfast.yaml'), YAML);
  const notes = join(product.folder, 'notes.json');
  const text = `{"version": 1, "text": "${'x'.repeat(3_000_000)}"}`;
  await writeFile(notes, text);
  const backup = await product.run('backup');
  assert.equal(backup.code, 3, backup.stderr);
  const said = backup.stdout + backup.stderr;
  assert.match(said, /files\/broken.*code 3/);
  assert.match(said, /files\/silent.*printed nothing/);
  await writeFile(notes, '{"version": 2}');
  const oneway = await product.run('restore', '--only', 'files/oneway', '--yes');
  assert.match(oneway.stderr, /"oneway" has no restore command: Holdfast backs it up and cannot restore it/);
  assert.match(oneway.stderr, /gunzip -c files\/oneway\.export\.gz \| COMMAND/);
  await good(product, 'restore', '--only', 'files/notes', '--yes');
  assert.equal(await readFile(notes, 'utf8'), text);
  await good(product, 'undo', '--yes');
  assert.equal(await readFile(notes, 'utf8'), '{"version": 2}');
});

test('a source that holds the backup folder does not take the sets along', async () => {
  await using whole = await openFiles({});
  await writeFile(join(whole.folder, 'holdfast.yaml'), 'files:\n  - name: all\n    path: .\n');
  await good(whole, 'backup');
  await good(whole, 'backup', '--label', 'again');
  const set = (await whole.names()).at(-1) as string;
  const archive = execFileSync('tar', ['-tzf', join(whole.backups, set, 'files/all.tar.gz')], { encoding: 'utf8' });
  assert.equal(archive, './\n./holdfast.yaml\n');
});

test('two paths of one name are an error that says how to mend it; so is a folder that nobody named', async () => {
  await using wrong = await openFiles({ BACKUP_FILES: 'a/data,b/data' });
  const { code, stderr } = await wrong.run('backup');
  assert.equal(code, 2);
  assert.match(
    stderr,
    /BACKUP_FILES "a\/data" and BACKUP_FILES "b\/data" would both be called "data"; list them under "files"/,
  );
  wrong.environment.BACKUP_FILES = undefined;
  const none = await wrong.run('backup', 'files');
  assert.match(none.stderr, /the settings name no folders or files/);
});
