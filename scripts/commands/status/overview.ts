import { type Failure, toFailure } from '../../common/failure.ts';
import { totalBytes } from '../../common/total-bytes.ts';
import type { ScheduleSettings } from '../../config/schedules.ts';
import { readHistory } from '../../runs/died.ts';
import type { RunRecord } from '../../runs/record.ts';
import { longestGap, nextTime } from '../../schedules/times.ts';
import type { CatalogEntry, CompleteEntry, PartialEntry } from '../../sets/catalog.ts';
import type { ProofLevel } from '../../sets/manifest.ts';
import { proofRank } from '../../sets/proof.ts';
import type { Destination } from '../destinations.ts';
import { runsFolderOf } from '../state.ts';
import { at, catalogOf, type Workbench } from '../workbench.ts';

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
  /** Complete sets of this environment, oldest first. */
  readonly complete: readonly CompleteEntry[];
  /** Sets that are being written, or were when their run died. */
  readonly partial: readonly PartialEntry[];
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
export function rpoOf({ config }: Pick<Workbench, 'config'>, now: Date): number {
  return rpoOfSchedules(config, config.schedules, now) ?? USUAL_RPO;
}

/** The same for some of the schedules alone, such as those that back up one source; undefined where none does. */
export function rpoOfSchedules(
  { rpoHours }: Pick<Workbench['config'], 'rpoHours'>,
  schedules: readonly ScheduleSettings[],
  now: Date,
): number | undefined {
  if (rpoHours !== undefined) return rpoHours;
  const gaps = schedules.filter(({ does }) => does === 'backup').map((schedule) => longestGap(schedule, now));
  return gaps.length === 0 ? undefined : Math.ceil(Math.min(...gaps) / HOUR) + GRACE;
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
    const complete = inState(entries, 'complete').filter(({ manifest }) => manifest.environment === environment);
    const good = complete.filter(({ manifest }) => manifest.failed.length === 0);
    const newestGood = factOf(good.at(-1));
    return {
      ...nothing,
      newestGood,
      bestProven: factOf(bestOf(good)),
      sets: complete.length,
      bytes: totalBytes(complete),
      damaged: inState(entries, 'damaged').map((entry) => entry.name),
      complete,
      partial: inState(entries, 'partial'),
      failure: undefined,
      late: newestGood === undefined || now.getTime() - newestGood.time.getTime() > rpoHours * HOUR,
    };
  } catch (error) {
    bench.context.signal.throwIfAborted();
    return { ...nothing, damaged: [], complete: [], partial: [], failure: toFailure(error), late: true };
  }
}

function inState<State extends CatalogEntry['state']>(entries: readonly CatalogEntry[], state: State) {
  return entries.filter((entry): entry is Extract<CatalogEntry, { state: State }> => entry.state === state);
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
