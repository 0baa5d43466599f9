import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { openProject } from '../e2e/holdfast.ts';
import { openTiny, type Tiny } from '../e2e/tiny.ts';
import { redisServer } from '../stack/data/redis.ts';
import { type Dockerd, startDockerd } from '../stack/dockerd.ts';
import { missingForPackages } from '../stack/host.ts';
import { attachOrStart, type Stack, startStack } from '../stack/stack.ts';

/** A dockerd of our own needs Debian and root; a text for `skip`, or false. */
const missing = (await missingForPackages()).filter((what) => !what.startsWith('Go'));
const skip = missing.length > 0 && `no docker daemon can be started here; missing: ${missing.join(', ')}`;
if (skip && process.env.HOLDFAST_REQUIRE_ALL === '1') throw new Error(skip);

let dockerd: Dockerd;
let inDocker: Stack<'postgres' | 'mongo' | 'redis'>;
let inPodman: Stack;

before(async () => {
  if (skip) return;
  dockerd = await startDockerd();
  const project = `${process.env.HOLDFAST_STACK_PROJECT ?? 'holdfast-stack'}-docker`;
  inDocker = await startStack({
    services: ['postgres', 'mongo', 'redis'],
    engine: 'docker',
    dockerHost: dockerd.dockerHost,
    project,
  });
  inPodman = await attachOrStart();
});

after(async () => {
  await inPodman?.stop();
  await inDocker?.stop();
  await dockerd?.stop();
});

test('servers in containers of docker come back from a backup', { skip }, async () => {
  await using tiny = await openTiny(inDocker, 'docker');
  const settings = { CONTAINER_CMD: 'docker', DOCKER_HOST: dockerd.dockerHost };
  assert.deepEqual(await roundTrip(tiny, settings), ['docker']);
});

test('docker alone is found and used where nothing says which engine', { skip }, async () => {
  await using tiny = await openTiny(inDocker, 'docker');
  const settings = { CONTAINER_CMD: undefined, DOCKER_HOST: dockerd.dockerHost };
  assert.deepEqual(await roundTrip(tiny, settings), ['docker']);
});

test('one server in podman and one in docker make one set', { skip }, async (context) => {
  if (inPodman.postgres.engine !== 'podman') return context.skip('the servers of the tests are not in podman here');
  await using tiny = await openTiny({ postgres: inPodman.postgres, mongo: inDocker.mongo }, 'both');
  const settings = { CONTAINER_CMD: undefined, DOCKER_HOST: dockerd.dockerHost };
  assert.deepEqual(await roundTrip(tiny, settings), ['docker', 'podman']);
});

test('Redis in docker comes back, and what it held before by an undo', { skip }, async () => {
  await using server = redisServer(inDocker.redis);
  await using project = await openProject();
  Object.assign(project.environment, {
    ...{ CONTAINER_CMD: 'docker', DOCKER_HOST: dockerd.dockerHost, BACKUP_DISCOVER: 'no' },
    REDIS_CONTAINER: server.container,
  });
  await server.fill();
  const filled = await server.content();
  const good = async (...words: string[]): Promise<void> => {
    const { code, stdout, stderr } = await project.run(...words);
    assert.equal(code, 0, stdout + stderr);
  };
  await good('backup');
  await server.change();
  const changed = await server.content();
  assert.notEqual(changed, filled);
  await good('restore', '--yes');
  assert.equal(await server.content(), filled);
  await server.restart();
  assert.equal(await server.content(), filled);
  await good('undo', '--yes');
  assert.equal(await server.content(), changed);
});

/** Backs up, changes and drops, restores, compares. Gives the engines that the set names. */
async function roundTrip(tiny: Tiny, settings: Record<string, string | undefined>): Promise<string[]> {
  await using project = await tiny.project();
  Object.assign(project.environment, settings);
  const original = await tiny.content();
  const { run, value } = await project.json('backup');
  assert.equal(run.code, 0, run.stdout + run.stderr);
  for (const harm of [tiny.change, tiny.drop]) {
    await harm();
    assert.notDeepEqual(await tiny.content(), original);
    const restore = await project.run('restore', '--yes');
    assert.equal(restore.code, 0, restore.stdout + restore.stderr);
    assert.deepEqual(await tiny.content(), original);
  }
  return [...new Set(value.manifest.sources.map(({ engine }) => engine))].sort();
}
