import { readFile } from 'node:fs/promises';
import { writeWhole } from '../common/whole-file.ts';
import type { Notice } from './notifier.ts';

/** One piece of news that a notifier brought. */
export interface Remembered {
  readonly notifier: string;
  readonly work: string;
  readonly news: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** What was told, oldest first. */
export type Memory = readonly Remembered[];

const HOUR = 60 * 60 * 1000;

/** More than any set-up has notifiers and schedules; the oldest are forgotten first. */
const MOST = 500;

/** The same news by the same notifier, less than so many hours ago. What lies in the future was told by a wrong clock. */
export function isOldNews(memory: Memory, notifier: string, { work, news }: Notice, now: Date, hours: number): boolean {
  const last = memory.findLast((told) => told.notifier === notifier && told.work === work && told.news === news);
  const age = last === undefined ? Number.NaN : now.getTime() - Date.parse(last.at);
  return age >= 0 && age < hours * HOUR;
}

/** The memory with what these notifiers brought just now; each piece of news once. */
export function remember(memory: Memory, notifiers: readonly string[], { work, news }: Notice, now: Date): Memory {
  const added = notifiers.map((notifier) => ({ notifier, work, news, at: now.toISOString() }));
  const isNew = (told: Remembered) => notifiers.includes(told.notifier) && told.work === work && told.news === news;
  return [...memory.filter((told) => !isNew(told)), ...added].slice(-MOST);
}

/** The memory without what was told of a work: it is good again. */
export function withoutWork(memory: Memory, work: string): Memory {
  return memory.filter((told) => told.work !== work);
}

/** Reads a memory; an empty one when there is none or it is damaged: to tell twice is better than not at all. */
export async function readMemory(path: string): Promise<Memory> {
  try {
    const found: unknown = JSON.parse(await readFile(path, 'utf8'));
    return Array.isArray(found) ? found.filter(isRemembered) : [];
  } catch {
    // Missing, unreadable or not JSON: nothing is known to have been told.
    return [];
  }
}

/** Writes a memory, whole, readable by nobody else. Throws the errno error. */
export async function writeMemory(path: string, memory: Memory): Promise<void> {
  await writeWhole(path, `${JSON.stringify(memory)}\n`, 0o600);
}

function isRemembered(value: unknown): value is Remembered {
  const entry = (value ?? {}) as Partial<Record<keyof Remembered, unknown>>;
  return [entry.notifier, entry.work, entry.news, entry.at].every((part) => typeof part === 'string');
}
