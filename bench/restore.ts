/** Restore of the PostgreSQL part: ours beside `pg_restore < file` of the hand-made dumps, one after another. */
import { join } from 'node:path';
import { ourSet, rawFolder } from './backup.ts';
import { holdfast, type Place, settle } from './place.ts';
import { rawRestore } from './raw.ts';
import { alternate, compare, type Way } from './rounds.ts';
import { bash, runQuietly } from './shell.ts';
import { type Line, ratioLine } from './table.ts';

/** The limit of the issue. */
const LIMIT = 0.7;

/** Each way replaces what the other has restored: the same data every time. */
export async function measureRestore(place: Place, rounds: number, say: (text: string) => void): Promise<Line[]> {
  await ourSet(place);
  const script = rawRestore(place.stack, await rawFolder(place));
  const after = () => settle(place);
  const ours: Way = { name: 'ours', run: () => ourRestore(place), after: () => forget(place).then(after) };
  const raw: Way = { name: 'pg_restore', run: () => bash(script, place.folder), after };
  const timings = await alternate([ours, raw], rounds, say);
  return [ratioLine('restore to pg_restore < file', compare(timings, 'ours', 'pg_restore'), LIMIT)];
}

function ourRestore(place: Place): Promise<void> {
  const words = ['restore', '--components', 'postgres', '--yes', '--json'];
  return runQuietly(holdfast, words, join(place.folder, 'ours'), place.environment);
}

/** What a restore keeps is removed between two measurements: it is no part of the work, and would fill the disk. */
function forget(place: Place): Promise<void> {
  return runQuietly(
    holdfast,
    ['restore', '--forget', '--yes', '--json'],
    join(place.folder, 'ours'),
    place.environment,
  );
}
