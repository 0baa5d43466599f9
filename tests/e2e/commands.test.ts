/** What people and scripts type, and the very words that come back. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import type { Hashes } from '../stack/data/hash.ts';
import { works } from '../stack/run.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { openProject, type Project, type Run } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

const top = new URL('../..', import.meta.url).pathname;

let stack: Stack;
let tiny: Tiny;
/** Two sets of the same content; each test leaves the databases as they are in them. */
let project: Project;
let sets: string[];
let original: Hashes;

before(async () => {
  stack = await attachOrStart();
  tiny = await openTiny(stack, 'commands');
  project = await tiny.project();
  original = await tiny.content();
  for (const label of ['first', 'second']) {
    const { code, stderr } = await project.run('backup', '--label', label);
    assert.equal(code, 0, stderr);
  }
  sets = await project.names();
  assert.equal(sets.length, 2, sets.join());
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await tiny?.[Symbol.asyncDispose]();
  await stack?.stop();
});

test('--help of the program and of every verb is word for word what is written down', async () => {
  await using empty = await openProject();
  const written = await readFile(new URL('help.txt', import.meta.url), 'utf8');
  const pages = written.split(/^\$ holdfast(.*)\n/m).slice(1);
  assert.equal(pages.length, 58);
  for (let at = 0; at < pages.length; at += 2) {
    const words = (pages[at] ?? '').trim().split(' ').filter(Boolean);
    const { code, stdout, stderr } = await empty.run(...words);
    assert.deepEqual([code, stderr], [0, ''], words.join(' '));
    assert.equal(`${stdout}\n`, pages[at + 1], words.join(' '));
  }
  const { version } = JSON.parse(await readFile(join(top, 'package.json'), 'utf8'));
  assert.equal((await empty.run('--version')).stdout, `${version}\n`);
});

test('a wrong command line ends with exit code 2, says what is wrong, and names what may have been meant', async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [
      ['bakcup'],
      /^error: unknown command "bakcup"; did you mean "backup"\?\n {2}now: nothing was changed\n {2}try: holdfast --help\n$/,
    ],
    [
      ['backup', '--dryrun'],
      /^error: unknown option "--dryrun"; did you mean "--dry-run"\?\n[\s\S]*try: holdfast backup --help\n$/,
    ],
    [['backup', '--label'], /^error: found no <word> after "--label"\n/],
    [['restore', 'a', 'b'], /^error: "restore" found 2 arguments \(a, b\), expected 1 at most\n/],
    [['list', 'x'], /^error: "list" found 1 arguments? \(x\), expected 0 at most\n/],
    [
      ['backup', 'postgre'],
      /^error: found "postgre", expected one of "mongo", "postgres", "redis", "files", "influxdb", "secrets" or kind\/name\n/,
    ],
    [
      ['restore', '--yes', '--to', 'x'],
      /^error: found --to "x", expected NAME=OTHER, NAME=SERVER\/OTHER or NAME=URL\n/,
    ],
    [['restore', '--yes', '--to', 'x=y'], /^error: --to names "x", which is not among the sources to restore: /],
    [['verify', '--all', '--sample', '10%'], /^error: found --all and --sample, expected one of them\n/],
    [['verify', '--sample', 'all'], /^error: found --sample "all", expected a share such as 10%\n/],
    [['drill', '--image', 'x'], /^error: found --image "x", expected KIND=NAME\n/],
    [['verify', '--all', 'x'], /^error: found --all and names of sets, expected one of them\n/],
  ];
  for (const [words, expected] of cases) {
    const { code, stdout, stderr } = await project.run(...words);
    assert.match(stderr, expected);
    assert.deepEqual([code, stdout], [2, ''], words.join(' '));
  }
  const bare = await project.run();
  assert.equal(bare.code, 2);
  assert.match(bare.stdout, /^Usage: holdfast /);
});

test('a setting that is not known or has a wrong value ends with exit code 2 and its file, line and column', async () => {
  await using other = await openProject();
  await writeFile(join(other.folder, '.env'), 'BACKUP_RETENTION_DAY=3\nBACKUP_PARALLEL="none"\n');
  const fromEnv = await other.run('list');
  assert.equal(fromEnv.code, 2);
  assert.match(
    fromEnv.stderr,
    /\.env:1:1: "BACKUP_RETENTION_DAY" is not a setting of Holdfast; did you mean "BACKUP_RETENTION_DAYS"\?/,
  );
  assert.match(fromEnv.stderr, /\.env:2:18: BACKUP_PARALLEL is "none", expected a whole number from 1 to 64/);
  await rm(join(other.folder, '.env'));
  await writeFile(join(other.folder, 'holdfast.yaml'), 'environment: shop\nretension:\n  days: 3\n');
  const fromYaml = await other.run('list');
  assert.equal(fromYaml.code, 2);
  assert.match(fromYaml.stderr, /holdfast\.yaml:2:1: /);
});

