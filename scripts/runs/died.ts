import { ownIdentity, type ProcessIdentity, processState } from '../common/process-identity.ts';
import type { RunRecord } from './record.ts';
import { readRuns } from './run-log.ts';

/** A run of another machine that is silent for so long is given up; longer than the longest time-out of a schedule. */
const GIVEN_UP = 8 * 24 * 60 * 60 * 1000;

/** The runs of a folder, oldest first, with those that died marked as such. */
export async function readHistory(folder: string, now = Date.now()): Promise<RunRecord[]> {
  return await markDied(await readRuns(folder), now);
}

/** Marks the runs that never said how they ended and whose process is gone as "died"; the others stay as they are. */
export async function markDied(runs: readonly RunRecord[], now = Date.now()): Promise<RunRecord[]> {
  const open = runs.filter(({ result }) => result === undefined);
  if (open.length === 0) return [...runs];
  const own = await ownIdentity();
  const died = new Set<RunRecord>();
  for (const run of open) if (await isGone(run, own, now)) died.add(run);
  return runs.map((run) => (died.has(run) ? { ...run, result: DIED } : run));
}

const DIED = {
  outcome: 'died',
  exitCode: 1,
  sources: [],
  skipped: [],
  failed: [],
  destinations: [],
  suspicions: [],
} as const;

/** Who did something, and since when (RFC 3339). */
export type Doer = Pick<RunRecord, 'host' | 'bootId' | 'pid' | 'processStart' | 'startedAt'>;

/** True when the process is known to be gone, or was silent for so long on another machine that it is given up. */
export async function isGone(run: Doer, own: ProcessIdentity, now: number): Promise<boolean> {
  if (run.host === own.host && run.bootId === own.bootId) {
    const state = await processState(run.pid, run.processStart);
    if (state !== 'unknown') return state === 'gone';
  }
  const restarted = run.host === own.host && run.bootId !== '' && own.bootId !== '' && run.bootId !== own.bootId;
  return restarted || now - Date.parse(run.startedAt) > GIVEN_UP;
}
