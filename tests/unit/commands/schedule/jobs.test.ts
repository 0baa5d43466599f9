import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { jobsOf, LAUNCHER } from '../../../../scripts/commands/schedule/jobs.ts';
import type { Workbench } from '../../../../scripts/commands/workbench.ts';
import { load } from '../../config/folder.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-jobs-'));
  for (const name of ['engine', 'other']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'engine', 'podman'), '', { mode: 0o755 });
});
after(() => rm(folder, { recursive: true, force: true }));

async function jobWith(environment: Record<string, string>, delays = false) {
  const config = await load({ files: { '.env': 'BACKUP_SCHEDULE=30 1 * * *\nBACKUP_START_DELAY_MINUTES=7\n' } });
  const destinations = [{ name: 'local', storage: { lockFolder: '/srv/sets', location: '/srv/sets' } }];
  const bench = { config, destinations } as unknown as Workbench;
  const [job] = jobsOf(bench, environment, delays);
  assert.ok(job);
  return job;
}

test('a job calls the launcher by its absolute path, and waits by itself where the scheduler does not', async () => {
  const job = await jobWith({});
  assert.match(job.command[0], /^\/.*\/holdfast$/);
  assert.deepEqual(job.command.slice(1), ['schedule', 'run', 'backup', '--delay', '420']);
  assert.deepEqual((await jobWith({}, true)).command.slice(1), ['schedule', 'run', 'backup']);
  assert.equal(job.logFile, '/srv/sets/logs/backup.log');
  assert.deepEqual(job.writable, ['/srv/sets', '/srv/sets/logs']);
});

test('its PATH has the folders of Node and of the programs that a run starts, and not the rest of a shell', async () => {
  const PATH = `${folder}/other:relative:${folder}/engine:/usr/bin`;
  const { environment } = await jobWith({ PATH });
  const folders = (environment.PATH ?? '').split(':');
  assert.deepEqual(folders.slice(0, 2), [dirname(process.execPath), `${folder}/engine`]);
  assert.equal(folders.includes(`${folder}/other`), false);
  assert.equal(folders.includes('relative'), false);
  assert.ok(folders.includes('/usr/bin'));
});

test('two shells of one person give the same job', async () => {
  const one = await jobWith({ PATH: '/usr/bin', LANG: 'de_DE.UTF-8', SSH_AUTH_SOCK: '/tmp/1', TERM: 'xterm' });
  const other = await jobWith({ PATH: '/home/me/bin:/usr/bin', LANG: 'C', SSH_AUTH_SOCK: '/tmp/2' });
  assert.deepEqual({ ...one.environment }, { ...other.environment });
});

test('a password in a proxy does not go into what is installed', async () => {
  const { environment } = await jobWith({
    HTTPS_PROXY: 'http://me:sesame@proxy:3128',
    DOCKER_HOST: 'unix:///run/d.sock',
  });
  assert.equal(environment.HTTPS_PROXY, undefined);
  assert.equal(environment.DOCKER_HOST, 'unix:///run/d.sock');
});

test('jobs start a launcher that is there', async () => {
  await access(LAUNCHER, constants.X_OK);
});
