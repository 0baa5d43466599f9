import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import type { Difference, RestoreReport, StoredSource } from '../datastore.ts';
import { changedBetween, compare, type Expected, snapshotOf } from './compare.ts';
import type { Connection } from './connection/connection.ts';
import { asked } from './connection/errors.ts';
import { archiveOf } from './read.ts';
import { restoreCommand } from './restore-command.ts';
import type { Staged } from './stage.ts';
import { readRestoreWords } from './tool-words.ts';
import { restoreUsers, type UsersFile } from './users.ts';

/** All that a restore needs. */
export interface RestorePlan {
  readonly connection: Connection;
  readonly source: StoredSource;
  /** The database in the archive, and the one to write. */
  readonly from: string;
  readonly target: string;
  /** Undefined: the archive is streamed. */
  readonly staged: Staged | undefined;
  readonly expected: Expected;
  readonly users: UsersFile | undefined;
}

/**
 * Runs mongorestore and compares. Without `--stopOnError`: the old collections are gone once it drops them, so going on
 * past a refused document brings back the most; the count of failed documents makes the restore a failed one all the
 * same. Throws a Failure that says what stands.
 */
export async function runRestore(plan: RestorePlan, context: Context): Promise<RestoreReport> {
  const source = `mongo/${plan.source.name}`;
  const before = await inStep(plan, source, 'restore', 'the target was not touched', () => snapshots(plan));
  context.report({ kind: 'step', source, step: 'restore' });
  const half = `database "${plan.target}" may be restored in part; what it held before may be gone`;
  await inStep(plan, source, 'restore', half, () => runTool(plan, context));
  context.report({ kind: 'step', source, step: 'compare' });
  const unproven = `database "${plan.target}" was restored, but not compared to the end`;
  return inStep(plan, source, 'compare', unproven, () => reportOn(plan, before));
}

/** Runs a part of the restore; its failures tell the step and what stands after it. */
async function inStep<T>(plan: RestorePlan, source: string, step: string, stands: string, action: () => Promise<T>) {
  try {
    return await asked(plan.connection.address.label, action);
  } catch (error) {
    throw toFailure(error).at({ source, step, stands });
  }
}

interface Snapshots {
  readonly target: ReadonlyMap<string, string>;
  /** Of the original database, when the restore goes elsewhere. */
  readonly original: ReadonlyMap<string, string> | undefined;
}

async function snapshots({ connection, from, target }: RestorePlan): Promise<Snapshots> {
  const original = from === target ? undefined : await snapshotOf(connection.client.db(from));
  return { target: await snapshotOf(connection.client.db(target)), original };
}

async function reportOn(plan: RestorePlan, before: Snapshots): Promise<RestoreReport> {
  const compared = await compare(plan.connection.client.db(plan.target), plan.expected, before.target.size === 0);
  const { original } = await snapshots(plan);
  const strayed = before.original && original ? changedBetween(before.original, original) : [];
  const userNotes = plan.users === undefined ? [] : await restoreUsers(plan.connection, plan.users, plan.target);
  return {
    target: plan.target,
    objects: compared.objects,
    rows: compared.rows,
    differences: [...compared.differences, ...strayed.map((name) => strayedDifference(plan.from, name))],
    compared: true,
    notes: [...leftNotes(plan, before.target), ...uuidNotes(plan, before.target), ...userNotes],
  };
}

async function runTool(plan: RestorePlan, context: Context): Promise<void> {
  const { code, stderr } = await callTool(plan, context);
  judge(plan, code, stderr);
}

async function callTool(plan: RestorePlan, context: Context): Promise<{ code: number; stderr: string }> {
  const { engine, service } = plan.connection.address;
  const options = { signal: context.signal };
  const command = restoreCommand(plan.connection, { from: plan.from, to: plan.target }, plan.staged?.path);
  if (plan.staged !== undefined) return engine.run(service, command, options);
  const archive = archiveOf(plan.source);
  const { stderr } = await engine.write(service, command, await archive.open(), archive.bytes, options);
  return { code: 0, stderr };
}

/** The exit code alone is not believed: refused documents and unmatched names leave it at 0. */
function judge(plan: RestorePlan, code: number, stderr: string): void {
  const words = readRestoreWords(stderr);
  const wanted = Object.values(plan.expected.fingerprint.counts).reduce((sum, count) => sum + count, 0);
  const message = problem(code, words, wanted);
  if (message === undefined) return;
  throw new Failure('tool-failed', { message, detail: words.errors.join('\n') || stderr.trim() });
}

function problem(code: number, words: ReturnType<typeof readRestoreWords>, wanted: number): string | undefined {
  if (words.failed > 0) return `mongorestore could not restore ${words.failed} documents`;
  if (code !== 0) return `mongorestore ended with code ${code}`;
  if (words.errors.length > 0) return 'mongorestore told of errors';
  if (words.restored === undefined) return 'mongorestore ended without its closing line';
  if (words.restored === 0 && wanted > 0) return `mongorestore restored 0 documents, expected ${wanted}`;
  return undefined;
}

function strayedDifference(database: string, name: string): Difference {
  return { name: `${database}.${name} (original)`, expected: 'untouched', found: 'changed during the restore' };
}

/** `--drop` drops only what the archive has. */
function leftNotes({ expected, target }: RestorePlan, before: ReadonlyMap<string, string>): string[] {
  const { counts, indexes } = expected.fingerprint;
  const restored = new Set([...Object.keys(counts), ...Object.keys(indexes ?? {}), ...expected.views, 'system.views']);
  const left = [...before.keys()].filter((name) => !restored.has(name)).sort();
  if (left.length === 0) return [];
  return [`collections that are not in the backup stayed in "${target}": ${left.join(', ')}`];
}

/** Change streams are bound to the id of a collection, and a collection that was dropped comes back with a new one. */
function uuidNotes({ connection }: RestorePlan, before: ReadonlyMap<string, string>): string[] {
  if (connection.topology === 'standalone' || before.size === 0) return [];
  return ['collections were made anew: change streams and other followers of the old ones must begin afresh'];
}
