/** Peak memory of a backup of everything, and of one backup and one restore of 0.3 GB and of ten times as much. */

import { containerCli } from '../tests/stack/container-cli.ts';
import { fillPostgres } from '../tests/stack/data/fill.ts';
import { psql } from '../tests/stack/data/psql.ts';
import { dropAll, holdfast, newFolder, type Place, settle } from './place.ts';
import { watchMemory } from './sampler.ts';
import { type Line, memoryLine } from './table.ts';

const LIMIT = 150 * 1024 * 1024;
/** What the other databases get at least; an empty one is 8 MB already. */
const EMPTY = 9;
const database = 'ngwenya_uchat';

/** Replaces what the servers hold, so it comes last. `megabytes` are the sizes to measure at. */
export async function measureMemory(
  place: Place,
  megabytes: readonly number[],
  say: (text: string) => void,
): Promise<Line[]> {
  const lines: Line[] = [await backupOfAll(place)];
  for (const size of megabytes) {
    say(`memory: filling one database with ${size} MB`);
    await dropAll(place);
    const postgres = { ngwenya_auth: EMPTY, ngwenya_scim: EMPTY, [database]: size };
    await fillPostgres(place.stack.postgres, { postgres, documents: 0 });
    const bytes = Number(await psql(place.stack.postgres, 'postgres', `SELECT pg_database_size('${database}')`));
    const label = `${(bytes / 1e9).toFixed(1)} GB`;
    lines.push(...(await backupAndRestore(place, label)));
  }
  return lines;
}

/** Several dumps side by side, which a single database cannot show. */
async function backupOfAll(place: Place): Promise<Line> {
  const cwd = await newFolder(place, 'memory');
  const options = { cwd, env: place.environment, containers: await firstProcesses(place) };
  await settle(place);
  return memoryLine('memory, backup of all', await watchMemory([holdfast, 'backup', '--json'], options), LIMIT);
}

async function backupAndRestore(place: Place, label: string): Promise<Line[]> {
  const cwd = await newFolder(place, 'memory');
  const env = { ...place.environment, POSTGRES_DATABASES: database };
  const containers = await firstProcesses(place);
  const watch = async (...words: string[]) => {
    await settle(place);
    return watchMemory([holdfast, ...words], { cwd, env, containers });
  };
  const backup = await watch('backup', 'postgres', '--json');
  const restore = await watch('restore', '--components', `postgres/${database}`, '--yes', '--json');
  // What the restore keeps would be in the way of the next one.
  await watch('restore', '--forget', '--yes', '--json');
  return [
    memoryLine(`memory, backup of ${label}`, backup, LIMIT),
    memoryLine(`memory, restore of ${label}`, restore, LIMIT),
  ];
}

/** The process ids on this machine; none where the containers run in a virtual machine. */
async function firstProcesses({ stack: { postgres, mongo } }: Place): Promise<number[]> {
  const pids = await Promise.all(
    [postgres, mongo].map(async ({ engine, dockerHost, container }) =>
      containerCli(engine, dockerHost).run(['inspect', '--format', '{{.State.Pid}}', container]),
    ),
  );
  return pids.map(Number);
}
