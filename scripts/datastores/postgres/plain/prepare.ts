import type { Context } from '../../../common/context.ts';
import { Failure } from '../../../common/failure.ts';
import type { StoredSource } from '../../datastore.ts';
import type { PreparedRestore, RestoreWish } from '../../restore.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { converse } from '../connection/talks.ts';
import { onlyArtifact } from '../read.ts';
import { changesOf, readLiveTables } from '../restore/changes.ts';
import { checkTarget } from '../restore/checks.ts';
import type { Place } from '../restore/choose-way.ts';
import type { Load } from '../restore/load.ts';
import type { RestoreNeeds } from '../restore/needs.ts';
import { obstacleToConnect, readLive } from '../restore/obstacles.ts';
import { besideOf, exchangeFor, placeFor } from '../restore/place.ts';
import { warningsFor } from '../restore/remarks.ts';
import { roomFor } from '../restore/room.ts';
import { copyDescription } from './description.ts';
import type { PlainDump } from './plain-dump.ts';
import { readPlainDump } from './read.ts';
import { plainSteps } from './steps.ts';

/**
 * Everything that can be done before a plain dump is loaded: it is read to its end, versions, extensions, roles and room are
 * compared. It is loaded into a new database only: SQL that was loaded half over the old data cannot be taken back. Throws a
 * Failure when it could not work.
 */
export async function preparePlain(
  client: ConnectedClient,
  source: StoredSource,
  wish: RestoreWish,
  { signal }: Context,
): Promise<PreparedRestore> {
  if (wish.parts !== undefined) throw refused('parts of a plain SQL dump cannot be restored');
  const artifact = onlyArtifact(source);
  const dump = await readPlainDump(artifact, signal);
  const live = await readLive(client, wish.target);
  const [room, closed] = await Promise.all([
    roomFor(client, { live: live.live && wish.target, least: artifact.bytes, stamp: wish.stamp }, signal),
    obstacleToConnect(client, besideOf(wish), signal),
  ]);
  const place = placeFor(client, wish, live, { room, closed });
  if (place.kind === 'over') throw refused(`a plain SQL dump goes into a new database alone: ${place.reason}`);
  const target = place.kind === 'beside' ? besideOf(wish) : wish.target;
  const { create, describe, warnings, tables } =
    live.live === undefined
      ? { create: undefined, describe: [], warnings: [], tables: [] }
      : await converse(client, { database: wish.target }, signal, async (talk) => ({
          ...(await copyDescription(talk, target)),
          tables: await readLiveTables(talk),
        }));
  const needs = needsOf(dump, create, describe);
  const state = await checkTarget(client, source, needs);
  const load: Load = { ...NOTHING_PLACED, target, tools: client.tools, artifact };
  const counts = Object.fromEntries(dump.rows);
  return {
    way: wayOf(place),
    reason: place.reason,
    changes: changesOf(tables, { tables: Object.keys(counts), counts, others: 'removed' }),
    warnings: [
      ...warningsFor(place.kind, live, source),
      ...(room.doubt === undefined ? [] : [room.doubt]),
      ...warnings,
    ],
    steps: plainSteps(client, { source, wish, place, needs, state, load, dump }),
    exchange: place.kind === 'beside' ? exchangeFor(wish) : undefined,
    discard: async () => undefined,
  };
}

/** Nothing is brought beside the server, and nothing of pg_restore's is needed. */
const NOTHING_PLACED = {
  placement: { path: undefined, reason: undefined, cores: 1, remove: async () => undefined },
  ...{ lists: {}, dropsAfterData: [], made: true, jobs: 2 },
};

function wayOf({ kind }: Place): 'swap' | 'direct' {
  return kind === 'beside' ? 'swap' : 'direct';
}

function needsOf(dump: PlainDump, createDatabase: string | undefined, describe: readonly string[]): RestoreNeeds {
  const { serverMajor, dumpMajor } = dump;
  const roles = [...dump.roles].filter((role) => !role.startsWith('pg_'));
  const others = { extensions: [...dump.extensions], tablespaces: [], largeObjects: false };
  return { serverMajor, dumpMajor, roles, ...others, createDatabase, describeDatabase: describe };
}

function refused(message: string): Failure {
  return new Failure('refused', { message, stands: 'nothing was changed' });
}
