/** Set-ups that are broken in one way each: the doctor names the way, and what mends it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import type { Finding } from '../../scripts/commands/doctor/finding.ts';
import { faultProxy } from '../contract/fault-proxy.ts';
import { httpPlace } from '../contract/notify-place.ts';
import { freePort } from '../stack/daemon.ts';
import { psql } from '../stack/data/psql.ts';
import { installPrograms } from '../stack/host.ts';
import { type Minio, makeBucket, startMinio } from '../stack/minio.ts';
import { run, works } from '../stack/run.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import type { Project } from './holdfast.ts';
import { openTiny, type Tiny } from './tiny.ts';

const SERVICES = ['postgres', 'postgres-old', 'mongo'] as const;

let stack: Stack<(typeof SERVICES)[number]>;
let tiny: Tiny;
let minio: Minio;
let buckets = 0;

before(async () => {
  stack = await attachOrStart({ services: SERVICES });
  tiny = await openTiny(stack, 'doctor');
  minio = await startMinio();
});

after(async () => {
  await tiny?.[Symbol.asyncDispose]();
  await minio?.stop();
  await stack?.stop();
});

/** Asks the doctor. */
async function examine(project: Project, ...words: string[]): Promise<{ code: number | null; findings: Finding[] }> {
  const { run: ended, value } = await project.json('doctor', ...words);
  const { findings } = value as unknown as { findings?: Finding[] };
  assert.ok(findings, ended.stderr);
  for (const finding of findings) {
    if (finding.level === 'ok') continue;
    assert.ok(finding.why && finding.mend, `${finding.about} lacks why or what mends it`);
  }
  return { code: ended.code, findings };
}

/** The one finding about something that is not in order. */
function complaint(findings: readonly Finding[], about: RegExp): Finding {
  const found = findings.filter((finding) => finding.level !== 'ok' && about.test(finding.about));
  assert.equal(found.length, 1, JSON.stringify(findings, undefined, 1));
  return found[0] as Finding;
}

test('a set-up in which all is well has no problem, and names what is in order', async () => {
  await using project = await tiny.project();
  assert.equal((await project.run('backup')).code, 0);
  const { code, findings } = await examine(project);
  assert.deepEqual(
    findings.filter(({ level }) => level === 'problem'),
    [],
  );
  assert.equal(code, 1, 'it still warns: no schedule, nobody told, one storage');
  const fine = findings.filter(({ level }) => level === 'ok').map(({ about }) => about);
  for (const about of ['server postgres', 'server mongo', 'storage local', 'newest good set', 'last backup run']) {
    assert.ok(fine.includes(about), `${about}: ${fine}`);
  }
  assert.equal((await project.names()).length, 1, 'the doctor left something behind');
  const { stdout } = await project.run('doctor');
  assert.match(stdout, /^✓ storage local: .* takes, lists, gives back and removes/m);
  assert.match(stdout, /^\d+ in order, \d+ to look at, 0 that will make a backup or a restore fail$/m);
});

test('settings that cannot be read are the one finding, with file and line', async () => {
  await using project = await tiny.project();
  await writeFile(join(project.folder, '.env'), 'BACKUP_RETENTION_DAYS=never\n');
  const { code, findings } = await examine(project);
  assert.equal(code, 2);
  assert.match(complaint(findings, /settings/).what, /\.env:1:23: BACKUP_RETENTION_DAYS is "never"/);
});

test('an engine that does not run is named', async () => {
  await using project = await tiny.project();
  Object.assign(project.environment, { CONTAINER_CMD: 'docker', DOCKER_HOST: 'unix:///nonexistent/docker.sock' });
  const { code, findings } = await examine(project);
  assert.equal(code, 2);
  const finding = complaint(findings, /^server/);
  assert.match(finding.what, /docker/);
  assert.match(finding.mend ?? '', /docker|start|install/i);
});

test('a wrong password is named, and never shown', async () => {
  await using project = await tiny.project();
  const wrong = new URL(stack.postgres.url);
  wrong.password = 'sesame-open';
  await installPrograms({ pg_dump: 'postgresql-client' });
  Object.assign(project.environment, {
    POSTGRES_CONTAINER: undefined,
    POSTGRES_URL: wrong.href,
  });
  const { run: ended, value } = await project.json('doctor');
  const { findings } = value as unknown as { findings: Finding[] };
  assert.equal(ended.code, 2);
  const finding = complaint(findings, /server postgres/);
  assert.match(finding.what, /password authentication failed|denied/i);
  assert.match(finding.mend ?? '', /password/);
  assert.equal(`${ended.stdout}${ended.stderr}`.includes('sesame-open'), false);
});

