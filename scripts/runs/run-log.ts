import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent } from '../common/context.ts';
import { RUN_SCHEMA, type RunRecord, type RunResult, type RunStart } from './record.ts';

/** One file a run, so that runs side by side never write to one file and a damaged one costs one run. */
const ENDING = '.jsonl';

/** Runs that are kept: a year of nights. */
const RUNS_KEPT = 400;

/** Bytes of one run's log; a run that has more to say is cut, its result is not. */
const LARGEST_LOG = 1024 * 1024;

/** One line of a run's log between its first and its last. */
export type RunLine = RunEvent & {
  /** RFC 3339, UTC. */
  readonly time: string;
};

/** The log of a run that is under way. Its calls are in order; a failing disk shows in `end`. */
export interface RunLog {
  /** Bytes of progress are left out. */
  event(event: RunEvent): void;
  /** Writes the last line, waits until everything is on the disk, removes the oldest runs. */
  end(result: RunResult): Promise<void>;
}

/** Names a run by its start: "2026-05-07T02-00-03-a1b2". */
export function newRunName(startedAt: Date): string {
  const time = startedAt
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(':', '-');
  return `${time}-${randomBytes(2).toString('hex')}`;
}

/** Makes the folder (0700) and writes the first line before anything else happens. Throws errno errors. */
export async function openRunLog(folder: string, start: RunStart): Promise<RunLog> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const handle = await open(join(folder, `${start.run}${ENDING}`), 'ax', 0o600);
  let written = 0;
  let problem: unknown;
  const line = (value: object): Promise<void> => handle.appendFile(`${JSON.stringify(value)}\n`);
  await line({ kind: 'start', ...start });
  await handle.sync();
  let queue: Promise<void> = Promise.resolve();
  return {
    event(event) {
      if (event.kind === 'progress' || written > LARGEST_LOG) return;
      const text = `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`;
      // Counted before it is written: a slow disk must not let a flood of events pile up.
      written += Buffer.byteLength(text);
      queue = queue
        .then(() => handle.appendFile(text))
        .catch((error: unknown) => {
          problem ??= error;
        });
    },
    async end(result) {
      try {
        await queue;
        await line({ kind: 'end', time: new Date().toISOString(), ...result });
        await handle.sync();
      } finally {
        await handle.close();
      }
      await removeOldest(folder);
      if (problem !== undefined) throw problem;
    },
  };
}

/** Reads the runs of a folder, oldest first; none when there is no folder. Lines that cannot be read are left out. */
export async function readRuns(folder: string, newest = RUNS_KEPT): Promise<RunRecord[]> {
  const names = (await runNames(folder)).slice(-newest);
  const read = await Promise.all(names.map((name) => readRun(folder, name)));
  return read.filter((run) => run !== undefined);
}

/** Reads one run, by its name. Undefined when there is none or its first line cannot be read. */
export async function readRun(folder: string, run: string): Promise<RunRecord | undefined> {
  const lines = await readLines(folder, run);
  const start = lines[0];
  if (!isStart(start)) return undefined;
  const { kind: _, ...facts } = start;
  const end = lines.findLast(isEnd);
  if (end === undefined) return facts;
  const { kind: __, time, ...result } = end;
  return { ...facts, finishedAt: time, result };
}

/** What happened in a run, in its order. */
export async function readRunLines(folder: string, run: string): Promise<RunLine[]> {
  return (await readLines(folder, run)).filter((line): line is RunLine => !isStart(line) && !isEnd(line));
}

/** The names of the runs in a folder, oldest first; none when there is no folder. */
export async function runNames(folder: string): Promise<string[]> {
  try {
    const files = await readdir(folder);
    return files
      .filter((file) => file.endsWith(ENDING))
      .map((file) => file.slice(0, -ENDING.length))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

type StartLine = RunStart & { kind: 'start' };
type EndLine = RunResult & { kind: 'end'; time: string };

function isStart(line: unknown): line is StartLine {
  return kindOf(line) === 'start' && (line as StartLine).schema === RUN_SCHEMA;
}

function isEnd(line: unknown): line is EndLine {
  return kindOf(line) === 'end';
}

function kindOf(line: unknown): unknown {
  return (line as { kind?: unknown } | null)?.kind;
}

async function readLines(folder: string, run: string): Promise<unknown[]> {
  try {
    const text = await readFile(join(folder, `${run}${ENDING}`), 'utf8');
    return text.split('\n').flatMap((line) => parse(line));
  } catch (error) {
    // Removed by another run between the listing and the reading.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The last line of a run that was killed may be cut off. */
function parse(line: string): unknown[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value] : [];
  } catch {
    return [];
  }
}

async function removeOldest(folder: string): Promise<void> {
  for (const run of (await runNames(folder)).slice(0, -RUNS_KEPT)) {
    await unlink(join(folder, `${run}${ENDING}`)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