test('--json of every verb is one JSON document on standard output and nothing else', async () => {
  await using copy = await copyOfProject();
  const cases: readonly (readonly [string[], number, string])[] = [
    [['backup', '--dry-run'], 0, 'dumps'],
    [['backup', '-n', '-c', 'all'], 0, 'dumps'],
    [['backup', 'mongo'], 0, 'manifest'],
    [['list'], 0, 'entries'],
    [['verify'], 0, 'sets'],
    [['verify', '--deep'], 0, 'sets'],
    [['verify', '--sample', '10%'], 0, 'sets'],
    [['status'], 0, 'verdict'],
    [['prune', '--dry-run'], 0, 'decisions'],
    [['prune'], 0, 'decisions'],
    [['restore', '--dry-run', '--only', 'mongo'], 0, 'sources'],
    [['restore', '--yes', '--only', 'mongo'], 0, 'sources'],
    [['restore'], 2, 'error'],
    [['restore', '2001', '--yes'], 1, 'error'],
    [['restore', '--colour'], 2, 'error'],
    [['lisst'], 2, 'error'],
  ];
  for (const [words, code, field] of cases) {
    const { run, value } = await copy.json(...words);
    assert.equal(run.code, code, `${words.join(' ')}: ${run.stderr}`);
    assert.ok(field in value, `${words.join(' ')}: ${run.stdout}`);
    assert.doesNotMatch(run.stdout, /Kw4gga|g0ggo/, 'a password was printed');
  }
  assert.deepEqual(await changesSince(original, tiny), []);
});

test('a dry run of backup, restore and prune changes nothing, neither in the folder nor in the databases', async () => {
  await using copy = await copyOfProject();
  copy.environment.BACKUP_RETENTION_DAYS = '1';
  await tiny.change();
  const changed = await tiny.content();
  const listing = await listingOf(copy.folder);
  for (const words of [['backup'], ['restore', sets[0] ?? '', '--to', `${tiny.name}=other`], ['prune']]) {
    const { code, stdout, stderr } = await copy.run(...words, '--dry-run');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /dry run: nothing was|0 sets would be removed/);
  }
  assert.deepEqual(await listingOf(copy.folder), listing);
  assert.deepEqual(await changesSince(changed, tiny), []);
  await tiny.fill();
});

test('a restore without a terminal and without --yes is refused at once, and nothing is changed', async () => {
  await tiny.change();
  const changed = await tiny.content();
  const { code, stdout, stderr } = await project.run('restore');
  assert.deepEqual([code, stdout], [2, '']);
  assert.equal(
    stderr,
    'error: a restore replaces data, and there is no terminal to confirm it on\n' +
      '  now: nothing was changed\n  try: add --yes, or --dry-run to see the plan first\n',
  );
  assert.deepEqual(await changesSince(changed, tiny), []);
  await tiny.fill();
});

