import type { Notice } from '../../notify/notifier.ts';
import type { RunRecord, RunStart } from '../../runs/record.ts';
import { logFolderOf } from '../state.ts';
import { metricsOf } from '../status/metrics.ts';
import { lookOver, type Overview } from '../status/overview.ts';
import type { Workbench } from '../workbench.ts';
import { lateNotice, noticeOf, tellAll } from './notices.ts';
import { wordUntold } from './notices-words.ts';

/** Verbs that a person watches while they run; nobody is to be woken by what they see themselves. */
const WATCHED = ['restore', 'prune', 'copy'];

/** Tells those who want it that a run began. Never throws. */
export async function tellStart(bench: Workbench, start: RunStart): Promise<void> {
  await bring(bench, isTold(start) ? noticeOf(start, []) : undefined);
}

/** Tells those who want it how a run ended, and writes the metrics where they are wanted. Never throws. */
export async function tellEnd(bench: Workbench, run: RunRecord, earlier: readonly RunRecord[]): Promise<void> {
  await bring(bench, isTold(run) ? noticeOf(run, earlier) : undefined);
  const { metricsFile } = bench.config;
  if (metricsFile === undefined) return;
  try {
    const { writeMetricsFile } = await import('../../runs/metrics-output.ts');
    await writeMetricsFile(metricsFile, await metricsOf(bench));
  } catch (error) {
    bench.context.report({ kind: 'warning', message: `the metrics were not written: ${(error as Error).message}` });
  }
}

/** Tells that nothing good was made for longer than the RPO. Never throws. */
export async function tellIfLate(bench: Workbench): Promise<void> {
  if (bench.config.notify.length === 0) return;
  const overview = await lookOver(bench);
  if (!overview.late) return;
  const { rpoHours, now } = overview;
  const { environment } = bench.config;
  await bring(bench, lateNotice({ environment, lastGood: newestGood(overview), rpoSeconds: rpoHours * 3600, now }));
}

/** When the newest good set was made, in whichever storage it lies. */
export function newestGood({ destinations }: Overview): Date | undefined {
  const times = destinations.flatMap(({ newestGood: found }) => (found === undefined ? [] : [found.time.getTime()]));
  return times.length === 0 ? undefined : new Date(Math.max(...times));
}

function isTold({ command, schedule }: RunStart): boolean {
  return schedule !== undefined || !WATCHED.includes(command);
}

/** The signal of the run may have ended it: the message goes out all the same, within its own time limit. */
async function bring(bench: Workbench, notice: Notice | undefined): Promise<void> {
  if (notice === undefined || bench.config.notify.length === 0) return;
  const { signal } = new AbortController();
  const told = await tellAll(bench.config, notice, { signal, stateFolder: logFolderOf(bench) });
  for (const message of wordUntold(told)) bench.context.report({ kind: 'warning', message });
}
