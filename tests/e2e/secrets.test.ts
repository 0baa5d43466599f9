/** Env files, keys and certificates: their way into a set and back, and everywhere that they must not show. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { rcloneProgram } from '../stack/rclone.ts';
import { openProject, type Project } from './holdfast.ts';

/** In every secret; none of it may be printed or written but in the files themselves. */
const CANARY = 'CaNaRy7f3';

const ENV = `# the shop\nDB_PASSWORD="${CANARY} one"\nAPI_KEY=${CANARY}two\n${CANARY}bGluZQ==\nURL=https://x/?a=b\n`;
const KEY = `-----BEGIN PRIVATE KEY-----\n${CANARY}\nc2VjcmV0=\n-----END PRIVATE KEY-----\n`;

let project: Project;
/** Everything that was printed. */
let printed = '';

async function run(...words: string[]) {
  const ended = await project.run(...words);
  printed += ended.stdout + ended.stderr;
  return { ...ended, said: ended.stdout + ended.stderr };
}

async function good(...words: string[]): Promise<string> {
  const { code, said } = await run(...words);
  assert.equal(code, 0, `${words.join(' ')}: ${said}`);
  return said;
}

const at = (path: string): string => join(project.folder, path);
const text = (path: string): Promise<string> => readFile(at(path), 'utf8');

/** Names, modes and content of everything in the folder but the sets and what Holdfast keeps. */
function listing(folder = project.folder): string {
  const find = `find . \\( -path ./backups -o -path ./state -o -path ./box \\) -prune -o -printf '%P %y %m %u %l\\n' | sort`;
  const sums = `find . \\( -path ./backups -o -path ./state -o -path ./box \\) -prune -o -type f -print | sort | xargs sha256sum`;
  return execFileSync('sh', ['-e', '-c', `${find}; ${sums}`], { cwd: folder, encoding: 'utf8' });
}

async function withoutEncryption<Result>(work: () => Promise<Result>): Promise<Result> {
  const { BACKUP_AGE_RECIPIENTS, ...others } = project.environment;
  project.environment.BACKUP_AGE_RECIPIENTS = undefined;
  try {
    return await work();
  } finally {
    Object.assign(project.environment, others, { BACKUP_AGE_RECIPIENTS });
  }
}

let original: string;

before(async () => {
  project = await openProject();
  Object.assign(project.environment, {
    BACKUP_DISCOVER: 'no',
    XDG_STATE_HOME: at('state'),
    BACKUP_SECRETS: '.env,keys,config/*.pem',
    BACKUP_SECRETS_PLAIN: undefined,
  });
  await mkdir(at('keys/jwt'), { recursive: true });
  await mkdir(at('config'));
  await mkdir(at('state'));
  await writeFile(at('.env'), ENV, { mode: 0o600 });
  await writeFile(at('keys/jwt/private.pem'), KEY, { mode: 0o600 });
  await writeFile(at('keys/jwt/public.pem'), 'public\n', { mode: 0o644 });
  await writeFile(at('keys/.gitignore'), '*\n');
  await writeFile(at('config/site.pem'), `${CANARY} cert\n`, { mode: 0o640 });
  await writeFile(at('config/app.json'), '{}\n');
  execFileSync('sh', ['-c', 'chmod 700 keys; chmod 750 keys/jwt; ln -s jwt/private.pem keys/current'], {
    cwd: project.folder,
  });
  original = listing();
  const { run: made, value } = await project.json(
    'keys',
    'init',
    '--yes',
    '--output',
    join(project.folder, 'state/id'),
  );
  assert.equal(made.code, 0, made.stderr + made.stdout);
  const key = value as unknown as { file: string; recipient: string };
  Object.assign(project.environment, { BACKUP_AGE_RECIPIENTS: key.recipient, BACKUP_AGE_IDENTITY: key.file });
  await good('backup');
});

after(() => project?.[Symbol.asyncDispose]());

test('one encrypted archive is made; the manifest counts files and has no sum of any', async () => {
  const [set] = await project.names();
  const manifest = JSON.parse(await text(`backups/${set}/manifest.json`));
  assert.deepEqual(
    manifest.sources.map(({ kind, name, artifacts }: { kind: string; name: string; artifacts: { path: string }[] }) => [
      kind,
      name,
      artifacts.map(({ path }) => path),
    ]),
    [['secrets', 'config', ['secrets/config.tar.gz.age']]],
  );
  assert.deepEqual(manifest.sources[0].fingerprint, { counts: { '.': 1, config: 1, keys: 4 } });
});

