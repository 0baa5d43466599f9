import { dirname, join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { shellWord } from '../../common/shell-word.ts';
import { namesIn } from '../files.ts';
import type { Job, Project, ScheduleSurroundings } from '../schedule.ts';

/**
 * Where the scripts of all projects lie. A line of a crontab may have 998 characters (Debian's cron cuts the rest off in
 * silence), and its variables would reach the lines of others: so a job is a script, and the crontab calls it.
 */
export function scriptFolder({ environment }: ScheduleSurroundings): string {
  if (environment.HOME === undefined) throw new Failure('settings', { message: 'HOME is not set' });
  return join(environment.XDG_CONFIG_HOME || join(environment.HOME, '.config'), 'holdfast', 'cron');
}

/** Folders that go with the last script, when they are empty. */
export function emptied(surroundings: ScheduleSurroundings): string[] {
  const folder = scriptFolder(surroundings);
  return [folder, dirname(folder)];
}

/** The beginning of the names of a project's scripts. */
export function scriptPrefix({ id }: Project): string {
  return `${id}-`;
}

/** The path of a job's script. */
export function scriptPath(surroundings: ScheduleSurroundings, project: Project, job: string): string {
  return join(scriptFolder(surroundings), `${scriptPrefix(project)}${job}.sh`);
}

/** What cron's sh runs for a job. It needs nothing of cron's environment. */
export function scriptText(project: Project, job: Job): string {
  const variables = Object.entries(job.environment).map(([name, value]) => `export ${name}=${shellWord(value)}`);
  return [
    `# Made by "holdfast schedule install" for "${job.name}" of ${project.folder}`,
    'umask 077',
    ...variables,
    `exec >>${shellWord(job.logFile)} 2>&1`,
    `cd ${shellWord(job.folder)} || exit 1`,
    // Low priority where there is nice, which a few small systems lack.
    'command -v nice >/dev/null && set -- nice -n 10',
    `exec "$@" ${job.command.map(shellWord).join(' ')}`,
    '',
  ].join('\n');
}

/** The folder of the project that a script is of, by its first line; undefined for a script of somebody else. */
export function projectFolder(text: string): string | undefined {
  return /^# Made by "holdfast schedule install" for "[^"]*" of (\/.*)$/m.exec(text)?.[1];
}

/** Names of the jobs whose scripts are there. */
export async function scriptsOf(surroundings: ScheduleSurroundings, project: Project): Promise<string[]> {
  const prefix = scriptPrefix(project);
  const names = await namesIn(scriptFolder(surroundings));
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length).replace(/\.sh$/, ''));
}
