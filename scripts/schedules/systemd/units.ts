import { dirname, join } from 'node:path';
import type { Job, Project } from '../schedule.ts';
import { fillTemplate, readTemplate } from '../template.ts';
import { calendarLines } from './calendar.ts';
import { commandLine, folderValue, plainValue, quotedWord } from './escape.ts';

/** Whose manager it is: that of one user, or that of the machine. */
export type ManagerKind = 'user' | 'system';

/** The two files of a job: names without a folder, and texts. */
export interface JobUnits {
  readonly name: string;
  readonly timer: string;
  readonly service: string;
  readonly texts: Readonly<Record<string, string>>;
}

/** Every unit of a project begins with this. */
export function unitPrefix(project: Project): string {
  return `holdfast-${project.id}-`;
}

/** Makes the files of a job from the templates in systemd/. */
export async function jobUnits(project: Project, job: Job, kind: ManagerKind): Promise<JobUnits> {
  const base = `${unitPrefix(project)}${job.name}`;
  const [timer, service] = [`${base}.timer`, `${base}.service`];
  const timerText = fillTemplate(await readTemplate('systemd/holdfast.timer'), {
    ...commonValues(project, job),
    times: calendarLines(job.time, job.timezone).join('\n'),
    delay: String(job.delaySeconds),
  });
  return {
    name: job.name,
    timer,
    service,
    texts: { [timer]: timerText, [service]: await serviceText(project, job, kind) },
  };
}

/** The service of a job; `extra` are lines for its section [Service]. */
export async function serviceText(project: Project, job: Job, kind: ManagerKind, extra = ''): Promise<string> {
  const hardening = kind === 'system' ? await hardeningText(job) : '';
  return fillTemplate(await readTemplate('systemd/holdfast.service'), {
    ...commonValues(project, job),
    folder: folderValue(job.folder),
    environment: Object.entries(job.environment)
      .map(([name, value]) => `Environment=${quotedWord(`${name}=${value}`)}`)
      .join('\n'),
    command: commandLine(job.command),
    timeout: String(job.timeoutSeconds),
    log: plainValue(job.logFile),
    identifier: `holdfast-${project.id}`,
    extra: [hardening, extra].filter(Boolean).join('\n'),
  });
}

function commonValues(project: Project, job: Job): Record<string, string> {
  return {
    description: plainValue(`Holdfast "${job.name}" of ${project.folder}`),
    project: project.id,
    job: job.name,
    folder: folderValue(project.folder),
  };
}

/**
 * What engines write to besides the folders of the job: podman keeps containers' states below /run and /var/lib, sockets
 * of servers lie in /run and /tmp. Each may be missing.
 */
const ENGINES_OWN = ['/run', '/tmp', '/var/tmp', '/var/lib/containers'];

/** Below the home folder: what Node and npm keep, and the history of runs. */
const HOMES_OWN = ['.cache', '.npm', '.local/state'];

async function hardeningText(job: Job): Promise<string> {
  const home = job.environment.HOME;
  const own = home === undefined ? [] : HOMES_OWN.map((name) => join(home, name));
  // The launcher installs the packages of an updated Holdfast beside itself.
  const folders = [...new Set([...job.writable, dirname(job.command[0]), ...own, ...ENGINES_OWN])];
  const writable = folders.map((folder) => quotedWord(`-${folder}`)).join(' ');
  return fillTemplate(await readTemplate('systemd/hardening.conf'), { writable }).trimEnd();
}
