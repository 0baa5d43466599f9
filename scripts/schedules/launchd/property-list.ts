import type { Job, Project } from '../schedule.ts';
import { readTemplate } from '../template.ts';
import { calendarIntervals } from './intervals.ts';

/** The names of a project's jobs begin with this. */
export function labelPrefix(project: Project): string {
  return `com.holdfast.${project.id}.`;
}

/** The text of the property list of a job, made from the template in launchd/; `changes` replace keys of it. */
export async function propertyList(
  project: Project,
  job: Job,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { parse, build } = await import('plist');
  const common = parse(await readTemplate('launchd/com.holdfast.plist')) as Readonly<Record<string, unknown>>;
  const values = {
    Label: `${labelPrefix(project)}${job.name}`,
    ProgramArguments: [...job.command],
    WorkingDirectory: job.folder,
    EnvironmentVariables: { ...job.environment },
    StartCalendarInterval: calendarIntervals(job.time, job.timezone).map((interval) => ({ ...interval })),
    StandardOutPath: job.logFile,
    StandardErrorPath: job.logFile,
    ...common,
    ...changes,
  };
  return `${build(values)}\n`;
}

/** The working folder that a property list of ours names; undefined when it cannot be read. */
export function workingFolder(text: string): string | undefined {
  const [, folder] = /<key>WorkingDirectory<\/key>\s*<string>([^<]*)<\/string>/.exec(text) ?? [];
  return folder?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
