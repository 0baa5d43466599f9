/** InfluxDB, to the point: dump under a writer, restore over the live data, drill, undo, what is missing, kill. */
import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { quoteName } from '../../scripts/datastores/influxdb/influxql.ts';
import { type InfluxServer, influxServer } from '../stack/data/influxdb.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { openProject, type Project } from './holdfast.ts';

/** A name that means something to shells, to InfluxQL and to files. */
const SHOP = `sh op$"'1`;

let stack: Stack<'influxdb'>;
let server: InfluxServer;

before(async () => {
  stack = await attachOrStart({ services: ['influxdb'] });
  server = influxServer(stack.influxdb);
});

after(async () => {
  await stack?.stop();
});

async function openShop(): Promise<Project> {
  const project = await openProject();
  Object.assign(project.environment, {
    INFLUXDB_CONTAINER: server.container,
    INFLUXDB_DATABASES: 'shop',
    BACKUP_DISCOVER: 'no',
    CONTAINER_CMD: server.cli.name,
  });
  await server.fill('shop');
  return project;
}

async function mustRun(project: Project, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.run(...words);
  assert.equal(code, 0, `${words.join(' ')}\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** What a restore or a backup may leave on the server. */
async function leftovers(): Promise<string> {
  const databases = await server.ask('SHOW DATABASES');
  const folders = await server.shell('ls /tmp /var/tmp');
  return `${databases}${folders}`.match(/shop_new_\S*|holdfast\S*/g)?.join(' ') ?? '';
}

async function change(): Promise<string> {
  await server.ask('DELETE FROM cpu WHERE time < 1700800000000000000; DROP MEASUREMENT mem', 'shop');
  return await server.content('shop');
}

test('a dump under a writer is restored to the point with queries and rights, drilled, and undone', async () => {
  await using project = await openShop();
  const filled = await server.content('shop');
  assert.match(filled, /"cpu"/);
  assert.match(filled, /東京/);
  const write = 'influx -database shop -execute "INSERT ticks n=$n"';
  await server.shell('rm -f /tmp/stop');
  const writing = server.shell(`n=0; while [ ! -e /tmp/stop ]; do n=$((n + 1)); ${write}; done`);
  const { value } = await project.json('backup');
  await server.shell('touch /tmp/stop');
  await writing;
  const [source] = value.manifest.sources;
  assert.equal(source?.fingerprint.counts['autogen.cpu'], 200);
  assert.equal(source?.fingerprint.counts['a long year.mem'], 1, 'of the two points one has the field "free"');
  assert.equal(await leftovers(), '', 'the backup left something');
  await mustRun(project, 'verify', '--deep');
  const changed = await change();
  assert.notEqual(changed, filled);
  await mustRun(project, 'restore', '--yes');
  assert.equal(await server.content('shop'), filled);
  const around = await server.ask('SHOW CONTINUOUS QUERIES; SHOW GRANTS FOR reader');
  assert.match(around, /CREATE CONTINUOUS QUERY means ON shop/);
  assert.match(around, /\["shop","READ"\]/);
  assert.match(await mustRun(project, 'drill'), /influxdb\/shop +PASS/);
  await mustRun(project, 'undo', '--yes');
  assert.equal(await server.content('shop'), changed);
  assert.equal(await leftovers(), '');
});

test('a database of a hostile name is backed up, and restored where there is none and under another name', async () => {
  await using project = await openShop();
  await server.fill(SHOP);
  Object.assign(project.environment, { INFLUXDB_DATABASES: undefined });
  const filled = await server.content(SHOP);
  await mustRun(project, 'backup', `influxdb/${SHOP}`);
  await server.ask(`DROP DATABASE ${quoteName(SHOP)}`);
  await mustRun(project, 'restore', '--yes');
  assert.equal(await server.content(SHOP), filled);
  await mustRun(project, 'restore', '--yes', '--to', `influxdb/${SHOP}=copy`);
  assert.equal(await server.content('copy'), filled);
  await server.ask(`DROP DATABASE copy; DROP DATABASE ${quoteName(SHOP)}`);
});

test('a backup that lacks what the server has is a failure, however well influxd says that it ended', async () => {
  await using project = await openShop();
  await server.ask('CREATE DATABASE nothing');
  const liar = `for last; do :; done; case "$1" in backup) exec /usr/bin/influxd backup -portable -db nothing "$last" ;; esac; exec /usr/bin/influxd "$@"`;
  await server.shell(`printf '#!/bin/sh\\n%s\\n' '${liar}' >/usr/local/bin/influxd; chmod 755 /usr/local/bin/influxd`);
  try {
    const { code, stdout, stderr } = await project.run('backup');
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /has 0 shards, and lacks \d+ \(autogen\)/);
  } finally {
    await server.shell('rm /usr/local/bin/influxd');
    await server.ask('DROP DATABASE nothing');
  }
  assert.equal(await leftovers(), '');
});

test('a backup that is killed leaves no files, and a restore that is killed leaves what the next one mends', async () => {
  await using project = await openShop();
  const filled = await server.content('shop');
  const backup = project.start('backup');
  await until(async () => (await leftovers()).includes('holdfast-restore'));
  process.kill(-(backup.child.pid as number), 'SIGKILL');
  assert.equal((await backup.ended).signal, 'SIGKILL', 'it was over before it was killed');
  await until(async () => (await leftovers()) === '');
  await mustRun(project, 'backup');
  await change();
  const restore = project.start('restore', '--yes');
  await until(async () => (await leftovers()).includes('shop_new_'));
  process.kill(-(restore.child.pid as number), 'SIGKILL');
  assert.equal((await restore.ended).signal, 'SIGKILL', 'it was over before it was killed');
  await mustRun(project, 'restore', '--yes');
  assert.equal(await server.content('shop'), filled);
  await until(async () => (await leftovers()) === '');
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await isSo()); await sleep(50)) {
    assert.ok(Date.now() < end, `waited in vain; there is: ${await leftovers()}`);
  }
}
