import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../common/failure.ts';
import type { InstalledJob } from '../schedule.ts';
import type { Manager } from './manager.ts';

/** What systemd tells of one job. */
export type UnitState = Omit<InstalledJob, 'name' | 'drift'> & {
  /** The files have changed since systemd read them. */
  readonly stale: boolean;
};

const UNKNOWN: UnitState = { active: false, stale: false };

const TIMER = ['ActiveState', 'NextElapseUSecRealtime', 'LastTriggerUSec', 'NeedDaemonReload'];
const SERVICE = ['ActiveState', 'ExecMainStartTimestamp', 'ExecMainExitTimestamp', 'ExecMainCode', 'ExecMainStatus'];

/** `ExecMainCode` of a process that was ended by a signal; siginfo.h: CLD_KILLED, CLD_DUMPED. */
const KILLED = ['2', '3'];

/** Asks about a timer and its service; a manager that does not answer leaves everything unknown. */
export async function unitState(manager: Manager, timer: string, service: string): Promise<UnitState> {
  const [clock, work] = await Promise.all([show(manager, timer, TIMER), show(manager, service, SERVICE)]);
  if (clock === undefined || work === undefined) return UNKNOWN;
  const started = timeOf(work.get('ExecMainStartTimestamp'));
  const triggered = (await neverTriggered(manager, timer)) ? undefined : timeOf(clock.get('LastTriggerUSec'));
  return {
    active: clock.get('ActiveState') === 'active',
    nextRun: timeOf(clock.get('NextElapseUSecRealtime')),
    lastRun: newest([started, triggered]),
    lastExitCode: exitCodeOf(work),
    // A service that ends by itself is "activating" for as long as it runs.
    running: work.get('ActiveState') === 'activating',
    stale: clock.get('NeedDaemonReload') === 'yes',
  };
}

/** Properties of a unit; undefined when the manager does not answer. */
export async function show(
  { ask }: Manager,
  unit: string,
  properties: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const words = ['show', unit, ...properties.map((name) => `--property=${name}`)];
  const answer = await ask(words).catch((error: unknown) => {
    // Files of a machine that is started without systemd just now.
    if (error instanceof Failure && error.code === 'tool-missing') return undefined;
    throw error;
  });
  if (answer?.code !== 0) return undefined;
  const { text } = answer;
  return new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** 128 + n when signal n ended it, as shells say it; undefined when it has not run since the start of the manager. */
export function exitCodeOf(service: ReadonlyMap<string, string>): number | undefined {
  const status = service.get('ExecMainStatus');
  if (!service.get('ExecMainExitTimestamp') || status === undefined) return undefined;
  return Number(status) + (KILLED.includes(service.get('ExecMainCode') ?? '') ? 128 : 0);
}

/** "Sat 2026-11-21 02:00:00 UTC", as systemctl writes times when TZ is UTC; empty or "n/a" when there is none. */
function timeOf(text = ''): Date | undefined {
  const [, day, time] = /^\w{3} (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) UTC$/.exec(text.trim()) ?? [];
  return day === undefined ? undefined : new Date(`${day}T${time}Z`);
}

/**
 * systemd makes its note when a timer is installed, and after a restart takes that for the last time that it fired. A
 * note that was not touched since tells of no run. (Where files have no time of birth, node gives 1970.)
 */
async function neverTriggered({ stamps }: Manager, timer: string): Promise<boolean> {
  // Without a note systemd tells what it knows from its own life.
  const note = await stat(join(stamps, `stamp-${timer}`)).catch(() => undefined);
  return note !== undefined && note.mtimeMs - note.birthtimeMs < 1000;
}

function newest(times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.filter((time) => time !== undefined).map(Number);
  return known.length === 0 ? undefined : new Date(Math.max(...known));
}
