import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { removeEmpty, removeFile, writeWhole } from '../files.ts';
import { type ProbeAnswer, readProbeOutput } from '../probe-output.ts';
import type { Job, Project } from '../schedule.ts';
import { toolFailure } from '../tool.ts';
import type { Manager } from './manager.ts';
import { exitCodeOf, show } from './state.ts';
import { serviceText, unitPrefix } from './units.ts';

/** More than the service's own limits, which end it first; milliseconds. */
const PATIENCE = 150_000;

/**
 * Runs a job as a service of its own, of the very same text but for where it prints: systemd-run would be told the
 * properties in another way, and so prove another thing. The unit lies where units go with the next start.
 */
export async function probeUnit(manager: Manager, project: Project, job: Job): Promise<ProbeAnswer> {
  const unit = `${unitPrefix(project)}probe-${randomBytes(4).toString('hex')}.service`;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-probe-'));
  const logFile = join(folder, 'output');
  const path = join(manager.transient, unit);
  try {
    // What has ended stays known until it is stopped, and with it the exit code.
    const text = await serviceText(project, { ...job, logFile }, manager.kind, 'RemainAfterExit=yes');
    await writeWhole(path, text, 0o644);
    await manager.tell('daemon-reload');
    const exitCode = await runUnit(manager, unit, job);
    return { exitCode, output: await readProbeOutput(logFile) };
  } finally {
    await forget(manager, unit, path);
    await rm(folder, { recursive: true, force: true });
  }
}

async function runUnit(manager: Manager, unit: string, job: Job): Promise<number> {
  const answer = await manager.ask(['start', unit], job.timeoutSeconds * 1000 + PATIENCE);
  const state = await show(manager, unit, ['Result', 'ExecMainExitTimestamp', 'ExecMainCode', 'ExecMainStatus']);
  if (state?.get('Result') === 'timeout') {
    throw new Failure('timeout', { message: `the probe did not end within ${job.timeoutSeconds} seconds` });
  }
  const code = state === undefined ? undefined : exitCodeOf(state);
  if (code === undefined) throw toolFailure(['systemctl', 'start', unit], answer);
  return code;
}

/** After an abort as well: so it is asked without the signal that may have ended the probe. */
async function forget(manager: Manager, unit: string, path: string): Promise<void> {
  const signal = new AbortController().signal;
  const calm = manager.withSignal(signal);
  await calm.ask(['stop', unit]);
  await removeFile(path);
  if (manager.kind === 'user') await removeEmpty(manager.transient);
  await calm.ask(['daemon-reload']);
  await calm.ask(['reset-failed', unit]);
}