test('yes alone does not restore secrets, and leaves everything as it is', async () => {
  await writeFile(at('config/site.pem'), 'other\n');
  const { code, said } = await run('restore', '--yes');
  assert.equal(code, 2, said);
  assert.match(said, /add --secrets beside --yes/);
  assert.equal(await text('config/site.pem'), 'other\n');
});

test('lost and changed files come back as they were, env files stay and are compared by name, an undo takes all back', async () => {
  const env = `DB_PASSWORD="${CANARY} changed"\n${CANARY}bGluZQ==\nURL=https://x/?a=b\nMINE=${CANARY}\n`;
  await writeFile(at('.env'), env);
  await writeFile(at('keys/extra.pem'), CANARY);
  await rm(at('keys/jwt'), { recursive: true });
  const changed = listing();
  const planned = await good('restore', '--dry-run');
  assert.match(planned, /DB_PASSWORD: differs, API_KEY: only in the set, MINE: only here; it is left as it is/);
  for (const line of ['added     keys/jwt/private.pem', 'replaced  config/site.pem', 'same      keys/current'])
    assert.ok(planned.includes(line), line);
  assert.match(planned, /kept {6}\.env/);
  assert.match(planned, /left {6}keys\/extra\.pem/);
  assert.equal(listing(), changed);
  await good('restore', '--yes', '--secrets');
  assert.equal(await text('.env'), env);
  assert.equal(await text('keys/jwt/private.pem'), KEY);
  assert.equal((await stat(at('keys/jwt'))).mode & 0o777, 0o750);
  assert.equal((await stat(at('keys/jwt/private.pem'))).mode & 0o777, 0o600);
  assert.equal(await text('config/site.pem'), `${CANARY} cert\n`);
  await good('undo', '--yes');
  assert.equal(await text('config/site.pem'), 'other\n');
  assert.ok(!(await readdir(at('keys/jwt'))).includes('private.pem'));
  await good('undo', '--yes');
  assert.equal(await text('keys/jwt/private.pem'), KEY);
  await good('restore', '--yes', '--secrets', '--force-config');
  assert.equal(await text('.env'), ENV);
  await good('restore', '--forget', '--yes');
  await rm(at('keys/extra.pem'));
  assert.equal(listing(), original);
});

test('on an empty machine without settings everything comes back, env file and all', async () => {
  const folder = at('state/new');
  await mkdir(folder);
  const { BACKUP_SECRETS } = project.environment;
  project.environment.BACKUP_SECRETS = undefined;
  await good('restore', '--yes', '--secrets', '--to', `config=${folder}`);
  project.environment.BACKUP_SECRETS = BACKUP_SECRETS;
  await good('restore', '--forget', '--yes');
  execFileSync('sh', ['-c', `rm -rf ${folder}/.holdfast-secrets.*`]);
  for (const path of ['.env', 'keys/jwt/private.pem', 'config/site.pem'])
    assert.equal(await readFile(join(folder, path), 'utf8'), await text(path), path);
  assert.ok((await lstat(join(folder, 'keys/current'))).isSymbolicLink());
});

test('a drill tries them in a folder of its own, which goes', async () => {
  const folder = await mkdtemp(at('state/drill-'));
  project.environment.TMPDIR = folder;
  assert.match(await good('drill'), /PASS: set/);
  assert.deepEqual(await readdir(folder), []);
  project.environment.TMPDIR = undefined;
});

test('nothing is written through a link in the place of a folder', async () => {
  execFileSync('sh', ['-c', 'mv config state/config; ln -s state/config config; rm state/config/site.pem'], {
    cwd: project.folder,
  });
  const { code, said } = await run('restore', '--yes', '--secrets');
  assert.equal(code, 1, said);
  assert.match(said, /config is a link, and "config\/site\.pem" lies behind it/);
  execFileSync('sh', ['-c', 'rm config; mv state/config config'], { cwd: project.folder });
  await good('restore', '--yes', '--secrets');
  await good('restore', '--forget', '--yes');
  assert.equal(listing(), original);
});

test('a file that is named and missing fails the backup; so does a pattern that fits nothing', async () => {
  const { BACKUP_SECRETS } = project.environment;
  for (const wrong of ['.env,nothing.pem', '.env,config/*.key']) {
    project.environment.BACKUP_SECRETS = wrong;
    const { code, said } = await run('backup');
    assert.equal(code, 1, said);
    assert.match(said, /there is nothing at .*(?:nothing\.pem|config\/\*\.key)/);
  }
  project.environment.BACKUP_SECRETS = BACKUP_SECRETS;
});

