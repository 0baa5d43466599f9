import { access, constants, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, toFailure } from '../../common/failure.ts';
import { ownIdentity } from '../../common/process-identity.ts';
import { writeWhole } from '../../common/whole-file.ts';
import { type Exchange, stampAfter } from '../../datastores/generation.ts';
import type { Difference, ObjectChange, RestoreWay, StepKind } from '../../datastores/restore.ts';
import { type Doer, isGone } from '../../runs/died.ts';
import type { ServiceRef } from '../around/restore-steps.ts';
import { homeLogFolderOf, logFolderOf } from '../state.ts';
import type { Workbench } from '../workbench.ts';
import type { Standing, StepState } from './step.ts';

/** Schema name of a journal. */
const SCHEMA = 'holdfast-restore/v1';

/** How a restore ended, as far as it could tell; missing while it runs, and for ever when it was killed. */
export type JournalOutcome = 'restored' | 'taken-back' | 'failed';

/** One source of a restore. */
export interface JournalSource {
  /** "postgres/app". */
  readonly label: string;
  readonly kind: string;
  /** The name of the server in the settings, what the command line called it, and where it was, for people. */
  readonly server: string;
  readonly at?: string;
  readonly place: string;
  /** The database that is written. */
  readonly target: string;
  readonly way: RestoreWay;
  /** True when there was something before. */
  readonly existed: boolean;
  readonly exchange?: Exchange;
  standing: Standing;
  readonly changes: readonly ObjectChange[];
  /** Rows or documents that were counted afterwards, by name. */
  counts?: Readonly<Record<string, number>>;
  differences?: readonly Difference[];
  compared?: boolean;
}

/** One step, as it is told and as it went. */
export interface JournalStep {
  readonly kind: StepKind;
  readonly source?: string;
  readonly text: string;
  state: StepState;
  milliseconds?: number;
  notes?: readonly string[];
  /** Why it failed, or could not be taken back. */
  error?: string;
}

/** Everything that is known of one restore, or of one undo: the report for machines, and what the next command goes by. */
export interface Journal extends Doer {
  readonly schema: typeof SCHEMA;
  readonly stamp: string;
  readonly command: 'restore' | 'undo';
  readonly environment: string;
  readonly set: string;
  /** The storage that the set came from. */
  readonly storage: string;
  /** Of the restore that an undo takes back. */
  readonly undoes?: string;
  finishedAt?: string;
  outcome?: JournalOutcome;
  /** The set with the data of before, of what is not kept beside. */
  safetySet?: string;
  readonly services: readonly ServiceRef[];
  /** What was told before the person said go. */
  readonly warnings: readonly string[];
  readonly sources: readonly JournalSource[];
  readonly steps: readonly JournalStep[];
}

/** What is known of a restore before its first step. */
export type JournalFacts = Pick<
  Journal,
  'stamp' | 'command' | 'set' | 'storage' | 'services' | 'warnings' | 'sources' | 'steps'
> &
  Partial<Pick<Journal, 'undoes' | 'safetySet'>>;

/** A journal that is being written. */
export interface JournalFile {
  readonly journal: Journal;
  /** Waits until what was changed in `journal` is on the disk. */
  save(): Promise<void>;
}

/**
 * Where the journals and reports of restores may lie: beside the sets, else in the home folder, because sets may be
 * restored from a folder that cannot be written.
 */
function foldersOf(bench: Workbench): string[] {
  return [...new Set([logFolderOf(bench), homeLogFolderOf(bench)])].map((folder) => join(folder, 'restores'));
}

/** Where each journal lies that was opened or read. */
const places = new WeakMap<Journal, string>();

/** The folder of a journal, and of its report. */
export function folderOf(journal: Journal): string {
  const folder = places.get(journal);
  if (folder !== undefined) return folder;
  throw new Failure('internal', { message: `the journal "${journal.stamp}" was neither opened nor read` });
}

/** Writes the first version of a journal, before anything is touched. Throws: without it no restore begins. */
export async function openJournal(bench: Workbench, facts: JournalFacts): Promise<JournalFile> {
  const { host, pid, processStart, bootId } = await ownIdentity();
  const journal: Journal = {
    schema: SCHEMA,
    ...facts,
    environment: bench.config.environment,
    ...{ host, pid, processStart, bootId },
    startedAt: new Date().toISOString(),
  };
  places.set(journal, await writableFolder(bench));
  return reopenJournal(journal);
}

/** The first folder that takes a file. Throws the failure of the last. */
async function writableFolder(bench: Workbench): Promise<string> {
  const folders = foldersOf(bench);
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await access(folder, constants.W_OK);
      return folder;
    } catch (error) {
      const failure = toFailure(error, { step: 'journal' });
      if (folder === folders.at(-1)) throw failure.at({ stands: 'nothing was changed' });
      const message = `restores are not recorded beside the sets: ${failure.message}`;
      bench.context.report({ kind: 'warning', message });
    }
  }
  throw new Failure('internal', { message: 'there is no folder for the journals of restores' });
}

/** A journal that was read, to be changed. */
export function reopenJournal(journal: Journal): JournalFile {
  const path = join(folderOf(journal), `${journal.stamp}.json`);
  let last: Promise<void> = Promise.resolve();
  const save = (): Promise<void> => {
    // One after the other: the last one written must be the last one asked for.
    const text = `${JSON.stringify(journal, null, 2)}\n`;
    last = last.catch(() => undefined).then(() => writeWhole(path, text, 0o600));
    return last;
  };
  return { journal, save };
}

/** The newest journals of this project, else all, oldest first; a file that cannot be read counts for nothing. */
export async function readJournals(bench: Workbench, newest?: number): Promise<Journal[]> {
  const journals = (await Promise.all(foldersOf(bench).map((folder) => readFolder(folder, newest)))).flat();
  return journals.sort((one, other) => (one.stamp < other.stamp ? -1 : 1));
}

/** The stamp of what begins now: later than any that is recorded. */
export async function newStamp(bench: Workbench): Promise<string> {
  return stampAfter((await readJournals(bench, 1)).at(-1)?.stamp, new Date());
}

/** A folder that is not there, or cannot be read, holds none. */
async function readFolder(folder: string, newest?: number): Promise<Journal[]> {
  const all = (await readdir(folder).catch(() => [])).filter((name) => /^\d{8}_\d{6}\.json$/.test(name)).sort();
  const names = newest === undefined ? all : all.slice(-newest);
  const journals = await Promise.all(names.map((name) => readJournal(join(folder, name))));
  const found = journals.filter((journal) => journal !== undefined);
  for (const journal of found) places.set(journal, folder);
  return found;
}

async function readJournal(path: string): Promise<Journal | undefined> {
  try {
    const journal = JSON.parse(await readFile(path, 'utf8')) as Journal;
    return journal.schema === SCHEMA && Array.isArray(journal.sources) ? journal : undefined;
  } catch {
    // Written whole or not at all: what cannot be read was changed by somebody, and is for people alone.
    return undefined;
  }
}

/** Restores that never said how they ended and whose process is gone, oldest first. */
export async function killedRestores(journals: readonly Journal[]): Promise<Journal[]> {
  const open = journals.filter(({ outcome }) => outcome === undefined);
  if (open.length === 0) return [];
  const own = await ownIdentity();
  const gone = await Promise.all(open.map((journal) => isGone(journal, own, Date.now())));
  return open.filter((_, at) => gone[at]);
}
