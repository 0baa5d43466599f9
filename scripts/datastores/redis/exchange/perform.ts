import { Failure, toFailure } from '../../../common/failure.ts';
import { type Exchange, isGenerationOf } from '../../generation.ts';
import type { Connection } from '../connection/connection.ts';
import { fileOf, findPlace, listGenerations, mustRun, type Place, removeFiles } from '../files.ts';
import { SaveRefused, saveInBackground } from '../save.ts';
import { keySpaces } from '../target.ts';
import { become, pauseWriters, resumeWriters } from './become.ts';

const OLD_IS_LIVE = 'what was live before is live';

/**
 * Keeps what is live as a file, and gives the server the data of another; or ends what was broken off. The file of what is
 * kept gets its name at the last moment before the server changes: from then on it, and no later save, is the old data.
 * Returns notes. Throws a Failure that says what stands.
 */
export async function performExchange(connection: Connection, exchange: Exchange): Promise<string[]> {
  const place = await findPlace(connection, {});
  if (typeof place === 'string') throw new Failure('refused', { message: `${connection.address.label}: ${place}` });
  const { fresh, kept } = exchange;
  const stored = await listGenerations(connection, place, {});
  const isKept = stored.some((one) => isGenerationOf(one, exchange.database, kept));
  const isFresh = fresh !== undefined && stored.some((one) => isGenerationOf(one, exchange.database, fresh));
  if (isKept && (fresh === undefined ? await isEmpty(connection) : !isFresh)) return [];
  if (fresh !== undefined && !isFresh) {
    const message = `there is no "${fileOf(fresh)}" in the folder of ${connection.address.label}`;
    throw new Failure('not-found', { message, stands: OLD_IS_LIVE });
  }
  if (!isKept) await requireMaster(connection);
  return await exchangeFiles(connection, place, exchange, isKept);
}

/** The order of things; each may be the last one that was done before. */
async function exchangeFiles(
  connection: Connection,
  place: Place,
  { fresh, kept }: Exchange,
  wasKept: boolean,
): Promise<string[]> {
  const state = { isKept: wasKept };
  const keep = async (): Promise<void> => {
    await pauseWriters(connection);
    if (!state.isKept) await keepLive(connection, place, fileOf(kept));
    state.isKept = true;
  };
  try {
    try {
      await become(connection, place, fresh && fileOf(fresh), keep);
    } finally {
      await resumeWriters(connection);
    }
    const notes = await persist(connection);
    if (fresh !== undefined) await removeFiles(connection, place, [fileOf(fresh)], {});
    return notes;
  } catch (error) {
    throw toFailure(error).at({ stands: await takeBack(connection, place, fileOf(kept), state.isKept) });
  }
}

/** Says what stands then. */
async function takeBack(connection: Connection, place: Place, kept: string, isKept: boolean): Promise<string> {
  if (!isKept) return OLD_IS_LIVE;
  try {
    await become(connection, place, kept, () => pauseWriters(connection));
    await resumeWriters(connection);
    await persist(connection);
    await removeFiles(connection, place, [kept], {});
    return OLD_IS_LIVE;
  } catch (error) {
    const reason = toFailure(error).message;
    return `the data of the server may be old or new, and could not be taken back (${reason}); the same once more ends it`;
  }
}

/** The saved file under another name, which stays when a later save puts another in its place. */
async function keepLive(connection: Connection, place: Place, name: string): Promise<void> {
  try {
    await saveInBackground(connection, {}, () => pauseWriters(connection));
  } catch (error) {
    if (!(error instanceof SaveRefused)) throw error;
    const message = `${connection.address.label} could not save what is live`;
    throw new Failure('tool-failed', { message, detail: error.message, hint: 'look into its log: disk, memory' });
  }
  const script =
    'cd "$1" && rm -f "$3.part" && { ln "$2" "$3.part" 2>/dev/null || cp -p "$2" "$3.part"; } && sync && mv "$3.part" "$3"';
  await mustRun(connection, script, [place.dir, place.live, name], {});
}

/** So that a restart finds the new data, also where nobody else makes the server save. */
async function persist(connection: Connection): Promise<string[]> {
  try {
    await saveInBackground(connection, {});
    return [];
  } catch (error) {
    if (!(error instanceof SaveRefused)) throw error;
    return [`${connection.address.label} could not save its new data, which a restart would lose: ${error.message}`];
  }
}

async function isEmpty({ client }: Connection): Promise<boolean> {
  return keySpaces(await client.info()).size === 0;
}

async function requireMaster({ client, address }: Connection): Promise<void> {
  if ((await client.info()).get('role') === 'master') return;
  throw new Failure('refused', { message: `${address.label} is a replica: it takes its data from another server` });
}
