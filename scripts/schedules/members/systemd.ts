import { join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { checkJob } from '../checked-job.ts';
import { textDrift } from '../drift.ts';
import { writeWhole } from '../files.ts';
import { makeLogFolders } from '../log-file.ts';
import type { Change, InstalledJob, Job, Project, Scheduler, ScheduleSurroundings } from '../schedule.ts';
import { findUnits, isEnabled, jobOf } from '../systemd/installed-units.ts';
import { type Manager, openManager, whyNoManager } from '../systemd/manager.ts';
import { probeUnit } from '../systemd/probe.ts';
import { managerProblems } from '../systemd/problems.ts';
import { removeJobs, traces } from '../systemd/remove.ts';
import { unitState } from '../systemd/state.ts';
import { type JobUnits, jobUnits, type ManagerKind } from '../systemd/units.ts';
import { nextTime } from '../times.ts';

/** Others may read what is run and when; there is no secret in it. */
const UNIT_MODE = 0o644;

/** Timers of systemd: those of one user's manager, or of the machine's own, which only root may change. */
export function systemdScheduler(surroundings: ScheduleSurroundings, kind: ManagerKind): Scheduler {
  const manager = openManager(surroundings, kind);
  return {
    name: `systemd (${kind})`,
    delays: true,
    unusable: () => whyNoManager(manager),
    install: (project, jobs) => install(manager, project, jobs),
    uninstall: async (project) => await removeJobs(manager, project, await traces(manager, project)),
    installed: (project, wanted) => installed(manager, project, wanted),
    problems: (project) => managerProblems(manager, project),
    probe: async (project, job) => {
      await refuseUnusable(manager);
      checkJob(project, job);
      return await probeUnit(manager, project, job);
    },
  };
}

async function install(manager: Manager, project: Project, jobs: readonly Job[]): Promise<Change[]> {
  await refuseUnusable(manager);
  for (const job of jobs) checkJob(project, job);
  await makeLogFolders(jobs);
  const there = await traces(manager, project);
  const removed = await removeJobs(
    manager,
    project,
    there.filter((name) => jobs.every((job) => job.name !== name)),
  );
  const wanted = await Promise.all(jobs.map((job) => jobUnits(project, job, manager.kind)));
  const written = await writeUnits(manager, project, wanted);
  if (written.some(({ what }) => what !== 'kept')) await manager.tell('daemon-reload');
  for (const units of wanted) await start(manager, units, written);
  return [...removed, ...written];
}

async function refuseUnusable(manager: Manager): Promise<void> {
  const reason = await whyNoManager(manager);
  if (reason === undefined) return;
  const denied = manager.kind === 'system' && manager.surroundings.userId !== 0;
  throw new Failure(denied ? 'denied' : 'unreachable', { message: reason });
}

async function writeUnits(manager: Manager, project: Project, wanted: readonly JobUnits[]): Promise<Change[]> {
  const found = await findUnits(manager, project);
  const changes: Change[] = [];
  for (const [name, text] of wanted.flatMap(({ texts }) => Object.entries(texts))) {
    const old = found.get(name);
    const what = old === undefined ? 'made' : old === text ? 'kept' : 'changed';
    if (what !== 'kept') await writeWhole(join(manager.units, name), text, UNIT_MODE);
    changes.push({ what, thing: join(manager.units, name) });
  }
  return changes;
}

/** A timer that runs learns of other times when systemd reads its file again, which `written` has seen to. */
async function start(manager: Manager, { timer, service }: JobUnits, written: Change[]): Promise<void> {
  const path = join(manager.units, timer);
  const index = written.findIndex(({ thing }) => thing === path);
  const { active, stale } = await unitState(manager, timer, service);
  const asleep = !active || !isEnabled(manager, timer);
  if (asleep) await manager.tell('enable', '--now', timer);
  else if (stale) await manager.tell('daemon-reload');
  // The file was there, and it is started only now.
  if (asleep && written[index]?.what === 'kept') written[index] = { what: 'changed', thing: path };
}

async function installed(manager: Manager, project: Project, wanted: readonly Job[]): Promise<InstalledJob[]> {
  const found = await findUnits(manager, project);
  const names = new Set([...found.keys()].map((unit) => jobOf(unit, project)));
  const jobs: InstalledJob[] = [];
  for (const name of names) {
    const job = wanted.find((each) => each.name === name);
    const units = job === undefined ? undefined : await jobUnits(project, job, manager.kind);
    const base = `holdfast-${project.id}-${name}`;
    const { stale, ...state } = await unitState(manager, `${base}.timer`, `${base}.service`);
    const texts = Object.entries(units?.texts ?? {});
    const drift = texts.flatMap(([unit, text]) => textDrift(unit, found.get(unit), text));
    if (units === undefined) drift.push(`"${name}" is not in the settings any more`);
    if (stale) drift.push(`"${base}.timer" was changed, and systemd has not read it yet`);
    const active = state.active && isEnabled(manager, `${base}.timer`);
    jobs.push({ name, ...state, active, nextRun: nextRun(job, state.nextRun), drift });
  }
  return jobs;
}

/** The timer looks every hour as well; a run is what comes at a time of the schedule. */
function nextRun(job: Job | undefined, look: Date | undefined): Date | undefined {
  if (job === undefined || look === undefined) return look;
  const from = look.getTime() - job.delaySeconds * 1000 - 1;
  return nextTime(job, new Date(Math.max(from, Date.now())));
}
