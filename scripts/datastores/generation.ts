/**
 * A whole copy of a database that is not the live one: "new" is being restored or waits to be put in its place,
 * "before" is what was live until a restore. The stamp names the restore: UTC, "20261121_235220".
 */
export interface Generation {
  readonly part: 'new' | 'before';
  readonly stamp: string;
}

/** The live database makes room for another generation of itself. */
export interface Exchange {
  readonly database: string;
  /** What becomes live; undefined: nothing does, the database goes aside (what was restored where there was none). */
  readonly fresh: Generation | undefined;
  /** As what the live one is kept; where there is none, nothing is. */
  readonly kept: Generation;
}

/** A generation as a server holds it. */
export interface StoredGeneration extends Generation {
  /** The live database that it belongs to. */
  readonly database: string;
  /** Where it lies, for people: the name of a database, the prefix of collections. */
  readonly place: string;
  readonly sizeBytes: number;
}

/** A generation as it stands in names: "before_20261121_235220". */
export function spellGeneration({ part, stamp }: Generation): string {
  return `${part}_${stamp}`;
}

/** True for the generation of a database that somebody asks for. */
export function isGenerationOf(stored: StoredGeneration, database: string, { part, stamp }: Generation): boolean {
  return stored.database === database && stored.part === part && stored.stamp === stamp;
}

/** Of a stamp: part of the names that people see and type in their own tools, so that it needs no quotes there. */
export const STAMP = /^\d{8}_\d{6}$/;

/** The stamp of a moment, to the second, UTC. */
export function stampOf(time: Date): string {
  return time.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_');
}

/** Milliseconds of the clock at which a stamp was made. */
export function timeOfStamp(stamp: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/.exec(stamp) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/**
 * The stamp of something that begins now: later than the newest there is, also within the same second and where the clock
 * was set back, so that no two share names and the order of stamps is that of events.
 */
export function stampAfter(newest: string | undefined, now: Date): string {
  const earliest = newest === undefined ? 0 : timeOfStamp(newest) + 1000;
  return stampOf(new Date(Math.max(now.getTime(), earliest)));
}
