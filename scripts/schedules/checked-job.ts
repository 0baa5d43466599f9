import { isAbsolute } from 'node:path';
import { Failure } from '../common/failure.ts';
import type { Job, Project } from './schedule.ts';

/**
 * Refuses what no scheduler can be told: a line break or another control character in a path or value would end the line
 * that it stands in. Throws Failure "settings" with what it is in.
 */
export function checkJob(project: Project, job: Job): void {
  const environment = Object.entries(job.environment);
  const texts: readonly (readonly [what: string, text: string])[] = [
    ['the folder', project.folder],
    ['the working folder', job.folder],
    ['the log file', job.logFile],
    ...job.command.map((word) => ['the command', word] as const),
    ...job.writable.map((folder) => ['a folder', folder] as const),
    ...environment.map(([name, value]) => [`the variable "${name}"`, value] as const),
  ];
  const bad = texts.find(([, text]) => /\p{Cc}/u.test(text));
  if (bad) throw new Failure('settings', { message: `${bad[0]} of "${job.name}" holds a control character` });
  const relative = [project.folder, job.folder, job.logFile, job.command[0]].find((path) => !isAbsolute(path));
  if (relative !== undefined) throw new Failure('internal', { message: `"${relative}" is not an absolute path` });
  const name = environment.map(([each]) => each).find((each) => !/^[A-Za-z_]\w*$/.test(each));
  if (name !== undefined) throw new Failure('settings', { message: `"${name}" is not the name of a variable` });
}
