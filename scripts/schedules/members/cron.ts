import { Failure } from '../../common/failure.ts';
import { checkJob } from '../checked-job.ts';
import {
  blockOf,
  bytesOf,
  type Crontab,
  jobLine,
  ownBlock,
  readCrontab,
  withBlock,
  writeCrontab,
} from '../cron/crontab.ts';
import { probeScript } from '../cron/probe.ts';
import { cronProblems, whyNoCron } from '../cron/problems.ts';
import { emptied, scriptPath, scriptPrefix, scriptsOf, scriptText } from '../cron/script.ts';
import { cronText } from '../cron-text.ts';
import { textDrift } from '../drift.ts';
import { readOrNothing, removeEmpty, removeFile, writeWhole } from '../files.ts';
import { makeLogFolders } from '../log-file.ts';
import { isElsewhere, minutesElsewhere, quietMinute } from '../looks.ts';
import type { Change, InstalledJob, Job, Project, Scheduler, ScheduleSurroundings } from '../schedule.ts';

/** Nobody else need know the paths; sh reads it, so it need not be executable. */
const SCRIPT_MODE = 0o600;

/** The user's crontab. It knows no time zones and catches nothing up, so it looks at every start and every hour too. */
export function cronScheduler(surroundings: ScheduleSurroundings): Scheduler {
  return {
    name: 'cron',
    delays: false,
    unusable: () => whyNoCron(surroundings),
    install: (project, jobs) => install(surroundings, project, jobs),
    uninstall: (project) => uninstall(surroundings, project),
    installed: (project, wanted) => installed(surroundings, project, wanted),
    problems: (project) => cronProblems(surroundings, project),
    probe: async (project, job) => {
      checkJob(project, job);
      return await probeScript(surroundings, project, job);
    },
  };
}

/** The lines of a job: its times, the start of the machine, and each hour, in which the command mostly finds nothing due. */
function linesOf(surroundings: ScheduleSurroundings, project: Project, { name, time, timezone }: Job): string[] {
  const script = scriptPath(surroundings, project, name);
  const elsewhere = isElsewhere(timezone);
  const looks = elsewhere ? minutesElsewhere(time.minutes, timezone, new Date()) : quietMinute(time.minutes);
  const times = [...(elsewhere ? [] : [cronText(time)]), '@reboot'];
  const hourly = looks.length > 0 ? [`${looks.join(',')} * * * *`] : [];
  return [...times, ...hourly].map((when) => jobLine(when, script));
}

function wantedBlock(surroundings: ScheduleSurroundings, project: Project, jobs: readonly Job[]): string {
  return blockOf(
    project,
    jobs.flatMap((job) => linesOf(surroundings, project, job)),
  );
}

async function install(
  surroundings: ScheduleSurroundings,
  project: Project,
  jobs: readonly Job[],
): Promise<readonly Change[]> {
  const reason = await whyNoCron(surroundings);
  if (reason !== undefined) throw new Failure('unreachable', { message: reason });
  for (const job of jobs) checkJob(project, job);
  await makeLogFolders(jobs);
  const changes: Change[] = [];
  for (const job of jobs) changes.push(await writeScript(surroundings, project, job));
  const crontab = await readCrontab(surroundings);
  const block = wantedBlock(surroundings, project, jobs);
  changes.push(await writeLines(surroundings, crontab, withBlock(crontab, project, surroundings, block)));
  const unwanted = (await scriptsOf(surroundings, project)).filter((name) => jobs.every((job) => job.name !== name));
  return [...changes, ...(await removeScripts(surroundings, project, unwanted))];
}

async function uninstall(surroundings: ScheduleSurroundings, project: Project): Promise<readonly Change[]> {
  const crontab = await crontabOrNothing(surroundings);
  const scripts = await scriptsOf(surroundings, project);
  const rest = withBlock(crontab, project, surroundings, undefined);
  const lines = rest === crontab ? [] : [await writeLines(surroundings, crontab, rest)];
  return [...lines, ...(await removeScripts(surroundings, project, scripts))];
}

async function writeScript(surroundings: ScheduleSurroundings, project: Project, job: Job): Promise<Change> {
  const path = scriptPath(surroundings, project, job.name);
  const text = scriptText(project, job);
  const old = await readOrNothing(path);
  if (old !== text) await writeWhole(path, text, SCRIPT_MODE);
  return { what: old === undefined ? 'made' : old === text ? 'kept' : 'changed', thing: path };
}

async function writeLines(surroundings: ScheduleSurroundings, old: Crontab, text: Crontab): Promise<Change> {
  const thing = 'the crontab';
  if (old === text) return { what: 'kept', thing };
  await writeCrontab(surroundings, text);
  return { what: old === '' ? 'made' : text === '' ? 'removed' : 'changed', thing };
}

async function removeScripts(
  surroundings: ScheduleSurroundings,
  project: Project,
  names: readonly string[],
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const path of names.map((name) => scriptPath(surroundings, project, name))) {
    if (await removeFile(path)) changes.push({ what: 'removed', thing: path });
  }
  await removeEmpty(...emptied(surroundings));
  return changes;
}

async function installed(
  surroundings: ScheduleSurroundings,
  project: Project,
  wanted: readonly Job[],
): Promise<readonly InstalledJob[]> {
  const block = ownBlock(await crontabOrNothing(surroundings), project, surroundings) ?? '';
  const called = [...block.matchAll(/([\w.-]+)\.sh'$/gm)].map(([, name = '']) =>
    name.replace(scriptPrefix(project), ''),
  );
  const names = new Set([...(await scriptsOf(surroundings, project)), ...called]);
  const jobs = [...names].map(async (name): Promise<InstalledJob> => {
    const script = scriptPath(surroundings, project, name);
    const active = block.includes(bytesOf(jobLine('@reboot', script)));
    const job = wanted.find((each) => each.name === name);
    if (job === undefined) return { name, active, drift: [`"${name}" is not in the settings any more`] };
    const expected = linesOf(surroundings, project, job).map(bytesOf);
    const lines = block.split('\n').filter((line) => line.endsWith(expected[0]?.split(' /bin/sh ')[1] ?? ''));
    const drift = textDrift('the crontab', lines.join('\n'), expected.join('\n'));
    return {
      name,
      active,
      drift: [...drift, ...textDrift(script, await readOrNothing(script), scriptText(project, job))],
    };
  });
  return await Promise.all(jobs);
}

/** Where there is no crontab program (any more), nothing of ours is in a crontab. */
async function crontabOrNothing(surroundings: ScheduleSurroundings): Promise<Crontab> {
  try {
    return await readCrontab(surroundings);
  } catch (error) {
    if (error instanceof Failure && (error.code === 'tool-missing' || error.code === 'denied')) return '';
    throw error;
  }
}
