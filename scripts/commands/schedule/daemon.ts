import { setTimeout as sleep } from 'node:timers/promises';
import { toFailure } from '../../common/failure.ts';
import { using } from '../../common/using.ts';
import type { ScheduleSettings } from '../../config/schedules.ts';
import { type DaemonJob, runDaemon } from '../../schedules/daemon.ts';
import { nextTime } from '../../schedules/times.ts';
import { EXIT, exitCodeOf, wordFailure } from '../../ui/words.ts';
import { metricsPageOf } from '../status/metrics.ts';
import { openWorkbench, type Room, type Workbench } from '../workbench.ts';
import { scheduleRun } from './run.ts';

/** The flags of `holdfast daemon`. */
export interface DaemonFlags {
  /** Where metrics are served: ":9464", "127.0.0.1:9464". */
  readonly metrics?: string;
}

/**
 * Does what the schedules say until it is ended by a signal: for containers, and for machines without launchd, systemd
 * and cron. Ends with exit code 0 when a signal ends it at rest.
 */
export async function daemon(flags: DaemonFlags, room: Room): Promise<number> {
  const bench = await openWorkbench(room);
  const { config, screen } = bench;
  const announce = (schedule: ScheduleSettings): void => {
    const next = nextTime(schedule, new Date());
    screen.remark(`"${schedule.name}": ${schedule.time.text}, next ${next?.toISOString() ?? 'never'}`);
  };
  config.schedules.forEach(announce);
  const jobs = config.schedules.map((schedule): DaemonJob => ({ ...schedule, look: () => look(schedule, room) }));
  const clock = {
    now: () => new Date(),
    rest: (milliseconds: number) => sleep(milliseconds, undefined, { signal: room.signal }),
  };
  const server = flags.metrics === undefined ? undefined : await openMetrics(flags.metrics, bench);
  try {
    await using(server, () => runDaemon(jobs, clock));
  } catch (error) {
    if (!room.signal.aborted) throw error;
  }
  // A daemon that is told to end has done what it should.
  return EXIT.done;
}

async function openMetrics(address: string, bench: Workbench): Promise<AsyncDisposable> {
  const { serveMetrics } = await import('../../runs/metrics-output.ts');
  const { screen } = bench;
  const server = await serveMetrics(address, {
    produce: () => metricsPageOf(bench),
    report: (error) => screen.remark(`metrics could not be made: ${toFailure(error).message}`),
  });
  screen.remark(`metrics are served on port ${server.port}: /metrics and /healthz`);
  return { [Symbol.asyncDispose]: server.close };
}

/** A run that fails is told and recorded by itself; the daemon goes on. */
async function look(schedule: ScheduleSettings, room: Room): Promise<void> {
  try {
    await scheduleRun({ name: schedule.name, quiet: true }, room);
  } catch (error) {
    room.signal.throwIfAborted();
    const failure = toFailure(error);
    room.screen.settle();
    room.screen.remark(`${wordFailure(failure)}\n(exit code ${exitCodeOf(failure)})`);
  }
}
