import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import { type ProbeAnswer, readProbeOutput } from '../probe-output.ts';
import type { Job, Project, ScheduleSurroundings } from '../schedule.ts';
import { runTool } from '../tool.ts';
import { scriptText } from './script.ts';

/**
 * Runs the script of a job with nothing but what cron gives, by crontab(5). This stands in for cron: a line for the next
 * minute would take up to a minute to show anything, and a crontab is not ours to change for a question.
 */
export async function probeScript(
  surroundings: ScheduleSurroundings,
  project: Project,
  job: Job,
): Promise<ProbeAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-probe-'));
  const output = join(folder, 'output');
  const script = join(folder, 'job.sh');
  try {
    await writeFile(script, scriptText(project, { ...job, logFile: output }), { mode: 0o600 });
    const { homedir, username } = userInfo();
    const only = { HOME: homedir, LOGNAME: username, SHELL: '/bin/sh', PATH: '/usr/bin:/bin' };
    const { code } = await runTool(surroundings, ['/bin/sh', script], { only, timeout: job.timeoutSeconds * 1000 });
    return { exitCode: code, output: await readProbeOutput(output) };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'timeout') throw error;
    throw new Failure('timeout', { message: `the probe did not end within ${job.timeoutSeconds} seconds` });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
