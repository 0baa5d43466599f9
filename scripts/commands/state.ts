import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { LOG_FOLDER } from '../sets/name.ts';
import { isRemote } from './destinations.ts';
import type { Workbench } from './workbench.ts';

type Place = Pick<Workbench, 'destinations' | 'config'>;

/** Where runs lock each other out: with the sets, where they lie in a folder of this machine. */
export function lockFolderOf(place: Place): string {
  return localFolderOf(place) ?? join(stateFolder('locks'), projectHash(place));
}

/** Where runs are recorded and schedulers write what runs print; absolute. Not made yet. */
export function logFolderOf(place: Place): string {
  const local = localFolderOf(place);
  return local === undefined ? join(stateFolder(LOG_FOLDER), projectHash(place)) : join(local, LOG_FOLDER);
}

/** Where each run has a file of its own. */
export function runsFolderOf(place: Place): string {
  return join(logFolderOf(place), 'runs');
}

/** Tells projects of one machine apart: a word made of the folder's name and a hash of its path. */
export function projectIdOf({ folder }: Pick<Config, 'folder'>): string {
  const name = (folder.split('/').at(-1) ?? '').replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return `${name.slice(0, 30) || 'project'}-${hash([folder]).slice(0, 8)}`;
}

function localFolderOf({ destinations }: Place): string | undefined {
  return destinations.find(({ storage }) => !isRemote(storage))?.storage.lockFolder;
}

/** Two projects that write to one place elsewhere from one machine are still two. */
function projectHash({ config, destinations }: Place): string {
  return hash([config.folder, ...destinations.map(({ storage }) => storage.location).sort()]);
}

function stateFolder(room: string): string {
  return join(homedir(), '.local', 'state', 'holdfast', room);
}

function hash(words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 16);
}
