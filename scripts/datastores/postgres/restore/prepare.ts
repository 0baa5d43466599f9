import type { Context } from '../../../common/context.ts';
import type { ArtifactReader, StoredSource } from '../../datastore.ts';
import type { PreparedRestore, RestoreWay, RestoreWish } from '../../restore.ts';
import { type ArchiveContents, type ArchiveEntry, contentsOf } from '../archive/contents.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { chooseTools } from '../connection/tools.ts';
import { GLOBALS } from '../names.ts';
import { preparePlain } from '../plain/prepare.ts';
import { isPlain } from '../plain/read.ts';
import { onlyArtifact } from '../read.ts';
import { changesOf, tablesIn } from './changes.ts';
import { checkTarget } from './checks.ts';
import type { Place } from './choose-way.ts';
import { dropOrder, dropsAfterData, largeObjectLists } from './drop-order.ts';
import { prepareGlobals } from './globals.ts';
import { type LiveContent, NOTHING, readContent } from './live-content.ts';
import { needsOf } from './needs.ts';
import { obstacleToConnect, readLive } from './obstacles.ts';
import { chooseEntries } from './parts.ts';
import { isOneTransaction, ONE_TRANSACTION_BYTES } from './passes.ts';
import { besideOf, exchangeFor, placeFor } from './place.ts';
import { type Lists, placeArchive } from './placement.ts';
import type { RestorePlan } from './plan.ts';
import { warningsFor } from './remarks.ts';
import { roomFor } from './room.ts';
import { stepsOf } from './steps.ts';

/** More connections than this only wait for each other's disk. */
const MOST_JOBS = 8;

/**
 * Everything that can be done before the target is touched: the way is chosen, versions, extensions, roles, room and
 * tablespaces are compared, the archive is brought beside the server and read there by pg_restore. Throws a Failure when
 * it could not work.
 */
export async function prepareRestore(
  client: ConnectedClient,
  source: StoredSource,
  wish: RestoreWish,
  context: Context,
): Promise<PreparedRestore> {
  if (source.name === GLOBALS) return prepareGlobals(client, source);
  const { signal } = context;
  const artifact = onlyArtifact(source);
  if (isPlain(artifact)) return preparePlain(client, source, wish, context);
  const contents = await contentsOf(await artifact.open());
  const live = await readLive(client, wish.target);
  const [room, closed, content] = await Promise.all([
    roomFor(client, { live: live.live && wish.target, least: artifact.bytes, stamp: wish.stamp }, signal),
    obstacleToConnect(client, besideOf(wish), signal),
    live.live === undefined ? NOTHING : readContent(client, wish.target, contents.entries, signal),
  ]);
  const place = placeFor(client, wish, live, { room, closed });
  const plan = await planOf(client, { source, wish, contents, place, content }, signal);
  const { chosen } = plan;
  const others = wish.parts !== undefined ? undefined : removes(place, wish) ? 'removed' : 'left';
  const counts = source.facts?.fingerprint.counts;
  const tables = chosen ? tablesIn(chosen.entries) : counts ? Object.keys(counts) : tablesIn(contents.entries);
  const doubts = room.doubt === undefined || place.kind === 'over' ? [] : [room.doubt];
  return {
    way: wayOf(client, plan),
    reason: place.reason,
    changes: changesOf(content.tables, { tables, counts: counts ?? {}, others }),
    warnings: [...warningsFor(place.kind, live, source), ...doubts, ...(chosen?.warnings ?? [])],
    steps: stepsOf(client, plan),
    exchange: place.kind === 'beside' ? exchangeFor(wish) : undefined,
    discard: () => plan.load.placement.remove(),
  };
}

function removes({ kind }: Place, { exact }: RestoreWish): boolean {
  return kind !== 'over' || exact;
}

function wayOf(client: ConnectedClient, { place, load }: RestorePlan): RestoreWay {
  if (place.kind === 'beside') return 'swap';
  if (place.kind === 'direct') return 'direct';
  return isOneTransaction(client, load) ? 'transaction' : 'in-place';
}

/** What the plan is made of. */
interface Found {
  readonly source: StoredSource;
  readonly wish: RestoreWish;
  readonly contents: ArchiveContents;
  readonly place: Place;
  readonly content: LiveContent;
}

async function planOf(client: ConnectedClient, found: Found, signal: AbortSignal): Promise<RestorePlan> {
  const { source, wish, contents, place, content } = found;
  const artifact = onlyArtifact(source);
  const isBeside = place.kind === 'beside';
  const target = isBeside ? besideOf(wish) : wish.target;
  const chosen = wish.parts && chooseEntries(contents.entries, wish.parts, content.standing);
  const entries = chosen?.entries ?? contents.entries;
  const needs = needsOf(contents, source.facts, target, chosen?.entries);
  const state = await checkTarget(client, source, needs);
  const least = Math.max(client.serverMajor, needs.dumpMajor);
  const tools = chooseTools(client.found, least, `the dump was written by pg_dump ${contents.header.dumpVersion}`);
  const made = place.kind !== 'over';
  const lists = chosen ? { parts: chosen.list } : made ? {} : listsOf(contents.entries, artifact);
  const isKnownGood = wish.wasRead && made;
  const reading = { entries: contents.header.entries, toItsEnd: !isKnownGood };
  const placement = await placeArchive(client, tools, artifact, reading, lists, signal);
  const load = {
    ...{ target, tools, placement, artifact, lists, made, jobs: jobsFor(placement.cores) },
    dropsAfterData: dropsAfterData(entries),
  };
  const mark = isBeside ? `being restored, to become "${wish.target}"` : undefined;
  const extras = wish.exact && !made && chosen === undefined ? content.extras : [];
  return { wish, source, place, needs, state, load, mark, isWhole: chosen === undefined, chosen, extras };
}

function listsOf(entries: readonly ArchiveEntry[], { bytes }: ArtifactReader): Lists {
  return { order: dropOrder(entries), ...(bytes < ONE_TRANSACTION_BYTES ? {} : largeObjectLists(entries)) };
}

/** One connection for each core where the programs run, at least two: one loads while another sorts an index. */
function jobsFor(cores: number): number {
  return Math.min(MOST_JOBS, Math.max(2, cores));
}
