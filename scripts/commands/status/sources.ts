import { totalBytes } from '../../common/total-bytes.ts';
import type { Config } from '../../config/config.ts';
import type { CompleteEntry } from '../../sets/catalog.ts';
import type { ProofLevel } from '../../sets/manifest.ts';
import { proofRank } from '../../sets/proof.ts';
import { type Counted, judgeSize, medianOf, RUNS_COMPARED, type Suspicion } from '../backup/suspicions.ts';
import { isChosen, parseChoice, sourceLabel } from '../choose.ts';
import { type DestinationFact, rpoOfSchedules } from './overview.ts';

const HOUR = 60 * 60 * 1000;

/** A set wherever it lies: what several storages hold under one name is one set. */
export interface HeldSet {
  readonly entry: CompleteEntry;
  /** The highest level that any of its copies has, and since when (RFC 3339). */
  readonly proof: ProofLevel;
  readonly provenAt: string | undefined;
}

/** How one source stands. */
export interface SourceFact {
  /** "postgres/app". */
  readonly source: string;
  /** The newest complete set that holds it. */
  readonly set: string;
  readonly time: Date;
  /** Of that set. */
  readonly proof: ProofLevel;
  readonly bytes: number;
  /** Undefined where nothing is counted. */
  readonly rows: number | undefined;
  /** Of the sets before that one, at most seven; undefined: there are none. */
  readonly medianBytes: number | undefined;
  /** It has far less than usual, or nothing. */
  readonly shrunk: Suspicion | undefined;
  /** Hours that its newest set may be old; undefined: no schedule backs it up. */
  readonly rpoHours: number | undefined;
  /**
   * "late": its newest set is older than that. "gone": newer sets hold others of its server and neither it nor a reason,
   * so that it was dropped or is not chosen any more; the run that first lacked it has told so.
   */
  readonly state: 'ok' | 'late' | 'gone';
}

/** All complete sets of all storages, oldest first. */
export function heldSets(destinations: readonly DestinationFact[]): HeldSet[] {
  const sets = new Map<string, HeldSet>();
  for (const entry of destinations.flatMap(({ complete }) => complete)) {
    const known = sets.get(entry.name);
    const { proof, provenAt } = entry;
    if (known === undefined || proofRank(proof) > proofRank(known.proof)) {
      sets.set(entry.name, { entry, proof, provenAt });
    }
  }
  return [...sets.values()].toSorted((one, other) => one.entry.time.getTime() - other.entry.time.getTime());
}

/** How each source stands that any set holds, by its name. `sets` from {@link heldSets}. */
export function sourcesOf(sets: readonly HeldSet[], config: Config, now: Date): SourceFact[] {
  const held = new Map<string, Holding[]>();
  for (const set of sets) {
    for (const source of set.entry.manifest.sources) {
      const label = sourceLabel(source);
      const known = held.get(label) ?? [];
      known.push({ set, source });
      held.set(label, known);
    }
  }
  return [...held.entries()]
    .map(([label, holdings]) => factOf(label, holdings, { sets, config, now }))
    .toSorted((one, other) => (one.source < other.source ? -1 : 1));
}

interface Holding {
  readonly set: HeldSet;
  readonly source: CompleteEntry['manifest']['sources'][number];
}

interface Surroundings {
  readonly sets: readonly HeldSet[];
  readonly config: Config;
  readonly now: Date;
}

function factOf(label: string, holdings: readonly Holding[], around: Surroundings): SourceFact {
  const newest = holdings.at(-1);
  if (newest === undefined) throw new Error(`no set holds "${label}"`);
  const { set, source } = newest;
  const sizes = holdings.map((holding) => countedOf(label, holding));
  const before = sizes.slice(0, -1).slice(-RUNS_COMPARED);
  const current = countedOf(label, newest);
  const rpoHours = rpoOfSource(source, around);
  const { name, time } = set.entry;
  return {
    source: label,
    set: name,
    time,
    proof: set.proof,
    bytes: current.bytes,
    rows: current.rows,
    medianBytes: medianOf(before.map(({ bytes }) => bytes)),
    shrunk: judgeSize(current, before, { shrinkPercent: around.config.shrinkPercent, one: 'set' }),
    rpoHours,
    state: stateOf(newest, rpoHours, around),
  };
}

function countedOf(label: string, { source }: Holding): Counted {
  const { rows } = source;
  return { source: label, bytes: totalBytes(source.artifacts), ...(rows === undefined ? {} : { rows }) };
}

/** Where each source has a schedule of its own, the age of the newest set alone says nothing about it. */
function rpoOfSource(source: Holding['source'], { config, now }: Surroundings): number | undefined {
  const own = config.schedules.filter(({ sources }) => isChosen(parseChoice(sources), source));
  return rpoOfSchedules(config, own, now);
}

function stateOf({ set, source }: Holding, rpoHours: number | undefined, { sets, now }: Surroundings) {
  const newer = sets.filter(({ entry }) => entry.time > set.entry.time);
  if (newer.some(({ entry }) => lacks(entry, source))) return 'gone';
  const age = now.getTime() - set.entry.time.getTime();
  return rpoHours !== undefined && age > rpoHours * HOUR ? 'late' : 'ok';
}

/** Does a set hold others of the same server, and not this one, although none failed there? */
function lacks({ manifest }: CompleteEntry, { kind, server }: Holding['source']): boolean {
  const isNeighbour = (other: unknown): boolean => {
    const { kind: itsKind, server: itsServer } = other as { kind?: unknown; server?: unknown };
    return itsKind === kind && itsServer === server;
  };
  return manifest.sources.some(isNeighbour) && !manifest.failed.some(isNeighbour);
}
