import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { serviceTools, stopServices } from '../../../../scripts/around/services.ts';
import { aroundRestore, backToService } from '../../../../scripts/commands/around/restore-steps.ts';
import type { Connected } from '../../../../scripts/commands/servers.ts';
import type { Engine } from '../../../../scripts/engines/engine.ts';
import { allEngines } from '../../../../scripts/engines/select.ts';
import { ensureImage } from '../../../contract/images.ts';
import { containerCli, engineWorks } from '../../../stack/container-cli.ts';
import { openAroundBench, runAll, undoAll } from './bench.ts';

const cli = containerCli('podman');
const project = `${process.env.HOLDFAST_STACK_PROJECT ?? 'holdfast-around'}-${randomBytes(3).toString('hex')}`;
const engine = allEngines(process.env).find(({ name }) => name === 'podman') as Engine;
const facts = { set: '2026-05-07T15-36', sources: ['postgres/app'], services: true };
/** Ends at once when it is told to, as an application should. */
const IDLE = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'];

const imageOf = (image: string): string => `localhost/${project}-${image}`;
const IMAGES = ['postgres', 'redis', 'nginx', 'web', 'api'].map(imageOf);

/** Starts a container of the project, of an image that is called so. */
async function start(service: string, image: string, needs = ''): Promise<string> {
  const prefix = 'com.docker.compose';
  const labels = [`${prefix}.project=${project}`, `${prefix}.service=${service}`, `${prefix}.depends_on=${needs}`];
  const flags = labels.flatMap((label) => ['--label', label]);
  const words = [
    'run',
    '-d',
    '--network',
    'none',
    '--name',
    `${project}-${service}-1`,
    ...flags,
    imageOf(image),
    ...IDLE,
  ];
  return (await cli.run(words)).trim();
}

async function running(): Promise<string[]> {
  const filter = `label=com.docker.compose.project=${project}`;
  const names = await cli.run(['ps', '--filter', filter, '--format', '{{.Names}}']);
  return names.split('\n').filter(Boolean).sort();
}

const named = (...services: string[]) => services.map((service) => `${project}-${service}-1`);

describe('services in containers', { skip: !(await engineWorks('podman')) && 'needs podman' }, () => {
  let places: readonly Connected[] = [];

  before(async () => {
    // All at once: podman loses names that are given side by side.
    await cli.run(['tag', await ensureImage('podman', 'busybox'), ...IMAGES]);
    const [database = ''] = await Promise.all([
      start('db', 'postgres'),
      start('cache', 'redis', 'db:service_started:false'),
      start('front', 'nginx', 'web:service_started:false'),
      start('web', 'web', 'db:service_healthy:false,api:service_started:false'),
      start('api', 'api', 'db:service_healthy:false,cache:service_started:false'),
    ]);
    places = [{ address: { engine, service: database } } as unknown as Connected];
  });

  after(async () => {
    const ids = (await cli.run(['ps', '-aq', '--filter', `label=com.docker.compose.project=${project}`])).split('\n');
    await cli.run(['rm', '-f', '-t', '0', ...ids.filter(Boolean)]);
    await cli.run(['untag', await ensureImage('podman', 'busybox'), ...IMAGES]);
  });

  test('the application stops and starts again, store, cache and proxy stay up', async () => {
    const { bench, context } = await openAroundBench('');
    const { before: first, after: last, services, warnings } = await aroundRestore(bench, places, facts);
    const [web, api] = named('web', 'api');
    assert.deepEqual(
      [...first, ...last].map(({ kind, text }) => [kind, text]),
      [
        ['stop', `stop container ${web}, container ${api}`],
        ['start', `start container ${api}, container ${web}`],
      ],
    );
    assert.deepEqual(await running(), named('api', 'cache', 'db', 'front', 'web'), 'the plan changed something');
    assert.match(warnings[0] ?? '', /-cache-1 \(a cache\).*-db-1 \(a database\).*-front-1 \(a proxy\)$/);
    await runAll(first, context);
    assert.deepEqual(await running(), named('cache', 'db', 'front'));
    await runAll(last, context);
    assert.deepEqual(await running(), named('api', 'cache', 'db', 'front', 'web'));
    assert.deepEqual(JSON.parse(JSON.stringify(services)), services);
  });

  test('what was stopped is started when the restore is taken back, also where only a part was stopped', async () => {
    const { bench, context } = await openAroundBench('');
    const { before: first, after: last } = await aroundRestore(bench, places, facts);
    await runAll(first, context);
    await runAll(last, context);
    await undoAll(last);
    assert.deepEqual(await running(), named('cache', 'db', 'front'), 'the application ran while data was taken back');
    await cli.run(['start', named('api')[0] as string]);
    await undoAll(first);
    assert.deepEqual(await running(), named('api', 'cache', 'db', 'front', 'web'));
  });

  test('after a kill another process starts them from the journal', async () => {
    const { bench, context } = await openAroundBench('');
    const { before: first, services } = await aroundRestore(bench, places, facts);
    await runAll(first, context);
    const journal = JSON.parse(JSON.stringify(services));
    await runAll(await backToService(bench, journal, facts), context);
    assert.deepEqual(await running(), named('api', 'cache', 'db', 'front', 'web'));
  });

  test('services that are listed stop in the order of the list; a container that is gone is named', async () => {
    const { bench, context } = await openAroundBench('services: [{ compose: api }, { compose: web }]');
    const { before: first, after: last, services } = await aroundRestore(bench, places, facts);
    assert.deepEqual(
      services.map((ref) => [ref.stage, ref.name]),
      [
        [0, named('api')[0]],
        [1, named('web')[0]],
      ],
    );
    await runAll(first, context);
    await cli.run(['rm', '-f', named('api')[0] as string]);
    await assert.rejects(runAll(last, context), { message: new RegExp(`container ${named('api')[0]}: .*`) });
    assert.deepEqual(await running(), named('cache', 'db', 'front', 'web'), 'the other one was not started');
    await start('api', 'api');
  });

  test('an application that runs again at once is not taken for stopped', async () => {
    const { bench, context } = await openAroundBench('services: [{ compose: web }]');
    const { services } = await aroundRestore(bench, places, facts);
    const lying = { ...engine, stop: async () => undefined };
    const tools = serviceTools([lying, ...allEngines(process.env)], 0);
    await assert.rejects(stopServices(services, tools, context.signal), { message: /runs again after it was stopped/ });
  });
});
