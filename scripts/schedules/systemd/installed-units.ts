import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn, readOrNothing } from '../files.ts';
import type { Project } from '../schedule.ts';
import type { Manager } from './manager.ts';
import { unitPrefix } from './units.ts';

/** The files of a project, as they are: names and texts. */
export type FoundUnits = ReadonlyMap<string, string>;

/** The units of a project that lie in the manager's folder. */
export async function findUnits({ units }: Manager, project: Project): Promise<FoundUnits> {
  const prefix = unitPrefix(project);
  const found = new Map<string, string>();
  for (const name of await namesIn(units)) {
    if (!name.startsWith(prefix) || !/\.(timer|service)$/.test(name)) continue;
    const text = (await readOrNothing(join(units, name))) ?? '';
    if (belongsTo(text, project)) found.set(name, text);
  }
  return found;
}

/** The value of a line in the section for ourselves, which systemd skips. */
export function noteOf(text: string, key: 'Project' | 'Job' | 'Folder'): string | undefined {
  const own = text.slice(text.lastIndexOf('[X-Holdfast]'));
  return new RegExp(`^${key}=(.*)$`, 'm').exec(own)?.[1];
}

/** The name of the job that a unit is of. */
export function jobOf(unit: string, project: Project): string {
  return unit.slice(unitPrefix(project).length).replace(/\.(timer|service)$/, '');
}

/** Is a timer started with its manager? */
export function isEnabled({ units }: Manager, timer: string): boolean {
  return existsSync(wantsLink(units, timer));
}

/** The link that "systemctl enable" makes. */
export function wantsLink(units: string, timer: string): string {
  return join(units, 'timers.target.wants', timer);
}

/** One without a note is ours by its name: what was cut short can be taken away as well. */
function belongsTo(text: string, { id }: Project): boolean {
  const owner = noteOf(text, 'Project');
  return owner === undefined || owner === id;
}
