import type { Context } from '../../../common/context.ts';
import { Failure, toFailure } from '../../../common/failure.ts';
import type { StoredSource } from '../../datastore.ts';
import type { PreparedRestore, RestoreWish } from '../../restore.ts';
import type { Connection } from '../connection/connection.ts';
import { asked } from '../connection/errors.ts';
import { contentsOf } from '../generations/contents.ts';
import { halfExchanged } from '../generations/stored.ts';
import { archiveOf, readUsersFile } from '../read.ts';
import { changesOf, type Others } from './changes.ts';
import { checkServer } from './checks.ts';
import { chooseWay } from './choose-way.ts';
import { expectationsOf, onlyParts } from './expected.ts';
import { dryRun } from './load.ts';
import { freshOf, type RestorePlan } from './restore-plan.ts';
import { discarded, stage } from './stage.ts';
import { stepsOf } from './steps.ts';

/**
 * Does what can be done before the target changes: versions, the archive brought into a private folder of the server's
 * side, a dry run of mongorestore there (login, names). Throws a Failure when the restore could not work.
 */
export async function prepare(
  connection: Connection,
  source: StoredSource,
  wish: RestoreWish,
  context: Context,
): Promise<PreparedRestore> {
  const place = { source: `mongo/${source.name}`, step: 'prepare' };
  try {
    context.report({ kind: 'step', source: place.source, step: place.step, expectedBytes: archiveOf(source).bytes });
    checkServer(connection, source, wish.target);
    return await asked(connection.address.label, () => prepareChecked(connection, source, wish, context));
  } catch (error) {
    throw toFailure(error, place).at({ stands: 'the target was not touched' });
  }
}

async function prepareChecked(
  connection: Connection,
  source: StoredSource,
  wish: RestoreWish,
  context: Context,
): Promise<PreparedRestore> {
  const whole = await expectationsOf(source, context);
  const expectations = wish.parts === undefined ? whole : onlyParts(whole, wish.parts);
  const only = wish.parts?.collections;
  const database = connection.client.db(wish.target);
  const contents = await contentsOf(database);
  await requireWhole(database, contents);
  const live = only === undefined ? contents.live : contents.live.filter(({ name }) => only.includes(name));
  const { way, reason, warnings } = await chooseWay(connection, wish, live, expectations);
  const others: Others = only !== undefined ? 'hidden' : way !== 'in-place' || wish.exact ? 'removed' : 'left';
  const changes = await changesOf(database, live, expectations.expected, others);
  const users = await readUsersFile(source);
  const staged = await stage(connection, archiveOf(source), `mongo/${source.name}`, context);
  const plan: RestorePlan = { ...expectations, connection, source, wish, way, live, only, users, staged };
  await dryRun(plan, context).catch(async (error) => {
    throw staged === undefined ? error : await discarded(staged.discard, error);
  });
  const { target, stamp } = wish;
  const exchange = { database: target, fresh: freshOf(plan), kept: { part: 'before' as const, stamp } };
  return {
    way,
    reason,
    changes,
    warnings,
    steps: stepsOf(plan),
    exchange: way === 'swap' ? exchange : undefined,
    discard: async () => staged?.discard(),
  };
}

/** What is half old and half new is neither replaced nor kept: it is brought to its end first. */
async function requireWhole(...[database, contents]: Parameters<typeof halfExchanged>): Promise<void> {
  if ((await halfExchanged(database, contents)) === undefined) return;
  throw new Failure('refused', {
    message: `an earlier restore of database "${database.databaseName}" was broken off while old and new changed places`,
    hint: 'end it first: the command that was broken off tells how',
  });
}
