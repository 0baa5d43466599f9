import { type Failure, toFailure } from '../common/failure.ts';
import { totalBytes } from '../common/total-bytes.ts';
import type { ScheduleSettings } from '../config/schedules.ts';
import { readHistory } from '../runs/died.ts';
import type { RunRecord } from '../runs/record.ts';
import { longestGap, nextTime } from '../schedules/times.ts';
import type { CompleteEntry } from '../sets/catalog.ts';
import type { ProofLevel } from '../sets/manifest.ts';
import { proofRank } from '../sets/proof.ts';
import type { Destination } from './destinations.ts';
import { runsFolderOf } from './state.ts';
import { at, catalogOf, type Workbench } from './workbench.ts';

const HOUR = 60 * 60 * 1000;

/** A run may take a while and begin a little late: so much is added to the longest wait between two, in hours. */
const GRACE = 2;

/** Without any schedule that backs up: a day and the grace. */
const USUAL_RPO = 24 + GRACE;

/** One complete set. */
export interface SetFact {
  readonly set: string;
  readonly time: Date;
  readonly bytes: number;
  readonly proof: ProofLevel;
  /** RFC 3339. */
  readonly provenAt: string | undefined;
}

/** What lies in one storage, of this environment. */
export interface DestinationFact {
  readonly name: string;
  readonly location: string;
  /** The newest complete set in which no source failed. */
  readonly newestGood: SetFact | undefined;
  /** The newest good set of the highest proof that any has. */
  readonly bestProven: SetFact | undefined;
  readonly sets: number;
  readonly bytes: number;
  readonly damaged: readonly string[];
  /** Why it could not be asked; then the numbers are 0. */
  readonly failure: Failure | undefined;
  /** No good set is younger than the RPO. */
  readonly late: boolean;
}

/** How things stand: what status, metrics and doctor rest on. */
export interface Overview {
  readonly now: Date;
  readonly rpoHours: number;
  readonly destinations: readonly DestinationFact[];
  /** Oldest first. */
  readonly runs: readonly RunRecord[];
  readonly schedules: readonly { readonly schedule: ScheduleSettings; readonly next: Date | undefined }[];
  /** In no storage lies a good set that is younger than the RPO. */
  readonly late: boolean;
}

/** Looks at every storage, the runs and the schedules. A storage that cannot be asked is told and not thrown. */
export async function lookOver(bench: Workbench, now = new Date()): Promise<Overview> {
  const { config, destinations } = bench;
  const rpoHours = rpoOf(bench, now);
  const runs = await readHistory(runsFolderOf(bench), now.getTime());
  const found = await Promise.all(destinations.map((destination) => lookAt(destination, { bench, now, rpoHours })));
  const schedules = config.schedules.map((schedule) => ({ schedule, next: nextTime(schedule, now) }));
  return { now, rpoHours, destinations: found, runs, schedules, late: found.every(({ late }) => late) };
}

/** How old the newest good set may be, in hours: what is set, else the longest wait between two backups and two hours. */
export function rpoOf({ config }: Workbench, now: Date): number {
  if (config.rpoHours !== undefined) return config.rpoHours;
  const gaps = config.schedules.filter(({ does }) => does === 'backup').map((schedule) => longestGap(schedule, now));
  return gaps.length === 0 ? USUAL_RPO : Math.ceil(Math.min(...gaps) / HOUR) + GRACE;
}

interface Surroundings {
  readonly bench: Workbench;
  readonly now: Date;
  readonly rpoHours: number;
}

async function lookAt(destination: Destination, { bench, now, rpoHours }: Surroundings): Promise<DestinationFact> {
  const { name, storage } = destination;
  const nothing = { name, location: storage.location, newestGood: undefined, bestProven: undefined, sets: 0, bytes: 0 };
  try {
    const entries = await catalogOf({ ...bench, ...at(destination) });
    const { environment } = bench.config;
    const complete = entries.filter(
      (entry): entry is CompleteEntry => entry.state === 'complete' && entry.manifest.environment === environment,
    );
    const good = complete.filter(({ manifest }) => manifest.failed.length === 0);
    const newestGood = factOf(good.at(-1));
    return {
      ...nothing,
      newestGood,
      bestProven: factOf(bestOf(good)),
      sets: complete.length,
      bytes: totalBytes(complete),
      damaged: entries.filter(({ state }) => state === 'damaged').map((entry) => entry.name),
      failure: undefined,
      late: newestGood === undefined || now.getTime() - newestGood.time.getTime() > rpoHours * HOUR,
    };
  } catch (error) {
    bench.context.signal.throwIfAborted();
    return { ...nothing, damaged: [], failure: toFailure(error), late: true };
  }
}

function bestOf(good: readonly CompleteEntry[]): CompleteEntry | undefined {
  const highest = Math.max(-1, ...good.map(({ proof }) => proofRank(proof)));
  return good.findLast(({ proof }) => proofRank(proof) === highest);
}

function factOf(entry: CompleteEntry | undefined): SetFact | undefined {
  if (entry === undefined) return undefined;
  const { name: set, time, bytes, proof, provenAt } = entry;
  return { set, time, bytes, proof, provenAt };
}
