import { Failure } from '../common/failure.ts';
import { type Storage, type StorageOptions, UNFINISHED_SUFFIX } from '../storage/storage.ts';

/** `2026-05-07T15-36` or, when that minute was taken, `2026-05-07T15-36-42`. Always UTC. */
const SET_NAME = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})(?:-(\d{2}))?$/;

/** The folder beside the sets that holds what runs said; the catalogue passes it over. */
export const LOG_FOLDER = 'logs';

/** How many names a message lists before it becomes a wall. */
const LISTED_NAMES = 5;

/** How often a name that another run took at the same moment is given up for the next. */
const ATTEMPTS = 20;

/** The time that a set's name says, or undefined when it is not a set's name. Minutes without seconds count as :00. */
export function parseSetName(name: string): Date | undefined {
  const [, day, hour, minute, second = '00'] = SET_NAME.exec(name) ?? [];
  if (day === undefined) return undefined;
  const text = `${day}T${hour}:${minute}:${second}.000Z`;
  const time = new Date(text);
  // "2026-02-30" is taken for March by some readers of dates: what does not come back the same is no date.
  return Number.isNaN(time.getTime()) || time.toISOString() !== text ? undefined : time;
}

/** The first free name for a set that begins now: its minute, else its second, else the next free second. */
export function freeSetName(now: Date, taken: ReadonlySet<string>): string {
  const [minute, second] = [16, 19].map((end) => now.toISOString().slice(0, end).replaceAll(':', '-'));
  const free = [minute, second].find((name) => name !== undefined && !taken.has(name));
  return free ?? freeSetName(new Date(now.getTime() + 1000), new Set([...taken, minute ?? '']));
}

/**
 * Reserves a set in a storage under the first free name for `now`, and gives the name. Runs that ask at the same
 * moment get different names.
 */
export async function reserveSet(storage: Storage, now: Date, options: StorageOptions = {}): Promise<string> {
  const seen = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    for (const { name } of await storage.entries(options)) seen.add(withoutSuffix(name));
    const name = freeSetName(now, seen);
    try {
      await storage.reserve(name, options);
      return name;
    } catch (error) {
      const lostRace = error instanceof Failure && error.code === 'storage' && attempt < ATTEMPTS;
      if (!lostRace || !(await isTaken(storage, name, options))) throw error;
    }
  }
}

async function isTaken(storage: Storage, name: string, options: StorageOptions): Promise<boolean> {
  return (await storage.entries(options)).some((entry) => withoutSuffix(entry.name) === name);
}

function withoutSuffix(name: string): string {
  return name.endsWith(UNFINISHED_SUFFIX) ? name.slice(0, -UNFINISHED_SUFFIX.length) : name;
}

/**
 * The set that a person means by "latest", a full name, or any beginning that only one set has. `names` are the sets
 * to choose from. Throws Failure "ambiguous" (listing the candidates) or "not-found" (listing the nearest).
 */
export function resolveSetName(wanted: string, names: readonly string[]): string {
  const newestFirst = [...names].sort(byTimeDescending);
  if (newestFirst.length === 0)
    throw new Failure('not-found', { message: `found no set "${wanted}": there are no sets` });
  if (wanted === 'latest') return newestFirst[0] ?? wanted;
  if (names.includes(wanted)) return wanted;
  const candidates = wanted === '' ? [] : newestFirst.filter((name) => name.startsWith(wanted));
  if (candidates.length === 1 && candidates[0] !== undefined) return candidates[0];
  if (candidates.length > 1) throw ambiguous(wanted, candidates);
  throw notFound(wanted, newestFirst);
}

function byTimeDescending(one: string, other: string): number {
  const [first, second] = [one, other].map((name) => parseSetName(name)?.getTime() ?? 0);
  return (second ?? 0) - (first ?? 0) || (one < other ? 1 : -1);
}

function ambiguous(wanted: string, candidates: readonly string[]): Failure {
  return new Failure('ambiguous', {
    message: `"${wanted}" is the beginning of ${candidates.length} sets, expected of one: ${quoted(candidates)}`,
  });
}

function notFound(wanted: string, newestFirst: readonly string[]): Failure {
  const nearest = [...newestFirst].sort((one, other) => sharedLength(other, wanted) - sharedLength(one, wanted));
  return new Failure('not-found', {
    message: `found no set "${wanted}"; the nearest of ${newestFirst.length}: ${quoted(nearest)}`,
  });
}

function sharedLength(name: string, wanted: string): number {
  let length = 0;
  while (length < name.length && name[length] === wanted[length]) length += 1;
  return length;
}

function quoted(names: readonly string[]): string {
  const listed = names.slice(0, LISTED_NAMES).map((name) => `"${name}"`);
  return [...listed, ...(names.length > LISTED_NAMES ? [`and ${names.length - LISTED_NAMES} more`] : [])].join(', ');
}
