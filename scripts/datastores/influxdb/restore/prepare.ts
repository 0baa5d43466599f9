import type { Context } from '../../../common/context.ts';
import { Failure, toFailure } from '../../../common/failure.ts';
import type { StoredSource } from '../../datastore.ts';
import type { ObjectChange, PreparedRestore, RestoreWish } from '../../restore.ts';
import type { Connection } from '../connection/connection.ts';
import { generationOfName, listDatabases, OWN_DATABASE } from '../databases.ts';
import { detailsOf } from '../facts.ts';
import { namesOfPoints } from '../points.ts';
import { archiveOf, readContent } from '../read.ts';
import { stage } from './stage.ts';
import { stepsOf } from './steps.ts';

const NO_RENAME = 'InfluxDB 1 renames no database, so that what was restored beside cannot take its place';

/**
 * Does what can be done before the server changes: names, versions, the archive read to its end and brought to where
 * `influxd` runs. Throws a Failure when the restore could not work.
 */
export async function prepare(
  connection: Connection,
  source: StoredSource,
  wish: RestoreWish,
  context: Context,
): Promise<PreparedRestore> {
  const place = { source: `influxdb/${source.name}`, step: 'prepare' };
  try {
    context.report({ kind: 'step', source: place.source, step: place.step, expectedBytes: archiveOf(source).bytes });
    return await prepareChecked(connection, source, wish, context);
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
  const { signal } = context;
  checkWish(wish);
  checkVersion(connection, source);
  const exists = (await listDatabases(connection, { signal })).includes(wish.target);
  if (exists && wish.way === 'direct') throw refused(`database "${wish.target}" is there already, expected none`);
  if (!wish.wasRead) await readContent(source, context);
  const changes = await changesOf(connection, source, exists ? wish.target : undefined, signal);
  const folder = await stage(connection, source, context);
  return {
    way: wish.way === 'direct' ? 'direct' : 'in-place',
    reason: exists ? NO_RENAME : undefined,
    changes,
    warnings: warningsOf(source, exists),
    steps: stepsOf({ connection, source, wish, exists, folder }),
    exchange: undefined,
    discard: () => folder.release(),
  };
}

function refused(message: string): Failure {
  return new Failure('refused', { message });
}

function checkWish({ target, way, parts }: RestoreWish): void {
  if (parts !== undefined) throw refused('an InfluxDB database is restored as a whole, not in parts');
  if (way === 'swap') throw refused(NO_RENAME);
  if (target === OWN_DATABASE) throw refused(`"${OWN_DATABASE}" is what the server writes about itself`);
  if (generationOfName(target) === undefined) return;
  throw refused(`"${target}" is a name for what a restore makes beside a database`);
}

/** A later server reads what an earlier one wrote. */
function checkVersion({ version, address }: Connection, { serverVersion }: StoredSource): void {
  if (serverVersion === undefined) return;
  const [wanted = 0, found = 0] = [serverVersion, version].map((text) => {
    const [major = 0, minor = 0] = text.split('.').map((part) => Number.parseInt(part, 10) || 0);
    return major * 1000 + minor;
  });
  if (found >= wanted) return;
  const message = `${address.label} is version ${version}, the dump is of ${serverVersion}`;
  throw new Failure('version', { message });
}

/** By measurement; to count what is there now would cost as much as a backup. */
async function changesOf(
  connection: Connection,
  { facts }: StoredSource,
  live: string | undefined,
  signal: AbortSignal,
): Promise<ObjectChange[]> {
  const now = new Set(live === undefined ? [] : await namesOfPoints(connection, live, { signal }));
  const recorded = facts?.fingerprint.counts ?? {};
  const hasNames = facts !== undefined;
  return [...new Set([...now, ...Object.keys(recorded)])].sort().map((name) => ({
    name,
    change: hasNames && !Object.hasOwn(recorded, name) ? 'removed' : now.has(name) ? 'replaced' : 'added',
    now: undefined,
    recorded: recorded[name],
  }));
}

function warningsOf({ facts }: StoredSource, exists: boolean): string[] {
  const limited = detailsOf(facts?.details).retentionPolicies.filter(({ duration }) => duration !== '0s');
  const names = limited.map(({ name, duration }) => `"${name}" (${duration})`);
  return [
    ...(exists ? ['clients that write meanwhile see errors, and points that come after the backup are lost'] : []),
    ...(names.length === 0
      ? []
      : [`the server removes again what is older than its retention policy allows: ${names.join(', ')}`]),
  ];
}
