import { dirname, join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { namesIn, removeEmpty, removeFile } from '../files.ts';
import type { Change, Project } from '../schedule.ts';
import { findUnits, jobOf, wantsLink } from './installed-units.ts';
import type { Manager } from './manager.ts';
import { unitPrefix } from './units.ts';

/** Names of the jobs of a project of which anything is there: a file, a link, a note of the last start. */
export async function traces(manager: Manager, project: Project): Promise<string[]> {
  const prefix = unitPrefix(project);
  const links = await namesIn(dirname(wantsLink(manager.units, '')));
  const stamps = (await namesIn(manager.stamps)).map((name) => name.replace(/^stamp-/, ''));
  const ours = [...links, ...stamps].filter((name) => name.startsWith(prefix) && name.endsWith('.timer'));
  const found = [...(await findUnits(manager, project)).keys()];
  return [...new Set([...found, ...ours].map((unit) => jobOf(unit, project)))].sort();
}

/**
 * Takes jobs away with all that systemd keeps of them. A run that is under way goes on to its end. Throws Failure
 * "unreachable" when systemd could not be told; the files are gone then all the same.
 */
export async function removeJobs(manager: Manager, project: Project, jobs: readonly string[]): Promise<Change[]> {
  if (jobs.length === 0) return [];
  const names = jobs.map((job) => `${unitPrefix(project)}${job}`);
  const timers = names.map((name) => `${name}.timer`);
  // Of a timer whose file is gone it says that it does not know it; then there is nothing to stop.
  for (const timer of timers) await reach(manager, 'disable', '--now', timer);
  const changes: Change[] = [];
  for (const unit of names.flatMap((name) => [`${name}.timer`, `${name}.service`])) {
    const path = join(manager.units, unit);
    if (await removeFile(path)) changes.push({ what: 'removed', thing: path });
    await removeFile(wantsLink(manager.units, unit));
    await removeFile(join(manager.stamps, `stamp-${unit}`));
  }
  await removeEmpty(...emptied(manager));
  const told = await reach(manager, 'daemon-reload');
  // It goes through all of them, whatever it says of one that has not failed.
  await reach(manager, 'reset-failed', ...names.map((name) => `${name}.service`), ...timers);
  if (!told) throw notTold();
  return changes;
}

/** What a first install may have made. /etc/systemd/system and the machine's stamps are the distribution's. */
function emptied({ kind, units, stamps }: Manager): string[] {
  const wants = dirname(wantsLink(units, ''));
  return kind === 'system' ? [wants] : [wants, units, dirname(units), stamps, dirname(stamps)];
}

/** False when systemd does not answer or did not do it. */
async function reach({ ask }: Manager, ...words: readonly string[]): Promise<boolean> {
  try {
    return (await ask(words)).code === 0;
  } catch (error) {
    if (error instanceof Failure && error.code === 'tool-missing') return false;
    throw error;
  }
}

function notTold(): Failure {
  return new Failure('unreachable', {
    message: 'systemd does not answer, so it could not be told that the jobs are gone',
    stands: 'their files are removed; a systemd that runs forgets them when it starts the next time',
  });
}
