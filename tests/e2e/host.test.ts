/** Servers without a container: reached over TCP with the programs of this machine, by URL or by name in holdfast.yaml. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { after, before, describe, test } from 'node:test';
import { containerCli } from '../stack/container-cli.ts';
import type { Server } from '../stack/containers.ts';
import { differences } from '../stack/data/hash.ts';
import { dropDatabase, psql } from '../stack/data/psql.ts';
import { has, installPrograms, missingForPackages } from '../stack/host.ts';
import { works } from '../stack/run.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { openProject, type Project } from './holdfast.ts';
import { changesSince, openTiny, type Tiny } from './tiny.ts';

const SERVICES = ['postgres', 'postgres-old', 'mongo'] as const;

describe('servers reached by the programs of this machine', () => {
  let stack: Stack<(typeof SERVICES)[number]>;
  let tools: string;
  let missing: string | undefined;
  /** Databases on the older PostgreSQL, which the programs of this machine are new enough for. */
  let tiny: Tiny;

  before(async () => {
    stack = await attachOrStart({ services: SERVICES });
    tools = await mkdtemp(join(tmpdir(), 'holdfast-tools-'));
    missing = await provideTools(stack.mongo, tools);
    tiny = await openTiny({ postgres: stack['postgres-old'], mongo: stack.mongo }, 'host');
  });

  after(async () => {
    await tiny?.[Symbol.asyncDispose]();
    await rm(tools, { recursive: true, force: true });
    await stack?.stop();
  });

  /** A project whose settings name the servers by URL alone. */
  async function projectWithUrls(urls: { postgres: string; mongo: string }): Promise<Project> {
    const project = await openProject();
    Object.assign(project.environment, {
      PATH: `${tools}:${process.env.PATH}`,
      POSTGRES_URL: urls.postgres,
      MONGO_URL: urls.mongo,
      POSTGRES_DATABASES: tiny.name,
      MONGO_DATABASE: tiny.name,
    });
    return project;
  }

  test('POSTGRES_URL and MONGO_URL: what was dropped comes back, and what was changed', async (context) => {
    if (missing) return context.skip(missing);
    const original = await tiny.content();
    await using project = await projectWithUrls({ postgres: stack['postgres-old'].url, mongo: stack.mongo.url });
    const backup = await project.json('backup');
    assert.equal(backup.run.code, 0, backup.run.stderr);
    await tiny.drop();
    const restored = await project.json('restore', '--yes');
    assert.equal(restored.run.code, 0, restored.run.stderr);
    assert.deepEqual(await changesSince(original, tiny), []);
    await tiny.change();
    const again = await project.json('restore', '--yes');
    assert.equal(again.run.code, 0, again.run.stderr);
    assert.deepEqual(await changesSince(original, tiny), []);
  });

  test('--to URL: restored to a server that only the command line names, with a password that stands elsewhere', async (context) => {
    if (missing) return context.skip(missing);
    const { host, port, user, password } = stack['postgres-old'];
    const copy = `${tiny.name}_copy`;
    context.after(() => dropDatabase(stack['postgres-old'], copy));
    await using project = await projectWithUrls({ postgres: stack['postgres-old'].url, mongo: stack.mongo.url });
    assert.equal((await project.run('backup', 'postgres')).code, 0);
    const to = `${tiny.name}=postgres://${user}@${host}:${port}/${copy}`;
    const words = ['restore', '--yes', '--only', `postgres/${tiny.name}`, '--to', to];
    project.environment.POSTGRES_PASSWORD = 'wrong';
    const refused = await project.run(...words);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /cannot log in to .*[\s\S]*now: the databases were not touched/);
    project.environment.POSTGRES_PASSWORD = password;
    const { code, stderr } = await project.run(...words);
    assert.equal(code, 0, stderr);
    const rows = await psql(stack['postgres-old'], copy, 'SELECT count(*) FROM bags');
    assert.equal(rows.trim(), '300');
  });

  test('a wrong password: exit code 3 beside a good server, 1 alone; the message says who was refused and keeps the secret', async (context) => {
    if (missing) return context.skip(missing);
    const { host, port, user } = stack['postgres-old'];
    const secret = 'S3cret-that-nobody-may-read';
    const wrong = `postgres://${user}:${secret}@${host}:${port}/`;
    await using project = await projectWithUrls({ postgres: wrong, mongo: stack.mongo.url });
    const both = await project.json('backup');
    assert.equal(both.run.code, 3, both.run.stderr);
    const [failed] = both.value.manifest.failed;
    assert.match(failed?.reason ?? '', /cannot log in to .* as "shop": .*password authentication failed/);
    const alone = await project.run('backup', 'postgres');
    assert.equal(alone.code, 1, alone.stderr);
    assert.match(alone.stderr, /now: no set was made; older sets were not touched/);
    project.environment.MONGO_URL = stack.mongo.url.replace(/:[^:@]*@/, `:${secret}@`);
    const neither = await project.run('backup');
    assert.equal(neither.code, 1, neither.stderr);
    assert.match(neither.stderr, /login to .* was refused/);
    for (const { stdout, stderr } of [both.run, alone, neither]) assert.ok(!`${stdout}${stderr}`.includes(secret));
  });

  test('a server that does not answer: told with its address, and the other one is kept', async (context) => {
    if (missing) return context.skip(missing);
    await using project = await projectWithUrls({ postgres: 'postgres://shop:x@127.0.0.1:9/', mongo: stack.mongo.url });
    const { run, value } = await project.json('backup');
    assert.equal(run.code, 3, run.stderr);
    assert.match(value.manifest.failed[0]?.reason ?? '', /127\.0\.0\.1.*port 9.*refused/is);
  });

  test('programs that are missing on this machine: told with what to install', async (context) => {
    if (missing) return context.skip(missing);
    await using project = await projectWithUrls({ postgres: stack['postgres-old'].url, mongo: stack.mongo.url });
    project.environment.PATH = process.env.PATH;
    if (await has('mongodump')) return context.skip('this machine has mongodump');
    const { run, value } = await project.json('backup');
    assert.equal(run.code, 3, run.stderr);
    const reason = value.manifest.failed[0]?.reason ?? '';
    assert.equal(
      reason,
      'there is no mongodump on this machine; try: install the MongoDB Database Tools on this machine and set MONGO_URL',
    );
  });

  test('holdfast.yaml with two named servers of one kind: their databases of one name do not meet', async (context) => {
    if (missing) return context.skip(missing);
    await using other = await openTiny({ postgres: stack.postgres, mongo: stack.mongo }, 'host');
    await using project = await openProject();
    Object.assign(project.environment, { PATH: `${tools}:${process.env.PATH}`, MAIN_URL: stack['postgres-old'].url });
    await writeFile(join(project.folder, 'holdfast.yaml'), twoServers(stack.postgres, tiny.name));
    const backup = await project.json('backup');
    assert.equal(backup.run.code, 0, backup.run.stderr);
    const listed = await project.json('restore', '--dry-run');
    assert.deepEqual(
      listed.value.sources
        .map(({ source }) => source)
        .filter((source) => !/globals/.test(source))
        .sort(),
      [`postgres/billing/${tiny.name}`, `postgres/main/${tiny.name}`],
    );
    const before = [await tiny.content(), await other.content()] as const;
    await tiny.change();
    await other.change();
    const changed = await tiny.content();
    const one = await project.run('restore', '--yes', '--only', `postgres/billing/${tiny.name}`);
    assert.equal(one.code, 0, one.stderr);
    assert.deepEqual(await changesSince(changed, tiny), []);
    const postgresOf = (lines: string[]): string[] => lines.filter((line) => /rows|relation|sequence/.test(line));
    assert.deepEqual(postgresOf(differences(before[1], await other.content())), []);
    const all = await project.run('restore', '--yes');
    assert.equal(all.code, 0, all.stderr);
    assert.deepEqual(postgresOf(differences(before[0], await tiny.content())), []);
  });
});

function twoServers({ container, engine }: Server, database: string): string {
  return `environment: test-shop
containers: ${engine}
discover: no
postgres:
  - name: main
    url: "\${MAIN_URL}"
    databases: [${database}]
  - name: billing
    container: ${container}
    databases: [${database}]
`;
}

/** The client programs: PostgreSQL's from the machine, MongoDB's out of the container. Gives what is missing, if anything. */
async function provideTools(mongo: Server, folder: string): Promise<string | undefined> {
  if (!(await has('pg_dump'))) {
    const lacks = await missingForPackages();
    if (lacks.length > 0) return `needs pg_dump 15 or later; to install it here: ${lacks.join(', ')}`;
    await installPrograms({ pg_dump: 'postgresql-client' });
  }
  const cli = containerCli(mongo.engine, mongo.dockerHost);
  for (const program of ['mongodump', 'mongorestore']) {
    const path = (await cli.run(['exec', mongo.container, 'sh', '-c', `command -v ${program}`])).trim();
    await cli.run(['cp', `${mongo.container}:${path}`, join(folder, program)]);
    if (!(await works(join(folder, program), ['--version'])))
      return `the ${program} of the container does not run here`;
  }
  return undefined;
}
