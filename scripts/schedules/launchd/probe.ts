import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../common/failure.ts';
import { writeWhole } from '../files.ts';
import { type ProbeAnswer, readProbeOutput } from '../probe-output.ts';
import type { Job, Project } from '../schedule.ts';
import { bootout, bootstrap, type Domain, loadedJob, openDomain } from './domain.ts';
import { labelPrefix, propertyList } from './property-list.ts';

/** How often launchd is asked whether it has ended; milliseconds. */
const PAUSE = 250;

/**
 * Runs a job as an agent of its own that starts when it is loaded. Only what launchd starts meets macOS's privacy rules
 * as the job will (pitfalls f5).
 */
export async function probeJob(domain: Domain, project: Project, job: Job): Promise<ProbeAnswer> {
  const Label = `${labelPrefix(project)}probe-${randomBytes(4).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-probe-'));
  const output = join(folder, 'output');
  const path = join(folder, `${Label}.plist`);
  const changes = { Label, StandardOutPath: output, StandardErrorPath: output, StartCalendarInterval: [] };
  try {
    await writeWhole(path, await propertyList(project, job, changes), 0o644);
    await bootstrap(domain, path);
    const exitCode = await endOf(domain, Label, job.timeoutSeconds);
    return { exitCode, output: await readProbeOutput(output) };
  } finally {
    // After an abort as well: so it is asked without the signal that may have ended the probe.
    await bootout(openDomain({ ...domain.surroundings, signal: new AbortController().signal }), Label);
    await rm(folder, { recursive: true, force: true });
  }
}

async function endOf(domain: Domain, label: string, seconds: number): Promise<number> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(PAUSE)) {
    const state = await loadedJob(domain, label);
    if (state === undefined) throw new Failure('tool-failed', { message: 'launchd has dropped the probe' });
    if (!state.running && state.lastExitCode !== undefined) return state.lastExitCode;
  }
  throw new Failure('timeout', { message: `the probe did not end within ${seconds} seconds` });
}
