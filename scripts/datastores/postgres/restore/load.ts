import { Failure } from '../../../common/failure.ts';
import { Secret } from '../../../common/secret.ts';
import { type RunResult, SECRET_FILE } from '../../../engines/engine.ts';
import type { ArtifactReader } from '../../datastore.ts';
import { commandOf } from '../connection/client.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { codeOf } from '../connection/failures.ts';
import { converse } from '../connection/talks.ts';
import type { Tools } from '../connection/tools.ts';
import { connectionString } from '../sql.ts';
import { watchLocks } from './lock-watch.ts';
import { type Pass, passesOf } from './passes.ts';
import type { ListName, Lists, Placement } from './placement.ts';
import { type RestoreWords, sortWords } from './words.ts';

/** Everything that pg_restore needs to know. */
export interface Load {
  readonly target: string;
  readonly tools: Tools;
  readonly placement: Placement;
  /** The lists of entries for pg_restore, where all of them in their own order are not good. */
  readonly lists: Lists;
  /** The statements that drop what is made after the data. */
  readonly dropsAfterData: readonly string[];
  readonly artifact: ArtifactReader;
  /** True when the database was made for this restore and is empty. */
  readonly made: boolean;
  /** Connections side by side. */
  readonly jobs: number;
}

/** Memory that all connections of a restore together may sort indexes in, and the most that one makes use of. */
const SORT_MEMORY_MEBIBYTES = 1024;
const MOST_SORT_MEBIBYTES = 256;

/**
 * For our sessions alone. A crash during the restore means that it is done again anyway, so no commit waits for the
 * disk. Connections side by side keep the cores busy by themselves: parallel workers on top cost a tenth more CPU
 * (2.5 instead of 2.8 s for four indexes on 2.6 million rows). wal_compression was measured too: lz4 gains nothing,
 * pglz costs half as much again.
 */
function sessionFor(load: Load, pass: Pass): Record<string, string> {
  const parallel = pass.options.some((option) => option.startsWith('--jobs='));
  const memory = Math.min(MOST_SORT_MEBIBYTES, Math.floor(SORT_MEMORY_MEBIBYTES / load.jobs));
  const session = { synchronous_commit: 'off', maintenance_work_mem: `${memory}MB` };
  return parallel ? { ...session, max_parallel_maintenance_workers: '0' } : session;
}

/** Runs pg_restore as often as the plan says. Throws a Failure that says what stands; returns harmless notes. */
export async function loadArchive(client: ConnectedClient, load: Load, signal: AbortSignal): Promise<string[]> {
  const notes: string[] = [];
  for (const pass of passesOf(client, load)) {
    if (pass.bare) await dropAfterData(client, load, signal);
    const work = (): Promise<RunResult> => runPass(client, load, pass, signal);
    const { result, blockers } = await watchLocks(client, load.target, signal, work);
    const words = sortWords(result.stderr);
    if (words.errors.length > 0 || (result.code !== 0 && !onlyIgnored(result)))
      throw failed(result, words, blockers, pass);
    notes.push(...words.notes);
  }
  return notes;
}

async function runPass(client: ConnectedClient, load: Load, pass: Pass, signal: AbortSignal): Promise<RunResult> {
  const { engine, service } = client.address;
  const { path } = load.placement;
  const streamed = pass.list === undefined ? undefined : streamedList(load, pass.list);
  const list = pass.list && (load.placement.lists?.[pass.list] ?? (streamed && SECRET_FILE));
  const argv = [
    ...pass.options,
    ...(list === undefined ? [] : [`--use-list=${list}`]),
    `--dbname=${connectionString(load.target)}`,
    ...(path === undefined ? [] : [path]),
  ];
  const needs = { database: load.target, session: sessionFor(load, pass), tools: load.tools };
  const command = { ...commandOf(client, 'pg_restore', argv, needs), ...(streamed && { secretFile: streamed }) };
  if (path !== undefined) return engine.run(service, command, { signal });
  try {
    const seal = await engine.write(service, command, await load.artifact.open(), load.artifact.bytes, { signal });
    return { code: 0, stdout: seal.stdout, stderr: seal.stderr };
  } catch (error) {
    if (error instanceof Failure && error.code === 'tool-failed')
      return { code: 1, stdout: '', stderr: error.detail ?? '' };
    throw error;
  }
}

/**
 * Right after the schema was made anew: its keys, indexes and triggers go again, so that rows are loaded into bare
 * tables. What cannot be dropped by itself (the index of a partition) goes along with something else, or is dropped by
 * the pass that makes it again.
 */
async function dropAfterData(client: ConnectedClient, load: Load, signal: AbortSignal): Promise<void> {
  // A "$" could end the quotation below; JSON has another way to write it.
  const statements = JSON.stringify(load.dropsAfterData).replaceAll('$', '\\u0024');
  const run = `do $holdfast$ declare line text; begin
    for line in select json_array_elements_text($json$${statements}$json$::json) loop
      begin execute line; exception when others then null; end;
    end loop; end $holdfast$`;
  await converse(client, { database: load.target }, signal, (talk) => talk.run(run));
}

/** Where there is no room for files the list goes through a pipe, in one variable: Linux takes 128 KiB of it. */
const LONGEST_VARIABLE = 120_000;

function streamedList({ placement, lists }: Load, name: ListName): Secret | undefined {
  const list = lists[name];
  if (placement.path !== undefined || list === undefined) return undefined;
  if (list.length < LONGEST_VARIABLE) return new Secret(list);
  // Another order only makes --clean succeed more often; some entries instead of all is another restore.
  if (name !== 'parts') return undefined;
  throw new Failure('no-space', { message: `no room beside the server for a list of ${list.length} bytes` });
}

/** Code 1 with nothing but the harmless words before it: pg_restore counts those as errors. */
function onlyIgnored({ code, stderr }: RunResult): boolean {
  return code === 1 && /errors ignored on restore: \d+/.test(stderr);
}

function failed(result: RunResult, words: RestoreWords, blockers: readonly string[], pass: Pass): Failure {
  const detail = words.errors.slice(0, 20).join('\n');
  if (blockers.length > 0) {
    return new Failure('timeout', {
      message: `waited too long for a lock held by ${blockers.join('; ')}`,
      detail,
      stands: pass.stands,
    });
  }
  const message = `pg_restore ended with code ${result.code} and ${words.errors.length} errors`;
  return new Failure(codeOf(detail), { message, detail, stands: pass.stands });
}
