import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Config } from '../config/config.ts';
import { processEnvironment } from '../config/environment.ts';
import { LOG_FOLDER } from '../sets/name.ts';
import { isRemote } from './destinations.ts';
import type { Workbench } from './workbench.ts';

type Place = Pick<Workbench, 'destinations' | 'config'>;

/**
 * Where runs lock each other out: with the sets, where they lie in a folder of this machine; else in one that no setting
 * moves, so that a run by hand and one of a scheduler always meet.
 */
export function lockFolderOf(place: Place): string {
  return localFolderOf(place) ?? join(homedir(), '.local', 'state', 'holdfast', 'locks', projectHash(place));
}

/** Where runs are recorded and schedulers write what runs print; absolute. Not made yet. */
export function logFolderOf(place: Place): string {
  const local = localFolderOf(place);
  return local === undefined ? homeLogFolderOf(place) : join(local, LOG_FOLDER);
}

/** The same in the home folder, for what must be written down also where the folder of the sets cannot be written. */
export function homeLogFolderOf(place: Place): string {
  return join(stateFolder(), LOG_FOLDER, projectHash(place));
}

/** Where schedulers append what the runs print. */
export function schedulerLogOf(place: Place): string {
  return join(logFolderOf(place), 'backup.log');
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

/** Where programs keep what should outlive a run, and what can be lost (XDG Base Directory Specification). */
export function stateFolder(): string {
  const { XDG_STATE_HOME } = processEnvironment();
  // "If a relative path is encountered … the application should consider the path invalid and ignore it."
  const folder = isAbsolute(XDG_STATE_HOME ?? '') ? XDG_STATE_HOME : undefined;
  return join(folder ?? join(homedir(), '.local', 'state'), 'holdfast');
}

function hash(words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 16);
}