test('a login that may read everything and restore nothing is warned of', async () => {
  await using project = await tiny.project();
  const server = stack['postgres-old'];
  await psql(
    server,
    'postgres',
    `DROP ROLE IF EXISTS hf_reader; CREATE ROLE hf_reader LOGIN PASSWORD 'r' IN ROLE pg_read_all_data`,
  );
  try {
    await installPrograms({ pg_dump: 'postgresql-client' });
    const url = new URL(server.url);
    [url.username, url.password] = ['hf_reader', 'r'];
    Object.assign(project.environment, {
      POSTGRES_CONTAINER: undefined,
      POSTGRES_URL: url.href,
      POSTGRES_DATABASES: 'postgres',
    });
    const finding = complaint((await examine(project)).findings, /^restore to postgres/);
    assert.deepEqual(
      [finding.level, finding.what],
      ['warning', 'the role "hf_reader" may not make databases: it lacks CREATEDB'],
    );
  } finally {
    await psql(server, 'postgres', 'DROP ROLE hf_reader');
  }
});

test('tools that are older than the server are named', async () => {
  await using project = await tiny.project();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-old-tools-'));
  try {
    // Those of the machine, which give themselves out for old ones.
    for (const tool of ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql']) {
      const program = `#!/bin/sh\ncase "$*" in *--version*) echo "${tool} (PostgreSQL) 13.9"; exit 0 ;; esac\nexec /usr/bin/${tool} "$@"\n`;
      await writeFile(join(folder, tool), program, { mode: 0o755 });
    }
    await installPrograms({ pg_dump: 'postgresql-client' });
    Object.assign(project.environment, {
      PATH: `${folder}:${process.env.PATH}`,
      POSTGRES_CONTAINER: undefined,
      POSTGRES_URL: stack.postgres.url,
    });
    const { code, findings } = await examine(project);
    assert.equal(code, 2);
    const finding = complaint(findings, /postgres/);
    assert.match(finding.what, /13\.9|older|version/);
    assert.match(finding.mend ?? '', /tool|install|version|new/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a disk without space for the next set is named before it is needed', async (context) => {
  await using project = await tiny.project();
  await mkdir(project.backups);
  if (!(await works('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'holdfast-test', project.backups]))) {
    return context.skip('no tmpfs can be mounted here');
  }
  try {
    assert.equal((await project.run('backup')).code, 0);
    const { bavail, bsize } = await statfs(project.backups);
    await writeFile(join(project.backups, 'filler'), Buffer.alloc((bavail - 8) * bsize));
    const { code, findings } = await examine(project);
    assert.equal(code, 2);
    const finding = complaint(findings, /storage local/);
    assert.match(finding.what, /disk is full|ENOSPC/);
    assert.match(finding.mend ?? '', /free some space/);
  } finally {
    await run('umount', [project.backups]);
  }
});

/** A bucket of the test's own, reached through a proxy that refuses what `denied` names. */
async function withBucket(context: Parameters<typeof faultProxy>[0], project: Project, denied: RegExp): Promise<void> {
  const { accessKeyId, secretAccessKey } = minio;
  buckets += 1;
  const bucket = `doctor-${buckets}`;
  await makeBucket(minio, bucket);
  const proxy = await faultProxy(context, minio.port, ({ method, url }) =>
    denied.test(`${method} ${url}`) ? { status: 403, code: 'AccessDenied', message: 'Access Denied.' } : undefined,
  );
  Object.assign(project.environment, {
    BACKUP_STORAGE: 's3',
    BACKUP_S3_BUCKET: bucket,
    BACKUP_S3_ENDPOINT: proxy.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
}

for (const [what, denied] of [
  ['writing', /^PUT/],
  ['uploads in parts', /^POST .*uploads/],
  ['deleting', /^(?:DELETE|POST .*\?delete)/],
] as const) {
  test(`a key that lacks the right for ${what} is named`, async (context) => {
    await using project = await tiny.project();
    await withBucket(context, project, denied);
    const { code, findings } = await examine(project);
    assert.equal(code, 2);
    const finding = complaint(findings, /storage s3/);
    assert.match(finding.what, /den|refus|right/i);
    assert.match(finding.mend ?? '', /right|key|policy/);
  });
}

const LIFECYCLE = `<?xml version="1.0"?><LifecycleConfiguration><Rule><ID>unfinished</ID><Status>Enabled</Status>
<Filter><Prefix></Prefix></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation>
</AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>`;

test('a bucket whose incomplete uploads nobody ends is advised about, and one with the rule is not', async (context) => {
  await using project = await tiny.project();
  await withBucket(context, project, /^$/);
  const before = await examine(project);
  assert.match(complaint(before.findings, /settings of s3/).mend ?? '', /AbortIncompleteMultipartUpload/);
  // MinIO keeps no such rule; what AWS answers of one stands here.
  const proxy = await faultProxy(context, minio.port, ({ method, url }) =>
    method === 'GET' && /[?&]lifecycle/.test(url) ? { body: LIFECYCLE } : undefined,
  );
  project.environment.BACKUP_S3_ENDPOINT = proxy.endpoint;
  const { findings } = await examine(project);
  assert.deepEqual(
    findings.filter(({ about }) => about === 'settings of s3'),
    [],
  );
});

test('a clock that is off by an hour is named', async () => {
  await using project = await tiny.project();
  await using place = await httpPlace((_, answer) => {
    answer.setHeader('date', new Date(Date.now() - 60 * 60 * 1000).toUTCString());
    return false;
  });
  project.environment.BACKUP_PING_URL = `http://127.0.0.1:${place.port}/secret-of-the-ping`;
  const { code, findings } = await examine(project);
  assert.equal(code, 2);
  const finding = complaint(findings, /clock/);
  assert.match(finding.what, /^(?:1 h 00 min|59 min \d+ s|60 min \d+ s) ahead of 127\.0\.0\.1/);
  assert.match(finding.mend ?? '', /timedatectl/);
});

test('a dead ping URL is named without its path', async () => {
  await using project = await tiny.project();
  project.environment.BACKUP_PING_URL = `http://127.0.0.1:${await freePort()}/secret-of-the-ping`;
  const { run: ended, value } = await project.json('doctor');
  const { findings } = value as unknown as { findings: Finding[] };
  assert.equal(ended.code, 2);
  const finding = complaint(findings, /notifier ping/);
  assert.match(finding.what, /127\.0\.0\.1/);
  assert.match(finding.mend ?? '', /holdfast notify/);
  assert.equal(`${ended.stdout}${ended.stderr}`.includes('secret-of-the-ping'), false);
});

test('a folder that privacy settings keep us from is told as such, not as missing rights', async (context) => {
  await using project = await tiny.project();
  await mkdir(project.backups);
  // Linux gives the answer of macOS (EPERM, to root as well) for a folder that must not be changed.
  if (!(await works('chattr', ['+i', project.backups]))) return context.skip('no chattr here');
  try {
    const { code, findings } = await examine(project);
    assert.equal(code, 2);
    const finding = complaint(findings, /storage local/);
    assert.match(finding.what, /EPERM|not permitted/i);
    assert.match(finding.mend ?? '', /Full Disk Access|protected against changes/);
  } finally {
    await run('chattr', ['-i', project.backups]);
  }
});

test('a stale lock is named with its owner, and --fix removes it', async () => {
  await using project = await tiny.project();
  const lock = await tiny.block();
  const { child } = project.start('backup');
  await tiny.blocked();
  process.kill(-(child.pid ?? 0), 'SIGKILL');
  await once(child, 'close');
  await lock[Symbol.asyncDispose]();
  const { findings } = await examine(project);
  const finding = complaint(findings, /^lock$/);
  assert.match(finding.what, /stale lock of "backup", process \d+ on host/);
  assert.match(finding.mend ?? '', /holdfast doctor --fix/);
  const { what, mend } = complaint(findings, /last backup run/);
  assert.match(what, /^died/);
  assert.match(mend ?? '', /holdfast logs 20/);
  const fixed = await project.json('doctor', '--fix');
  assert.deepEqual((fixed.value as unknown as { fixed: string[] }).fixed, ['removed the stale lock']);
  assert.equal((await project.names()).includes('.lock'), false);
});
