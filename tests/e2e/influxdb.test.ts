/** InfluxDB, to the point: dump under a writer, restore over the live data, drill, undo, what is missing, kill. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { shellWord } from '../../scripts/common/shell-word.ts';
import { quoteName } from '../../scripts/datastores/influxdb/influxql.ts';
import { type InfluxServer, influxServer, keepWriting } from '../stack/data/influxdb.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { openProject, type Project } from './holdfast.ts';

/** A name that means something to shells, to InfluxQL and to files. */
const SHOP = `sh op$"'1`;

/** What no backup of the server brings back. */
const AROUND = 'SHOW CONTINUOUS QUERIES; SHOW GRANTS FOR reader';

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

test('under a client that never pauses a set is made, restored to the point with queries and rights, drilled, and undone', async () => {
  await using project = await openShop();
  const filled = await server.content('shop');
  assert.match(filled, /"cpu"/);
  assert.match(filled, /東京/);
  const writer = keepWriting(stack.influxdb, 'shop');
  let changed: string;
  try {
    const { value } = await project.json('backup');
    const [source] = value.manifest.sources;
    assert.equal(source?.fingerprint.counts['autogen.cpu'], 200);
    assert.equal(source?.fingerprint.counts['a long year.mem'], 1, 'of the two points one has the field "free"');
    assert.equal(await leftovers(), '', 'the backup left something');
    changed = await change();
    assert.notEqual(changed, filled);
    await mustRun(project, 'restore', '--yes');
    assert.equal(await server.content('shop'), filled);
    assert.match(await server.ask(AROUND), /CREATE CONTINUOUS QUERY means ON shop.*\["shop","READ"\]/s);
    await mustRun(project, 'undo', '--yes');
  } finally {
    const { written, made } = await writer.stop();
    assert.ok(written > 100 && made > 0, `${written} written, ${made} times made anew`);
  }
  assert.equal(await server.content('shop'), changed);
  assert.match(await mustRun(project, 'drill'), /influxdb\/shop +PASS/);
  assert.equal(await leftovers(), '');
});

test('when a client always makes the database anew first, the points are copied into it, also those beyond their policy', async () => {
  await using project = await openShop();
  const policy = 'RETENTION POLICY year ON shop DURATION';
  const old = BigInt(Date.now() - 364 * 24 * 3600 * 1000 - 60_000) * 1_000_000n;
  await server.ask(`CREATE ${policy} INF REPLICATION 1 SHARD DURATION 52w`);
  await server.ask(`INSERT INTO year old v=1 ${old}`, 'shop');
  await server.ask(`ALTER ${policy} 52w SHARD DURATION 52w DEFAULT`);
  const facts = async (): Promise<string> =>
    (await server.content('shop')) + (await server.ask('SELECT * FROM year.old; SHOW RETENTION POLICIES', 'shop'));
  const filled = await facts();
  assert.match(filled, /"old"/);
  await mustRun(project, 'backup');
  await change();
  await withProgram(
    'influxd',
    'case "$*" in *"-newdb"*) ;; restore*) influx -execute "CREATE DATABASE shop" ;; esac',
    async () => {
      assert.match(await mustRun(project, 'restore', '--yes'), /the points were copied into it out of "shop_new_/);
    },
  );
  assert.equal(await facts(), filled);
  assert.match(await server.ask(AROUND), /CREATE CONTINUOUS QUERY means ON shop.*\["shop","READ"\]/s);
  assert.equal(await leftovers(), '');
});

test('a database of a hostile name is restored by hand, where there is none, and under another name', async () => {
  await using project = await openShop();
  await server.fill(SHOP);
  Object.assign(project.environment, { INFLUXDB_DATABASES: undefined });
  const filled = await server.content(SHOP);
  await mustRun(project, 'backup', `influxdb/${SHOP}`);
  await server.ask('DELETE FROM cpu', SHOP);
  await followGuide(project);
  assert.equal(await server.content(SHOP), filled, 'the commands of RESTORE.md brought other data');
  const around = await server.ask(AROUND);
  assert.match(around, /CREATE CONTINUOUS QUERY means ON \\"sh op/);
  assert.match(around, /\["sh op.*","READ"\]/);
  await server.ask(`DROP DATABASE ${quoteName(SHOP)}`);
  await mustRun(project, 'restore', '--yes');
  assert.equal(await server.content(SHOP), filled);
  await mustRun(project, 'restore', '--yes', '--to', `influxdb/${SHOP}=copy`);
  assert.equal(await server.content('copy'), filled);
  await server.ask(`DROP DATABASE copy; DROP DATABASE ${quoteName(SHOP)}`);
});

/** Runs the commands of the RESTORE.md of the only set as they stand, where the server runs. */
async function followGuide(project: Project): Promise<void> {
  const set = (await project.names()).find((name) => /^\d{4}-/.test(name)) as string;
  const guide = await readFile(join(project.backups, set, 'RESTORE.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  assert.ok(blocks.length >= 5, guide);
  await server.cli.run(['cp', `${join(project.backups, set)}/.`, `${server.container}:/tmp/set`]);
  await server.shell(`set -e; cd /tmp/set; ${blocks.join('\n')}\nrm -r /tmp/set`);
}

/** While `work` runs, a program of the server is one that does something before. */
async function withProgram(name: string, before: string, work: () => Promise<void>): Promise<void> {
  const path = `/usr/local/bin/${name}`;
  const script = `#!/bin/sh\n${before}\nexec /usr/bin/${name} "$@"\n`;
  await server.shell(`printf %s ${shellWord(script)} >${path}; chmod 755 ${path}`);
  try {
    await work();
  } finally {
    await server.shell(`rm ${path}`);
  }
}

test('a backup that lacks what the server has is a failure, however well influxd says that it ended', async () => {
  await using project = await openShop();
  await server.ask('CREATE DATABASE nothing');
  const liar =
    'for last; do :; done; case "$1" in backup) exec /usr/bin/influxd backup -portable -db nothing "$last" ;; esac';
  await withProgram('influxd', liar, async () => {
    const { code, stdout, stderr } = await project.run('backup');
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout + stderr, /has 0 shards, and lacks \d+ \(autogen\)/);
  });
  await server.ask('DROP DATABASE nothing');
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