test('in the clear they stay on this machine, unless the person insists, and is told each time', async () => {
  const config = at('state/rclone.conf');
  await mkdir(at('box'));
  await writeFile(config, '[box]\ntype = local\n');
  const sets = await project.names();
  const far = {
    BACKUP_STORAGE: 'local,rclone',
    BACKUP_RCLONE_REMOTE: `box:${at('box')}`,
    BACKUP_RCLONE_CONFIG: config,
  };
  await withoutEncryption(async () => {
    Object.assign(project.environment, far, { BACKUP_RCLONE_PROGRAM: await rcloneProgram() });
    const refused = await run('backup');
    assert.equal(refused.code, 1, refused.said);
    assert.match(refused.said, /secrets would go to the storage "rclone" in the clear/);
    assert.deepEqual(await project.names(), sets);
    await good('backup', '--to', 'local');
    const plain = (await project.names()).find((name) => !sets.includes(name)) as string;
    const exported = await run('export', plain, '--output', at('state/set.tar.gz'));
    assert.match(exported.said, /would go to .*set\.tar\.gz in the clear/);
    assert.match((await run('backup', '--output', at('state/x.tar.gz'))).said, /would go to .*x\.tar\.gz in the clear/);
    const copied = await run('copy', plain, '--to', 'rclone');
    assert.equal(copied.code, 3, copied.said);
    assert.match(copied.said, /would go to the storage "rclone" in the clear/);
    assert.match(await good('copy', '--to', 'rclone'), /holds secrets in the clear, and is not copied/);
    assert.ok(!(await readdir(at('box'))).includes(plain));
    project.environment.BACKUP_SECRETS_PLAIN = 'yes';
    assert.match(await good('copy', plain, '--to', 'rclone'), /secrets go to the storage "rclone" in the clear/);
    assert.ok((await readdir(at('box'))).includes(plain));
    await rm(at(`backups/${plain}`), { recursive: true });
    await rm(at('box'), { recursive: true });
    Object.assign(project.environment, { BACKUP_STORAGE: undefined, BACKUP_SECRETS_PLAIN: undefined });
  });
});

test('recipients of their own open them, and nobody else; what else the set holds needs no identity for them', async () => {
  const { run: made, value } = await project.json('keys', 'init', '--yes', '--output', at('state/own'));
  assert.equal(made.code, 0, made.stderr);
  const own = value as unknown as { file: string; recipient: string };
  await writeFile(at('state/note'), 'note\n');
  const { BACKUP_AGE_IDENTITY } = project.environment;
  Object.assign(project.environment, { BACKUP_FILES: 'state/note', BACKUP_SECRETS_RECIPIENTS: own.recipient });
  const before = await project.names();
  await good('backup');
  const set = (await project.names()).find((name) => !before.includes(name)) as string;
  const manifest = JSON.parse(await text(`backups/${set}/manifest.json`));
  assert.deepEqual(
    manifest.sources.map(({ kind, recipients }: { kind: string; recipients?: string[] }) => [kind, recipients]),
    [
      ['files', undefined],
      ['secrets', [own.recipient]],
    ],
  );
  assert.match(
    await text(`backups/${set}/RESTORE.md`),
    new RegExp(`${own.recipient}\`, which opens secrets/config alone`),
  );
  await rm(at('state/note'));
  await rm(at('config/site.pem'));
  assert.match((await run('restore', set, '--yes', '--secrets')).said, /secrets\/config\.tar\.gz|identit/);
  await assert.rejects(stat(at('state/note')), { code: 'ENOENT' });
  await good('restore', set, '--yes', '--components', 'files');
  assert.equal(await text('state/note'), 'note\n');
  project.environment.BACKUP_AGE_IDENTITY = `${BACKUP_AGE_IDENTITY},${own.file}`;
  await good('restore', set, '--yes', '--secrets', '--only', 'secrets');
  await good('restore', '--forget', '--yes');
  assert.equal(listing(), original);
  Object.assign(project.environment, { BACKUP_FILES: undefined, BACKUP_SECRETS_RECIPIENTS: undefined });
});

test('without settings no secrets are taken', async () => {
  const { BACKUP_SECRETS } = project.environment;
  project.environment.BACKUP_SECRETS = undefined;
  assert.match((await run('backup', 'secrets')).said, /the settings name no secrets/);
  project.environment.BACKUP_SECRETS = BACKUP_SECRETS;
});

test('no value of a secret was printed, or written but in the files themselves', async () => {
  assert.ok(!printed.includes(CANARY), 'printed');
  const found = execFileSync('sh', ['-c', `grep -rlaF ${CANARY} . || true`], { cwd: project.folder, encoding: 'utf8' });
  const own = /^\.\/(?:state\/new\/)?(?:\.env|keys\/|config\/site\.pem)/;
  assert.deepEqual(
    found.split('\n').filter((path) => path !== '' && !own.test(path)),
    [],
  );
  assert.ok(found.includes('./.env'), 'the search finds what there is');
});
