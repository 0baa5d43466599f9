/** Redis and Valkey, to the key: dump under a writer, restore whatever way the server keeps its data, drill, undo, kill. */
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DumpFacts } from '../../scripts/datastores/datastore.ts';
import { redis } from '../../scripts/datastores/redis/redis.ts';
import { type RedisServer, redisServer, startRedis } from '../stack/data/redis.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { openProject, type Project } from './holdfast.ts';

let stack: Stack<'redis' | 'valkey'>;

before(async () => {
  stack = await attachOrStart({ services: ['redis', 'valkey'] });
});

after(async () => {
  await stack?.stop();
});

async function projectOf({ container, cli }: RedisServer): Promise<Project> {
  const project = await openProject();
  Object.assign(project.environment, {
    REDIS_CONTAINER: container,
    BACKUP_DISCOVER: 'no',
    BACKUP_SAFETY_BACKUP: undefined,
    CONTAINER_CMD: cli.name,
  });
  return project;
}

async function mustRun(project: Project, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.run(...words);
  assert.equal(code, 0, `${words.join(' ')}\n${stdout}${stderr}`);
  return stdout + stderr;
}

/** Backs up what was filled, changes it, restores; what stands is the same, also after a restart. */
async function roundTrip(server: RedisServer, project: Project): Promise<string> {
  await server.fill();
  const filled = await server.content();
  await mustRun(project, 'backup');
  await server.change();
  assert.notEqual(await server.content(), filled);
  await mustRun(project, 'restore', '--yes');
  assert.equal(await server.content(), filled);
  await server.restart();
  assert.equal(await server.content(), filled, 'a restart brought other data');
  return filled;
}

test('a dump under a writer is of one moment; restored to the key, kept over a restart, undone, drilled', async () => {
  await using server = redisServer(stack.redis);
  await using project = await projectOf(server);
  await server.fill();
  const filled = await server.content();
  const tick = `"$cli" EVAL "redis.call('RPUSH', 'log', redis.call('INCR', 'ticks'))" 0`;
  const writing = server.shell(`while [ "$("$cli" GET stop)" != 1 ]; do ${tick}; done >/dev/null`);
  await mustRun(project, 'backup');
  await server.ask('SET', 'stop', '1');
  await writing;
  const written = Number(await server.ask('GET', 'ticks'));
  await server.change();
  const changed = await server.content();
  await mustRun(project, 'verify', '--deep');
  await mustRun(project, 'restore', '--yes');
  assert.equal(await server.content(), filled);
  const ticks = Number(await server.ask('GET', 'ticks'));
  assert.ok(ticks > 0 && ticks <= written, `${ticks} of ${written}`);
  assert.equal(Number(await server.ask('LLEN', 'log')), ticks, 'half of a write is in the dump');
  assert.ok(Number(await server.ask('TTL', 'mortal')) > 90_000);
  await server.restart();
  assert.equal(await server.content(), filled);
  assert.match(await mustRun(project, 'drill'), /redis\/default +PASS/);
  await mustRun(project, 'undo', '--yes');
  assert.equal(await server.content(), changed);
  await mustRun(project, 'restore', '--forget', '--yes');
  assert.doesNotMatch(await server.shell('ls /data'), /holdfast/);
});

