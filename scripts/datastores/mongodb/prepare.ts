import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import type { PreparedRestore, StoredSource } from '../datastore.ts';
import type { Expected } from './compare.ts';
import type { Connection } from './connection/connection.ts';
import { fingerprintOf, type MongoDetails } from './facts.ts';
import { SYSTEM_DATABASES } from './plan.ts';
import { archiveOf, readContent, readUsersFile } from './read.ts';
import { type RestorePlan, runRestore } from './restore.ts';
import { restoreCommand } from './restore-command.ts';
import { discarded, stage } from './stage.ts';
import { readRestoreWords } from './tool-words.ts';

/**
 * Does what can be done before the target changes: versions, the archive brought into a private folder of the server's
 * side, a dry run of mongorestore there (login, names). Throws a Failure when the restore could not work.
 */
export async function prepare(
  connection: Connection,
  source: StoredSource,
  target: string,
  context: Context,
): Promise<PreparedRestore> {
  const place = { source: `mongo/${source.name}`, step: 'prepare' };
  try {
    context.report({ kind: 'step', source: place.source, step: place.step, expectedBytes: archiveOf(source).bytes });
    checkServer(connection, source, target);
    const expectations = await expectationsOf(source, context);
    const users = await readUsersFile(source);
    const staged = await stage(connection, archiveOf(source), place.source, context);
    const plan = { connection, source, target, staged, users, ...expectations };
    await dryRun(plan, context).catch(async (error) => {
      throw staged === undefined ? error : await discarded(staged.discard, error);
    });
    return {
      steps: stepsOf(plan),
      restore: (running) => runRestore(plan, running),
      discard: async () => staged?.discard(),
    };
  } catch (error) {
    throw toFailure(error, place).at({ stands: 'the target was not touched' });
  }
}

function checkServer(connection: Connection, source: StoredSource, target: string): void {
  const { label } = connection.address;
  if (SYSTEM_DATABASES.has(target)) {
    throw new Failure('settings', {
      message: `database "${target}" belongs to the server itself and is not restored over`,
      hint: 'restore it under another name, or by hand with the commands in RESTORE.md',
    });
  }
  if (connection.tools.mongorestore === undefined) {
    throw new Failure('tool-missing', { message: `there is no mongorestore where ${label} is` });
  }
  if (!connection.writable) {
    throw new Failure('denied', { message: `${label} is a secondary: it takes no writes`, hint: 'name the primary' });
  }
  const recorded = source.serverVersion ?? detail(source, 'serverVersion');
  requireNotOlder('server', recorded?.split('.')[0], connection.version, label);
  const feature = detail(source, 'featureVersion');
  if (connection.featureVersion !== undefined) requireNotOlder('feature', feature, connection.featureVersion, label);
}

/** A newer server reads what an older one wrote; the other way is not supported. `recorded` sets the precision. */
function requireNotOlder(what: string, recorded: string | undefined, found: string, label: string): void {
  if (recorded === undefined) return;
  const [wanted, present] = [numbers(recorded), numbers(found)];
  const at = wanted.findIndex((number, index) => number !== (present[index] ?? 0));
  if (at < 0 || (wanted[at] ?? 0) < (present[at] ?? 0)) return;
  throw new Failure('version', { message: `${what} version of ${label} is ${found}, the dump is of ${recorded}` });
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0);
}

function detail(source: StoredSource, name: string): string | undefined {
  const value = source.facts?.details[name];
  return typeof value === 'string' ? value : undefined;
}

/** What was recorded; for a set without a manifest, what our own reader finds in the archive. */
async function expectationsOf(source: StoredSource, context: Context): Promise<{ from: string; expected: Expected }> {
  if (source.facts !== undefined) {
    const { views, options } = source.facts.details as Partial<MongoDetails>;
    const expected = {
      fingerprint: source.facts.fingerprint,
      views: Array.isArray(views) ? views.map(String) : [],
      options,
    };
    return { from: source.name, expected };
  }
  const content = await readContent(source, context);
  const databases = [...new Set(content.collections.map(({ database }) => database))];
  const from = databases.length === 1 ? (databases[0] as string) : source.name;
  if (!databases.includes(from)) {
    const found = databases.map((name) => `"${name}"`).join(', ') || 'none';
    throw new Failure('not-found', { message: `archive holds the databases ${found}, expected "${from}"` });
  }
  const own = { ...content, collections: content.collections.filter(({ database }) => database === from) };
  const views = own.collections.filter(({ type }) => type === 'view').map(({ collection }) => collection);
  return { from, expected: { fingerprint: fingerprintOf(own), views } };
}

/** The tool reads only the prelude here: what it proves is the login, its options and that it takes the file. */
async function dryRun(plan: RestorePlan, context: Context): Promise<void> {
  if (plan.staged === undefined) return;
  const { engine, service } = plan.connection.address;
  const names = { from: plan.from, to: plan.target };
  const command = restoreCommand(plan.connection, names, plan.staged.path, ['--dryRun']);
  const { code, stderr } = await engine.run(service, command, { signal: context.signal });
  if (code === 0 && readRestoreWords(stderr).errors.length === 0) return;
  throw new Failure('tool-failed', {
    message: `a dry run of mongorestore ended with code ${code}`,
    detail: stderr.trim(),
  });
}

function stepsOf({ connection, from, target, staged, expected, users }: RestorePlan): string[] {
  const counts = Object.values(expected.fingerprint.counts);
  const documents = counts.reduce((sum, count) => sum + count, 0);
  const renamed = from === target ? '' : ` as "${target}"`;
  const way =
    staged === undefined ? 'from a stream, since there is no room for a copy beside the server' : 'from a copy';
  return [
    `mongorestore "${from}"${renamed} to ${connection.address.label} ${way}; collections of the same name are dropped first`,
    `count ${documents} documents in ${counts.length} collections and compare the lists of their indexes`,
    ...(users === undefined ? [] : [`create roles that are missing, name users that are missing`]),
  ];
}
