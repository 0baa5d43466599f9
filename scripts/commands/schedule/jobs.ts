import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import type { Environment } from '../../config/environment.ts';
import type { ScheduleSettings } from '../../config/schedules.ts';
import type { Job, Project } from '../../schedules/schedule.ts';
import { logFolderOf, projectIdOf, schedulerLogOf } from '../state.ts';
import type { Workbench } from '../workbench.ts';

/** What a scheduler's own PATH lacks: where package managers put engines and tools. */
const USUAL_FOLDERS = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/opt/podman/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/**
 * What engines and client libraries read by themselves and no setting gives. Never a secret: what is installed can be
 * read by others. Nothing that differs from one shell of a person to the next, which would look like a change.
 */
const HANDED_ON = [
  'DOCKER_HOST',
  'DOCKER_CONTEXT',
  'DOCKER_CONFIG',
  'CONTAINER_HOST',
  'XDG_RUNTIME_DIR',
  'XDG_STATE_HOME',
  'XDG_CACHE_HOME',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_ENV_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
];

/** Programs that a run may start on this machine. */
const PROGRAMS = [
  'podman',
  'docker',
  'psql',
  'pg_dump',
  'mongodump',
  'mongorestore',
  'redis-cli',
  'redis-server',
  'influx',
  'influxd',
  'rclone',
];

/** The launcher at the root of this checkout: it finds a Node by itself, also after the one of today is gone. */
export const LAUNCHER = join(import.meta.dirname, '..', '..', '..', 'holdfast');

const SECONDS = { minute: 60, hour: 3600 } as const;

/** Whose jobs these are. */
export function projectOf({ config }: Workbench): Project {
  return { id: projectIdOf(config), folder: config.folder };
}

/** The settings as jobs for a scheduler. `delays`: it puts starts off by itself; else the command waits. */
export function jobsOf(bench: Workbench, environment: Environment, delays: boolean): Job[] {
  return bench.config.schedules.map((schedule) => jobOf(schedule, bench, environment, delays));
}

function jobOf(schedule: ScheduleSettings, bench: Workbench, environment: Environment, delays: boolean): Job {
  const { name, time, timezone, delayMinutes, timeoutHours } = schedule;
  const delaySeconds = delayMinutes * SECONDS.minute;
  const wait = delays || delaySeconds === 0 ? [] : ['--delay', String(delaySeconds)];
  return {
    name,
    time,
    timezone,
    command: [LAUNCHER, 'schedule', 'run', name, ...wait],
    folder: bench.config.folder,
    environment: jobEnvironment(environment),
    logFile: schedulerLogOf(bench),
    writable: writableFolders(bench),
    delaySeconds,
    timeoutSeconds: timeoutHours * SECONDS.hour,
  };
}

function jobEnvironment(environment: Environment): Record<string, string> {
  const path = [dirname(process.execPath), ...programFolders(environment), ...USUAL_FOLDERS];
  const handed = HANDED_ON.flatMap((name) => (environment[name] ? [[name, environment[name]] as const] : []));
  return {
    ...Object.fromEntries(handed.filter(([, value]) => !holdsPassword(value))),
    HOME: homedir(),
    USER: userInfo().username,
    PATH: [...new Set(path)].join(delimiter),
  };
}

/** `https://user:password@proxy` must not be written into a unit that everybody may read. */
function holdsPassword(value: string): boolean {
  return /\/\/[^/@]*:[^/@]*@/.test(value);
}

/** Where the person's own PATH finds the programs, so that what works by hand works at night; not the whole of it. */
function programFolders({ PATH = '' }: Environment): string[] {
  const folders = PATH.split(delimiter).filter((folder) => folder.startsWith('/'));
  return PROGRAMS.flatMap((program) => folders.find((folder) => existsSync(join(folder, program))) ?? []);
}

function writableFolders(bench: Workbench): string[] {
  const local = bench.destinations.flatMap(({ storage }) => storage.lockFolder ?? []);
  return [...new Set([...local, logFolderOf(bench)])];
}