test('with an append-only log alone, and its files elsewhere, the restored data is there after a restart; by hand as well', async () => {
  const options = ['--appendonly', 'yes', '--save', '', '--dir', '/var/lib/redis', '--appenddirname', 'log files'];
  await using server = await startRedis(stack.redis, `holdfast-test-redis-${process.pid}`, ...options);
  await using project = await projectOf(server);
  const filled = await roundTrip(server, project);
  const live = await server.ask('INFO', 'keyspace');
  await server.change();
  const set = (await project.names()).find((name) => /^\d{4}-/.test(name)) as string;
  await server.cli.run(['cp', `${join(project.backups, set)}/.`, `${server.container}:/tmp/set`]);
  const guide = { name: 'default', target: 'default', fileNames: ['redis/default/dump.rdb'] };
  const steps = redis.manualRestore({ ...guide, facts: {} as DumpFacts });
  await server.shell(`cd /tmp/set && set -e\n${steps.flatMap(({ commands }) => commands).join('\n')}`);
  await server.restart();
  assert.equal(await server.content(), filled, 'the commands of RESTORE.md brought other data');
  const side = '"$cli" -p 6395';
  await server.shell(`mkdir /tmp/log && tar -C /tmp/log -xzf /tmp/set/redis/default/appendonly.tar.gz &&
    redis-server --port 6395 --dir /tmp/log --appenddirname 'log files' --appendonly yes --daemonize yes >/dev/null &&
    for n in $(seq 50); do [ "$(env -u REDISCLI_AUTH ${side} ping)" = PONG ] && break; sleep 0.2; done`);
  const kept = await server.shell(
    `env -u REDISCLI_AUTH ${side} INFO keyspace; env -u REDISCLI_AUTH ${side} SHUTDOWN NOSAVE`,
  );
  const keys = (info: string): string[] => info.match(/db\d+:keys=\d+/g) ?? [];
  assert.ok(keys(live).length === 2);
  assert.deepEqual(keys(kept), keys(live), 'the append-only log of the set holds other data');
});

test('an append-only log that is written anew all the time is taken whole; without one, and with SAVE, there is none', async () => {
  await using server = await startRedis(stack.redis, `holdfast-test-log-${process.pid}`, '--appendonly', 'yes');
  await using project = await projectOf(server);
  await server.fill();
  const rewriting = server.shell(
    'while [ "$("$cli" GET stop)" != 1 ]; do "$cli" SET again 1; "$cli" BGREWRITEAOF; done >/dev/null',
  );
  await mustRun(project, 'backup');
  await server.ask('SET', 'stop', '1');
  await rewriting;
  const files = async (): Promise<string[]> => {
    const set = (await project.names()).filter((name) => /^\d{4}-/.test(name)).at(-1) as string;
    return await readdir(join(project.backups, set, 'redis/default'));
  };
  assert.deepEqual((await files()).sort(), ['appendonly.tar.gz', 'dump.rdb', 'layout.json']);
  assert.match(await mustRun(project, 'verify', '--deep'), /readable/);
  assert.doesNotMatch(await server.shell('ls /data'), /holdfast/);
  await writeFile(
    join(project.folder, 'holdfast.yaml'),
    `redis: [{ container: ${server.container}, save: blocking, append_log: no }]\n`,
  );
  project.environment.REDIS_CONTAINER = undefined;
  await server.ask('DEL', 'stop');
  await mustRun(project, 'backup');
  assert.deepEqual((await files()).sort(), ['dump.rdb', 'layout.json']);
  assert.match(await server.ask('INFO', 'persistence'), /rdb_last_bgsave_status:ok/);
});

test('Valkey with both kinds of files is restored, restarted and drilled', async () => {
  await using server = await startRedis(stack.valkey, `holdfast-test-valkey-${process.pid}`, '--appendonly', 'yes');
  await using project = await projectOf(server);
  await roundTrip(server, project);
  assert.match(await mustRun(project, 'drill'), /redis\/default +PASS/);
});

test('a restore that is killed in its last step leaves a server that takes writes and holds the old or the new data', async () => {
  await using server = redisServer(stack.redis);
  await using project = await projectOf(server);
  await server.fill();
  const filled = await server.content();
  await mustRun(project, 'backup');
  await server.change();
  const changed = await server.content();
  const { child, ended } = project.start('restore', '--yes');
  while (!/slave|before_/.test((await server.ask('INFO', 'replication')) + (await server.shell('ls /data')))) {
    if (child.exitCode !== null) break;
  }
  process.kill(-(child.pid as number), 'SIGKILL');
  assert.equal((await ended).signal, 'SIGKILL', 'it was over before it was killed');
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(500)) {
    if (/role:master/.test(await server.ask('INFO', 'replication'))) break;
  }
  // A process of its own ends what was begun.
  for (const end = Date.now() + 30_000; Date.now() < end && (await server.content()) === changed; ) await sleep(500);
  assert.ok([filled, changed].includes(await server.content()), 'the data is neither old nor new');
  assert.equal(await server.ask('SET', 'after', '1'), 'OK');
  await server.ask('DEL', 'after');
  await mustRun(project, 'restore', '--yes');
  assert.equal(await server.content(), filled);
});
