/** Follows a RESTORE.md as a person without Holdfast would: its commands as they stand, with stock programs alone. */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type ContainerCli, containerCli } from '../stack/container-cli.ts';
import type { Server } from '../stack/containers.ts';
import { run } from '../stack/run.ts';
import type { Servers } from './tiny.ts';

/** The stock programs that a guide may call, and what they have to be told about the server. */
const PROGRAMS = {
  postgres: ['psql', 'pg_restore', 'createdb', 'dropdb', 'vacuumdb'],
  mongo: ['mongorestore', 'bsondump'],
  redis: ['redis-cli', 'redis-server', 'redis-check-rdb'],
  influxdb: ['influx', 'influxd'],
} as const;
const VARIABLES = {
  postgres: ['PGHOST', 'PGUSER', 'PGPASSWORD'],
  mongo: ['MONGO_URL'],
  redis: ['REDISCLI_AUTH'],
  influxdb: ['INFLUX_USERNAME', 'INFLUX_PASSWORD'],
} as const;

/** What a guide needs beside the servers. */
export interface GuideRun {
  /** The folder of the set. */
  readonly set: string;
  /** Variables that the person sets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders of further programs. */
  readonly path?: string;
}

/** Runs every block of the text as it stands, in order, in the folder of the set. */
export async function followGuide(servers: Servers, guideRun: GuideRun): Promise<void> {
  const { set, environment = {}, path = '/usr/bin:/bin' } = guideRun;
  const guide = await readFile(join(set, 'RESTORE.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  assert.ok(blocks.length >= 5, `RESTORE.md has ${blocks.length} blocks of commands`);
  await using tools = await stockTools(servers, set);
  for (const block of blocks) {
    await writeFile(tools.script, block);
    const variables = {
      ...tools.environment,
      ...environment,
      PATH: `${tools.folder}:${path}`,
      NODE_OPTIONS: '',
    };
    // sha256sum tells on standard output which file is wrong, and "run" keeps standard error only
    await run('sh', ['-e', '-c', 'exec 1>&2; . "$0"', tools.script], { cwd: set, env: variables, timeout: 120_000 });
    if (/^age -d/m.test(block)) await tools.bring();
  }
}

interface Tools extends AsyncDisposable {
  readonly folder: string;
  readonly script: string;
  readonly environment: Record<string, string>;
  /** Copies the set to the servers as it is now. */
  readonly bring: () => Promise<void>;
}

/**
 * A folder with the stock programs: each runs the one in the server's own container, where the folder of the set was
 * copied to, so that the machine of the test needs none of them.
 */
async function stockTools({ postgres, mongo }: Servers, set: string): Promise<Tools> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-tools-'));
  const inside = `/tmp/${basename(folder)}`;
  const bring = async (): Promise<void> => {
    for (const { engine, dockerHost, container } of [postgres, mongo]) {
      await containerCli(engine, dockerHost).run(['cp', `${set}/.`, `${container}:${inside}`]);
    }
  };
  await bring();
  for (const server of [postgres, mongo]) {
    const cli = containerCli(server.engine, server.dockerHost);
    for (const program of PROGRAMS[server.kind]) await wrap(join(folder, program), cli, server, inside, program);
  }
  const login = `${encodeURIComponent(mongo.user)}:${encodeURIComponent(mongo.password)}`;
  return {
    folder,
    bring,
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
