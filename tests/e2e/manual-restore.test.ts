/** The promise of RESTORE.md: stock tools and the text alone bring a set back, without anything of Holdfast. */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ContainerCli, containerCli } from '../stack/container-cli.ts';
import type { Server } from '../stack/containers.ts';
import { dropMongo, dropPostgres, fill } from '../stack/data/fill.ts';
import { differences, type Hashes, hashMongo, hashPostgres } from '../stack/data/hash.ts';
import { psql } from '../stack/data/psql.ts';
import { run } from '../stack/run.ts';
import { attachOrStart, type Stack } from '../stack/stack.ts';
import { openProject, type Project } from './holdfast.ts';

/** The stock programs that a guide may call, and what they have to be told about the server. */
const PROGRAMS = {
  postgres: ['psql', 'pg_restore', 'createdb', 'dropdb', 'vacuumdb'],
  mongo: ['mongorestore', 'bsondump'],
} as const;
const VARIABLES = { postgres: ['PGHOST', 'PGUSER', 'PGPASSWORD'], mongo: ['MONGO_URL'] } as const;

let stack: Stack;
let project: Project;
let original: Hashes;
let set: string;

before(async () => {
  stack = await attachOrStart();
  project = await openProject(stack);
  project.environment.MONGO_DATABASE = 'ngwenya';
  project.environment.POSTGRES_DATABASES = 'ngwenya_auth,ngwenya_uchat,ngwenya_scim';
  await fill(stack, 'small');
  original = await content();
  const { run: backup, value } = await project.json('backup');
  assert.equal(backup.code, 0, backup.stderr);
  set = join(project.backups, value.set);
});

after(async () => {
  await project?.[Symbol.asyncDispose]();
  await stack?.stop();
});

const content = async (): Promise<Hashes> => ({
  ...(await hashPostgres(stack.postgres)),
  ...(await hashMongo(stack.mongo)),
});

test('the commands of RESTORE.md bring everything back to servers that lost their databases and roles', async () => {
  await dropPostgres(stack.postgres, { roles: true });
  await dropMongo(stack.mongo);
  assert.ok(differences(original, await content()).length > 100);
  await followGuide();
  assert.deepEqual(differences(original, await content()), []);
});

test('the same commands bring back databases that are there and have changed', async () => {
  await psql(stack.postgres, 'ngwenya_auth', 'CREATE TABLE stray (a int)');
  await psql(stack.postgres, 'ngwenya_uchat', 'TRUNCATE messages CASCADE');
  await dropMongo(stack.mongo);
  assert.notDeepEqual(differences(original, await content()), []);
  await followGuide();
  assert.deepEqual(differences(original, await content()), []);
});

test('a file that was damaged is found by the first command, before anything is changed', async () => {
  const file = join(set, 'postgres/ngwenya_scim.dump');
  const bytes = await readFile(file);
  await writeFile(file, bytes.with(100, (bytes[100] ?? 0) ^ 1));
  await assert.rejects(followGuide(), /ngwenya_scim\.dump: FAILED/);
  await writeFile(file, bytes);
  assert.deepEqual(differences(original, await content()), []);
});

/** Runs every block of the text as it stands, in order, in the folder of the set. */
async function followGuide(): Promise<void> {
  const guide = await readFile(join(set, 'RESTORE.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  assert.ok(blocks.length >= 8, `RESTORE.md has ${blocks.length} blocks of commands`);
  await using tools = await stockTools();
  for (const block of blocks) {
    await writeFile(tools.script, block);
    const variables = { ...tools.environment, PATH: `${tools.folder}:/usr/bin:/bin`, NODE_OPTIONS: '' };
    // sha256sum tells on standard output which file is wrong, and "run" keeps standard error only
    await run('sh', ['-e', '-c', 'exec 1>&2; . "$0"', tools.script], { cwd: set, env: variables, timeout: 120_000 });
  }
}

interface Tools extends AsyncDisposable {
  readonly folder: string;
  readonly script: string;
  readonly environment: Record<string, string>;
}

/**
 * A folder with the stock programs: each runs the one in the server's own container, where the folder of the set was
 * copied to, so that the machine of the test needs none of them.
 */
async function stockTools(): Promise<Tools> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-tools-'));
  const inside = `/tmp/${basename(folder)}`;
  const { postgres, mongo } = stack;
  for (const server of [postgres, mongo]) {
    const cli = containerCli(server.engine, server.dockerHost);
    await cli.run(['cp', set, `${server.container}:${inside}`]);
    for (const program of PROGRAMS[server.kind]) await wrap(join(folder, program), cli, server, inside, program);
  }
  const login = `${encodeURIComponent(mongo.user)}:${encodeURIComponent(mongo.password)}`;
  return {
    folder,
    script: join(folder, 'block'),
    environment: {
      PGHOST: '127.0.0.1',
      PGUSER: postgres.user,
      PGPASSWORD: postgres.password,
      MONGO_URL: `mongodb://${login}@127.0.0.1:27017/?authSource=admin&directConnection=true`,
    },
    [Symbol.asyncDispose]: async () => {
      await rm(folder, { recursive: true });
      for (const { engine, dockerHost, container } of [postgres, mongo]) {
        await containerCli(engine, dockerHost).run(['exec', '-u', '0', container, 'rm', '-rf', inside]);
      }
    },
  };
}

async function wrap(path: string, cli: ContainerCli, server: Server, inside: string, program: string): Promise<void> {
  const variables = VARIABLES[server.kind].map((name) => `-e ${name}`).join(' ');
  await writeFile(
    path,
    `#!/bin/sh\nexec ${cli.name} exec -i ${variables} -w ${inside} ${server.container} ${program} "$@"\n`,
  );
  await chmod(path, 0o755);
}
