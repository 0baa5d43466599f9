import type { Context } from '../../../common/context.ts';
import { Failure } from '../../../common/failure.ts';
import type { RestoreReport } from '../../datastore.ts';
import { commandOf } from '../connection/client.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { type Conversation, converse } from '../connection/conversation.ts';
import { programFailure } from '../connection/failures.ts';
import { detailsOf } from '../details.ts';
import { connectionString } from '../sql.ts';
import { bringRoles, list } from './checks.ts';
import { compareWithFacts } from './compare.ts';
import { createDatabase, describeDatabase, dropDatabase } from './database.ts';
import { type Load, loadArchive } from './load.ts';
import type { RestorePlan } from './prepare.ts';
import { sortWords } from './words.ts';

/** Restores one prepared database, then compares. Throws a Failure that says what stands. */
export async function restoreDatabase(
  client: ConnectedClient,
  plan: RestorePlan,
  context: Context,
): Promise<RestoreReport> {
  const { signal } = context;
  const { load, state, source } = plan;
  const made = await bringRoles(client, state, signal);
  const ask = { database: client.maintenance };
  const notes = await converse(client, ask, signal, (talk) => fillDatabase(client, plan, talk, signal));
  const [comparison, words] = await Promise.all([
    compareWithFacts(client, load, source.facts, signal),
    analyze(client, load, signal),
  ]);
  return {
    target: load.target,
    objects: comparison.objects,
    rows: comparison.rows,
    differences: comparison.differences,
    compared: source.facts !== undefined,
    notes: [...rolesMade(made), ...notes, ...words, ...comparison.notes, ...remarks(plan, comparison.extra)],
  };
}

/** Makes the database where it is missing, loads it, describes it; a database that was made for nothing goes again. */
async function fillDatabase(
  client: ConnectedClient,
  { load, needs }: RestorePlan,
  talk: Conversation,
  signal: AbortSignal,
): Promise<string[]> {
  if (load.made) await createDatabase(talk, needs, load.target);
  try {
    const notes = await loadArchive(client, load, signal);
    return [...notes, ...(await describeDatabase(talk, needs, load.made))];
  } catch (error) {
    if (load.made) await dropAgain(client, load.target);
    throw error;
  }
}

function rolesMade(made: readonly string[]): string[] {
  return made.length === 0 ? [] : [`roles made: ${list(made)}`];
}

/** Not bound to the signal of the run: what an interrupted restore made must go as well. */
async function dropAgain(client: ConnectedClient, target: string): Promise<void> {
  await dropDatabase(client, target, AbortSignal.timeout(60_000)).catch(() => {
    // The failure of the restore is the one to tell; a leftover database is seen by the next one.
  });
}

/** A restored database has no statistics: without them its first queries may take for ever. */
async function analyze(client: ConnectedClient, load: Load, signal: AbortSignal): Promise<readonly string[]> {
  const argv = ['--analyze-only', '--quiet', `--jobs=${load.jobs}`, `--dbname=${connectionString(load.target)}`];
  const command = commandOf(client, 'vacuumdb', argv, { database: load.target });
  const result = await client.address.engine.run(client.address.service, command, { signal });
  if (result.code === 0) return sortWords(result.stderr).notes;
  const failure = programFailure('vacuumdb', result, 'collecting statistics');
  throw new Failure(failure.code, { message: failure.message, detail: failure.detail, stands: 'the data is restored' });
}

function remarks({ source }: RestorePlan, extra: readonly string[]): string[] {
  const { subscriptions = [], publications = [] } = detailsOf(source.facts);
  return [
    ...(extra.length > 0 ? [`tables that are not in the dump were left as they were: ${list(extra)}`] : []),
    ...(subscriptions.length > 0 ? [`subscriptions are back but disabled: ${list(subscriptions)}`] : []),
    ...(publications.length > 0
      ? [`publications are back, their subscribers must be refreshed: ${list(publications)}`]
      : []),
  ];
}