test('on a terminal the wrong word refuses, Ctrl-C ends, and the name of the environment restores', async (context) => {
  if (!(await works('script', ['-qec', 'true', '/dev/null']))) return context.skip('needs "script" of util-linux');
  await tiny.change();
  const changed = await tiny.content();
  const wrong = await answerOnTerminal(project, 'yes\r', 'restore');
  assert.equal(wrong.code, 1, wrong.stdout);
  assert.match(wrong.stdout, /not confirmed: found "yes", expected "test-shop"\s+now: nothing was changed/);
  const interrupted = await answerOnTerminal(project, '\x03', 'restore');
  assert.equal(interrupted.code, 130, interrupted.stdout);
  assert.deepEqual(await changesSince(changed, tiny), []);
  const right = await answerOnTerminal(project, 'test-shop\r', 'restore');
  assert.equal(right.code, 0, right.stdout);
  assert.match(right.stdout, /This replaces 2 databases\. Type the environment's name \(test-shop\) to go on:/);
  assert.deepEqual(await changesSince(original, tiny), []);
  assert.deepEqual(await project.names(), sets);
});

test('a set is found by any unambiguous beginning; an ambiguous one ends with exit code 2 and the candidates', async () => {
  const year = new Date().getUTCFullYear();
  const ambiguous = await project.run('verify', String(year));
  assert.equal(ambiguous.code, 2);
  for (const name of sets) assert.ok(ambiguous.stderr.includes(`"${name}"`), ambiguous.stderr);
  const [first = '', second = ''] = sets;
  const named = await project.json('verify', second);
  assert.equal(named.value.sets[0]?.set, second);
  await using copy = await copyOfProject();
  await rm(join(copy.backups, first), { recursive: true });
  const begun = await copy.json('verify', second.slice(0, 12));
  assert.equal(begun.value.sets[0]?.set, second, begun.run.stderr);
  const none = await copy.run('restore', '1999', '--yes');
  assert.equal(none.code, 1);
  assert.match(none.stderr, new RegExp(`found no set "1999"; the nearest of 1: "${second}"`));
});

test('"make" alone prints every target with what it does', async () => {
  const { code, stdout } = await make(top);
  assert.equal(code, 0);
  const targets = ['backup-db', 'backup-db-mongo', 'backup-db-postgres', 'restore-db', 'restore-db-mongo'];
  for (const target of [
    ...targets,
    'restore-db-postgres',
    'menu',
    'backup-list',
    'backup-verify',
    'backup-prune',
    'demo',
    'test',
  ]) {
    assert.match(stdout, new RegExp(`^ {2}make ${target} +[A-Z]`, 'm'));
  }
});

test('the make targets work from the folder of another project', async () => {
  await using other = await tiny.project();
  const call = async (...words: string[]): Promise<Run> => {
    const ended = await make(other.folder, other, ...words);
    assert.equal(ended.code, 0, `make ${words.join(' ')}: ${ended.stderr}`);
    return ended;
  };
  const postgresOnly = (await call('backup-db-postgres', 'ARGS=--dry-run')).stdout;
  assert.match(postgresOnly, /^dump +postgres\/hf_commands /m);
  assert.doesNotMatch(postgresOnly, /mongo\//);
  assert.match((await call('backup-db-mongo')).stdout, /mongo\/hf_commands/);
  await call('backup-db');
  assert.match((await call('backup-list')).stdout, /^2 complete sets, /m);
  const [mongo = '', both = ''] = (await other.json('list')).value.entries.map(({ name }) => name);
  assert.match((await call('backup-verify', `BACKUP=${mongo}`)).stdout, new RegExp(`^${mongo} +readable`, 'm'));
  assert.match((await call('backup-prune', 'ARGS=--dry-run')).stdout, /^0 sets would be removed/m);
  await tiny.change();
  await call('restore-db-mongo', `BACKUP=${mongo}`, 'ARGS=--yes');
  const left = await changesSince(original, tiny);
  assert.ok(left.length > 0 && !left.some((line) => /documents/.test(line)), left.join('\n'));
  assert.match(
    (await call('restore-db-postgres', 'ARGS=--dry-run')).stdout,
    new RegExp(`^restore of the set ${both}: every byte checked`, 'm'),
  );
  await call('restore-db', `BACKUP=${both}`, 'ARGS=--yes');
  assert.deepEqual(await changesSince(original, tiny), []);
  const failed = await make(other.folder, other, 'restore-db', 'BACKUP=1999', 'ARGS=--yes');
  assert.match(failed.stderr, /found no set "1999"[\s\S]*Error 1/);
});

test('the launcher works from any folder, through symbolic links and by its name on the PATH', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast links '));
  context.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'bin'));
  await symlink(join(top, 'holdfast'), join(folder, 'direct'));
  await symlink('../direct', join(folder, 'bin/holdfast'));
  for (const [program, path] of [
    [join(folder, 'direct'), process.env.PATH],
    ['../direct', process.env.PATH],
    ['holdfast', `${join(folder, 'bin')}:${process.env.PATH}`],
  ] as const) {
    const ended = await collect(program, ['list'], {
      cwd: join(folder, 'bin'),
      env: { PATH: path, HOME: process.env.HOME },
    });
    assert.deepEqual([ended.code, ended.stderr], [0, ''], program);
    assert.match(ended.stdout, /^no sets in .*holdfast links .*\/bin\/backups; make one with: holdfast backup\n$/);
  }
});

async function copyOfProject(): Promise<Project> {
  const copy = await tiny.project();
  await cp(project.backups, copy.backups, { recursive: true });
  return copy;
}

/** Every path below a folder with size and time of the last change. */
async function listingOf(folder: string): Promise<string[]> {
  const paths = (await readdir(folder, { recursive: true })).sort();
  const facts = paths.map(async (path) => {
    const { size, mtimeMs, isFile } = await stat(join(folder, path)).then((found) => ({
      ...found,
      isFile: found.isFile(),
    }));
    return isFile ? `${path} ${size} ${mtimeMs}` : path;
  });
  return Promise.all(facts);
}

/** Runs the program on a terminal of its own and types once it asks. Both outputs come together, as a person sees them. */
function answerOnTerminal(place: Project, answer: string, ...words: string[]): Promise<Run> {
  const command = [join(top, 'holdfast'), ...words].join(' ');
  return collect(
    'script',
    ['-qfec', command, '/dev/null'],
    { cwd: place.folder, env: place.environment },
    (text, type) => {
      if (/to go on:/.test(text)) type(answer);
    },
  );
}

function make(folder: string, place?: Project, ...words: string[]): Promise<Run> {
  const env = place?.environment ?? process.env;
  return collect('make', ['--no-print-directory', '-f', join(top, 'Makefile'), ...words], { cwd: folder, env });
}

async function collect(
  program: string,
  words: readonly string[],
  options: { cwd: string; env: Record<string, string | undefined> },
  watch: (text: string, type: (words: string) => void) => void = () => {},
): Promise<Run> {
  const child = spawn(program, words, { ...options, env: options.env as NodeJS.ProcessEnv });
  let [stdout, stderr, typed] = ['', '', false];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (!typed) {
      watch(stdout, (answer) => {
        typed = true;
        child.stdin.write(answer);
      });
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  if (program !== 'script') child.stdin.end();
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout, stderr };
}
