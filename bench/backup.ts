/** Backup: ours beside the hand-written way, the fastest raw pipeline and restic. */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Manifest } from '../scripts/sets/manifest.ts';
import { mongoDatabase, postgresDatabases } from '../tests/stack/data/fill.ts';
import { holdfast, newFolder, type Place, settle } from './place.ts';
import { handWritten, type RawWay, resticWay, tunedWays } from './raw.ts';
import { alternate, compare, timed, type Way } from './rounds.ts';
import { bash, isInstalled, runQuietly } from './shell.ts';
import { type Line, ratioLine } from './table.ts';

/** The limits of the issue. */
const LIMITS = { handWritten: 0.5, tuned: 1.15 };

/** Measures all of them; the tuned way is the fastest of a trial, taken anew on every machine. */
export async function measureBackup(place: Place, rounds: number, say: (text: string) => void): Promise<Line[]> {
  await timed(ourBackup(place));
  const tuned = await fastest(place, say);
  const others = [handWritten(place.stack), tuned, ...(await ifInstalled(resticWay(place.stack)))];
  const timings = await alternate([ourBackup(place), ...others.map((way) => rawBackup(place, way))], rounds, say);
  const comparison = (name: string) => compare(timings, 'ours', name);
  return [
    ratioLine('backup to hand-written', comparison('hand-written'), LIMITS.handWritten),
    ratioLine(`backup to raw ${tuned.name}`, comparison(tuned.name), LIMITS.tuned),
    ...others.slice(2).map(({ name }) => ratioLine(`backup to ${name}`, comparison(name))),
  ];
}

/** Our way: the same databases, one set. Only the newest set is kept. */
function ourBackup(place: Place): Way {
  return {
    name: 'ours',
    run: async () => {
      const cwd = await newFolder(place, 'ours');
      await runQuietly(holdfast, ['backup', '--json'], cwd, place.environment);
    },
    after: async () => {
      await requireAll(await ourSet(place));
      await settle(place);
    },
  };
}

/** A database that is skipped makes a fast backup. */
async function requireAll(set: string): Promise<void> {
  const { sources } = JSON.parse(await readFile(join(set, 'manifest.json'), 'utf8')) as Manifest;
  const names = new Set(sources.map(({ name }) => name));
  const missing = [...postgresDatabases, mongoDatabase].filter((name) => !names.has(name));
  if (missing.length > 0) throw new Error(`the set lacks ${missing.join(', ')}`);
}

/** Where the set of the last backup is; one is made when there is none. */
export async function ourSet(place: Place): Promise<string> {
  const folder = join(place.folder, 'ours', 'backups');
  const sets = async () => (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith('.'));
  if ((await sets()).length === 0) await ourBackup(place).run();
  const [set] = await sets();
  if (set === undefined) throw new Error('the backup made no set');
  return join(folder, set);
}

/** Where the files of the hand-written way are; they are made when there are none. */
export async function rawFolder(place: Place): Promise<string> {
  const way = handWritten(place.stack);
  const folder = join(place.folder, way.name);
  if ((await readdir(folder).catch(() => [])).length === 0) await rawBackup(place, way).run();
  return folder;
}

function rawBackup(place: Place, way: RawWay): Way {
  return {
    name: way.name,
    run: async () => {
      const folder = await newFolder(place, way.name);
      const restic = { RESTIC_REPOSITORY: join(folder, 'repository'), RESTIC_PASSWORD: 'bench' };
      await bash(way.script, folder, { ...process.env, ...restic, RESTIC_CACHE_DIR: join(folder, 'cache') });
    },
    after: () => settle(place),
  };
}

/** Tries each tuned way twice and takes the one with the best time. */
async function fastest(place: Place, say: (text: string) => void): Promise<RawWay> {
  const trials: { way: RawWay; seconds: number }[] = [];
  for (const way of (await Promise.all(tunedWays(place.stack).map(ifInstalled))).flat()) {
    const run = rawBackup(place, way);
    const seconds = Math.min(await timed(run), await timed(run));
    say(`trial: ${way.name} ${seconds.toFixed(2)} s, ${Math.round((await bytesIn(place, way)) / 1e6)} MB`);
    trials.push({ way, seconds });
    await rm(join(place.folder, way.name), { recursive: true });
  }
  const [best] = trials.toSorted((one, other) => one.seconds - other.seconds);
  if (best === undefined) throw new Error('no tuned way can run on this machine');
  return best.way;
}

async function bytesIn(place: Place, { name }: RawWay): Promise<number> {
  const folder = join(place.folder, name);
  const sizes = (await readdir(folder)).map(async (file) => (await stat(join(folder, file))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function ifInstalled(way: RawWay): Promise<RawWay[]> {
  return way.needs === undefined || (await isInstalled(way.needs)) ? [way] : [];
}
