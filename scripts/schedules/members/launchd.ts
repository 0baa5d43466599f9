import { basename, join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { checkJob } from '../checked-job.ts';
import { textDrift } from '../drift.ts';
import { namesIn, readOrNothing, removeFile, writeWhole } from '../files.ts';
import { bootout, bootstrap, type Domain, isDisabled, loadedJob, openDomain } from '../launchd/domain.ts';
import { probeJob } from '../launchd/probe.ts';
import { labelPrefix, propertyList, workingFolder } from '../launchd/property-list.ts';
import { makeLogFolders } from '../log-file.ts';
import { orphanProblem } from '../orphan.ts';
import type {
  Change,
  InstalledJob,
  Job,
  Project,
  ScheduleProblem,
  Scheduler,
  ScheduleSurroundings,
} from '../schedule.ts';

/** launchd refuses a list that others may write. */
const LIST_MODE = 0o644;

/** Agents of launchd: they run while their owner is logged in; root's are daemons and run always. */
export function launchdScheduler(surroundings: ScheduleSurroundings): Scheduler {
  const domain = openDomain(surroundings);
  return {
    name: 'launchd',
    delays: false,
    unusable: () => whyNoDomain(domain),
    install: (project, jobs) => install(domain, project, jobs),
    uninstall: async (project) => await remove(domain, await labelsOf(domain, project)),
    installed: (project, wanted) => installed(domain, project, wanted),
    problems: (project) => problems(domain, project),
    probe: async (project, job) => {
      await refuseUnusable(domain);
      checkJob(project, job);
      return await probeJob(domain, project, job);
    },
  };
}

async function whyNoDomain({ surroundings, name, ask }: Domain): Promise<string | undefined> {
  if (surroundings.platform !== 'darwin') return 'launchd is only there on macOS';
  try {
    const { code, words } = await ask('print', name);
    return code === 0 ? undefined : `launchd has no domain "${name}", as nobody is logged in at the screen: ${words}`;
  } catch (error) {
    if (error instanceof Failure && error.code === 'tool-missing') return 'there is no launchctl';
    throw error;
  }
}

async function refuseUnusable(domain: Domain): Promise<void> {
  const reason = await whyNoDomain(domain);
  if (reason !== undefined) throw new Failure('unreachable', { message: reason });
}

async function install(domain: Domain, project: Project, jobs: readonly Job[]): Promise<Change[]> {
  await refuseUnusable(domain);
  for (const job of jobs) checkJob(project, job);
  await makeLogFolders(jobs);
  const wanted = jobs.map(({ name }) => `${labelPrefix(project)}${name}`);
  const changes = await remove(
    domain,
    (await labelsOf(domain, project)).filter((label) => !wanted.includes(label)),
  );
  for (const job of jobs) changes.push(await installJob(domain, project, job));
  return changes;
}

async function installJob(domain: Domain, project: Project, job: Job): Promise<Change> {
  const label = `${labelPrefix(project)}${job.name}`;
  const path = listPath(domain, label);
  const text = await propertyList(project, job);
  const old = await readOrNothing(path);
  const loaded = (await loadedJob(domain, label)) !== undefined;
  if (old === text && loaded) return { what: 'kept', thing: path };
  if (old !== text) await writeWhole(path, text, LIST_MODE);
  if (loaded) await bootout(domain, label);
  if (await isDisabled(domain, label)) await domain.ask('enable', `${domain.name}/${label}`);
  await bootstrap(domain, path);
  return { what: old === undefined ? 'made' : 'changed', thing: path };
}

async function remove(domain: Domain, labels: readonly string[]): Promise<Change[]> {
  const changes: Change[] = [];
  for (const label of labels) {
    const was = await bootout(domain, label);
    const path = listPath(domain, label);
    if ((await removeFile(path)) || was) changes.push({ what: 'removed', thing: path });
  }
  return changes;
}

/** Of the files, and of what is loaded although its file is gone. */
async function labelsOf(domain: Domain, project: Project): Promise<string[]> {
  const prefix = labelPrefix(project);
  const files = (await namesIn(domain.folder)).filter((name) => name.endsWith('.plist'));
  const loaded = (await domain.ask('list')).text.split('\n').map((line) => line.split('\t')[2] ?? '');
  const labels = [...files.map((name) => basename(name, '.plist')), ...loaded];
  return [...new Set(labels.filter((label) => label.startsWith(prefix)))].sort();
}

async function installed(domain: Domain, project: Project, wanted: readonly Job[]): Promise<InstalledJob[]> {
  const jobs: InstalledJob[] = [];
  for (const label of await labelsOf(domain, project)) {
    const name = label.slice(labelPrefix(project).length);
    const state = await loadedJob(domain, label);
    const job = wanted.find((each) => each.name === name);
    jobs.push({
      name,
      active: state !== undefined && !(await isDisabled(domain, label)),
      lastExitCode: state?.lastExitCode,
      running: state?.running ?? false,
      drift: job === undefined ? [`"${name}" is not in the settings any more`] : await driftOf(domain, project, job),
    });
  }
  return jobs;
}

async function driftOf(domain: Domain, project: Project, job: Job): Promise<string[]> {
  const file = `${labelPrefix(project)}${job.name}.plist`;
  const found = await readOrNothing(join(domain.folder, file));
  return textDrift(file, found, await propertyList(project, job));
}

async function problems(domain: Domain, project: Project): Promise<ScheduleProblem[]> {
  const reason = await whyNoDomain(domain);
  if (reason !== undefined) return [{ what: reason, mend: 'log in at the screen, and holdfast schedule install' }];
  const found: ScheduleProblem[] = [];
  for (const label of await labelsOf(domain, project)) {
    const target = `${domain.name}/${label}`;
    if (await isDisabled(domain, label)) {
      found.push({ what: `"${label}" is switched off`, mend: `launchctl enable ${target}` });
    } else if ((await loadedJob(domain, label)) === undefined) {
      const mend = `launchctl bootstrap ${domain.name} ${listPath(domain, label)}`;
      found.push({ what: `"${label}" is not loaded`, mend });
    }
  }
  return [...found, ...(await orphans(domain, project))];
}

/** Property lists of projects whose folder is gone. */
async function orphans(domain: Domain, project: Project): Promise<ScheduleProblem[]> {
  const found: ScheduleProblem[] = [];
  for (const name of await namesIn(domain.folder)) {
    if (!/^com\.holdfast\..+\.plist$/.test(name) || name.startsWith(labelPrefix(project))) continue;
    const path = join(domain.folder, name);
    const mend = `launchctl bootout ${domain.name}/${basename(name, '.plist')}; rm ${path}`;
    found.push(...orphanProblem(name, workingFolder((await readOrNothing(path)) ?? ''), mend));
  }
  return found;
}

function listPath({ folder }: Domain, label: string): string {
  return join(folder, `${label}.plist`);
}
