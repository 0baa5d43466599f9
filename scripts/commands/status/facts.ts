import type { Config } from '../../config/config.ts';
import type { RunDrill, RunRecord, RunResult } from '../../runs/record.ts';
import type { DestinationFact, Overview } from './overview.ts';
import { type HeldSet, heldSets, type SourceFact, sourcesOf } from './sources.ts';

const HOUR = 60 * 60 * 1000;

/** Days that a proof by a restore may be old where nobody says otherwise. */
const USUAL_PROOF_DAYS = 30;

/** An unfinished set that changed within this time may be one that another machine is writing; milliseconds. */
const QUIET = HOUR;

/** A drill that came to a verdict. */
export interface DrillFact {
  readonly run: RunRecord;
  readonly result: RunResult;
  readonly drill: RunDrill;
  readonly at: Date;
}

/** What is known of restores that proved a set. */
export interface ProofFact {
  /** The newest one, from the proofs beside the sets and from the runs of this machine. `set` is missing in old runs. */
  readonly newest: { readonly at: Date; readonly set: string | undefined } | undefined;
  readonly lastDrill: DrillFact | undefined;
  /** The last drill that passed: the measured RTO. */
  readonly lastPass: DrillFact | undefined;
  /** Days that the newest may be old. */
  readonly targetDays: number;
  /** Somebody counts on it: a target is set or a drill is scheduled. Else it is no concern that there never was one. */
  readonly isExpected: boolean;
}

/** A set that is being written, or was when its run died. */
export interface UnfinishedFact {
  readonly storage: string;
  readonly set: string;
  readonly bytes: number;
  readonly changed: Date;
  /** Nobody is writing it any more. */
  readonly isLeft: boolean;
}

/** How a project stands: what the words, the line for monitors and the page are made of. */
export interface Standing {
  readonly environment: string;
  /** Of this Holdfast. */
  readonly version: string;
  readonly now: Date;
  readonly rpoHours: number;
  /** Undefined: any time will do. */
  readonly rtoMinutes: number | undefined;
  readonly destinations: readonly DestinationFact[];
  /** Oldest first. */
  readonly sets: readonly HeldSet[];
  readonly sources: readonly SourceFact[];
  readonly proof: ProofFact;
  readonly unfinished: readonly UnfinishedFact[];
  /** Of this environment, oldest first. */
  readonly runs: readonly RunRecord[];
  readonly schedules: Overview['schedules'];
}

/** Puts together how a project stands. Asks nobody. */
export function standingOf(overview: Overview, { config, version }: { config: Config; version: string }): Standing {
  const { now, rpoHours, destinations, schedules } = overview;
  const runs = overview.runs.filter(({ environment }) => environment === config.environment);
  const sets = heldSets(destinations);
  return {
    environment: config.environment,
    version,
    now,
    rpoHours,
    rtoMinutes: config.rtoMinutes,
    destinations,
    sets,
    sources: sourcesOf(sets, config, now),
    proof: proofOf(sets, runs, config),
    unfinished: unfinishedOf(overview, runs),
    runs,
    schedules,
  };
}

/** The newest good set of all storages; undefined when there is none. */
export function newestGoodOf({ destinations }: Pick<Standing, 'destinations'>): DestinationFact['newestGood'] {
  const found = destinations.flatMap(({ newestGood }) => newestGood ?? []);
  return found.toSorted((one, other) => one.time.getTime() - other.time.getTime()).at(-1);
}

/** Runs that tried a restore and came to a verdict, oldest first. */
export function drillsOf(runs: readonly RunRecord[]): DrillFact[] {
  return runs.flatMap((run) => {
    const { result, finishedAt, startedAt } = run;
    if (result?.drill === undefined) return [];
    return [{ run, result, drill: result.drill, at: new Date(finishedAt ?? startedAt) }];
  });
}

/** Days that a proof by a restore may be old: the target, also where nobody set one. */
export function proofDaysOf({ proofDays }: Pick<Config, 'proofDays'>): number {
  return proofDays ?? USUAL_PROOF_DAYS;
}

function proofOf(sets: readonly HeldSet[], runs: readonly RunRecord[], config: Config): ProofFact {
  const drills = drillsOf(runs);
  const passes = drills.filter(({ drill, result }) => drill.verdict === 'PASS' && result.proof === 'proven');
  const found = [
    ...sets.flatMap(({ entry, proof, provenAt }) =>
      proof === 'proven' && provenAt !== undefined ? [{ at: new Date(provenAt), set: entry.name }] : [],
    ),
    ...passes.map(({ at, result }) => ({ at, set: result.set })),
  ];
  const isScheduled = config.schedules.some(({ does }) => does === 'drill');
  return {
    newest: found.toSorted((one, other) => one.at.getTime() - other.at.getTime()).at(-1),
    lastDrill: drills.at(-1),
    lastPass: passes.at(-1),
    targetDays: proofDaysOf(config),
    isExpected: config.proofDays !== undefined || config.rtoMinutes !== undefined || isScheduled,
  };
}

function unfinishedOf({ destinations, now }: Overview, runs: readonly RunRecord[]): UnfinishedFact[] {
  const isBusy = runs.some(({ result }) => result === undefined);
  return destinations.flatMap(({ name, partial }) =>
    partial.map(({ name: set, bytes, changed }) => ({
      storage: name,
      set,
      bytes,
      changed,
      isLeft: !isBusy && now.getTime() - changed.getTime() > QUIET,
    })),
  );
}
