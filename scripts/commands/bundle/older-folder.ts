import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { encodeFileName } from '../../common/file-name.ts';
import { PLAIN_ENDING } from '../../datastores/postgres/names.ts';
import { resolveEntry } from '../../sets/catalog.ts';
import { freeSetName } from '../../sets/name.ts';
import { openFile } from '../../storage/local-read.ts';
import { openTemporarySets } from '../restore/temporary.ts';
import { catalogOf, type Workbench } from '../workbench.ts';
import type { GivenSet } from './given.ts';

/** The two files that make a folder one of this layout; the first describes the second in words, without any sum. */
const SUMMARY = 'MANIFEST.txt';
const DATABASE = 'database.sql.gz';

/** What else such a folder holds, and what brings it back. */
const BY_HAND: Readonly<Record<string, string>> = {
  minio: 'mc mirror --overwrite minio ALIAS/BUCKET',
  'config.tar.gz': 'mkdir config && tar -xzf config.tar.gz -C config, then compare it with what is here',
};

/** True for a folder of one plain dump with what belongs to it, as the backup.sh of Piprio made it. */
export function isOlderFolder(folder: string): boolean {
  return existsSync(join(folder, SUMMARY)) && existsSync(join(folder, DATABASE));
}

/** Opens such a folder: its dump becomes a set without a manifest, in a private folder that goes with it. */
export async function openOlderFolder(opened: Workbench, folder: string): Promise<GivenSet> {
  const { signal } = opened.context;
  const sets = await openTemporarySets('folder');
  const { storage, [Symbol.asyncDispose]: dispose } = sets;
  try {
    const file = join(folder, DATABASE);
    sets.requireRoom(`"${folder}"`, (await stat(file)).size);
    const set = freeSetName(await timeOf(folder), new Set());
    const { name, why } = databaseOf(opened, folder);
    await storage.reserve(set);
    await storage.put(set, `postgres/${encodeFileName(name)}${PLAIN_ENDING}`, await openFile(file, file, signal));
    await storage.publish(set);
    const bench = { ...opened, storage: { ...storage, location: folder } };
    const told = `${DATABASE} does not say which database it is of: taken for "${name}", ${why}; another: --to postgres/${name}=NAME`;
    const notes = [told, ...(await leftIn(folder))];
    return { bench, entry: resolveEntry(set, await catalogOf(bench)), notes, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** "piprio_20260421T020000Z" says when it was made; a folder of another name has the time of its summary. */
async function timeOf(folder: string): Promise<Date> {
  const [, ...parts] = /_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(basename(folder)) ?? [];
  const [year, month, day, ...clock] = parts;
  const told = new Date(`${year}-${month}-${day}T${clock.join(':')}Z`);
  return Number.isNaN(told.getTime()) ? (await stat(join(folder, SUMMARY))).mtime : told;
}

/** The one database of the settings, else what the name of the folder begins with. */
function databaseOf({ config }: Workbench, folder: string): { name: string; why: string } {
  const servers = config.servers.filter(({ kind }) => kind === 'postgres');
  const named = [...(config.databases.postgres ?? []), ...servers.flatMap(({ databases = [] }) => databases)];
  const [name, ...more] = new Set(named);
  if (name !== undefined && more.length === 0) return { name, why: 'the one database of the settings' };
  const beginning = basename(folder).replace(/_\d{8}T\d{6}Z$/, '');
  return { name: beginning, why: 'by the name of the folder' };
}

async function leftIn(folder: string): Promise<string[]> {
  const left = (await readdir(folder)).filter((name) => name !== SUMMARY && name !== DATABASE).sort();
  return left.map((name) => {
    const means = BY_HAND[name];
    return `not restored by this version: ${name}${means === undefined ? '' : `; by hand, in the folder: ${means}`}`;
  });
}
