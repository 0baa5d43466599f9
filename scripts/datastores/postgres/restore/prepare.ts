import type { Context } from '../../../common/context.ts';
import type { ArtifactReader, PreparedRestore, StoredSource } from '../../datastore.ts';
import { type ArchiveEntry, contentsOf } from '../archive/contents.ts';
import type { ConnectedClient } from '../connection/connect.ts';
import { chooseTools } from '../connection/tools.ts';
import { detailsOf } from '../details.ts';
import { GLOBALS } from '../names.ts';
import { onlyArtifact } from '../read.ts';
import { checkTarget, list, type TargetState } from './checks.ts';
import { dropOrder, dropsAfterData, largeObjectLists } from './drop-order.ts';
import { prepareGlobals } from './globals.ts';
import type { Load } from './load.ts';
import { needsOf, ownerIn, type RestoreNeeds } from './needs.ts';
import { ONE_TRANSACTION_BYTES, passesOf } from './passes.ts';
import { type Lists, type Placement, placeArchive } from './placement.ts';
import { restoreDatabase } from './restore.ts';

/** A restore of one database with everything that `prepare` found out and brought. */
export interface RestorePlan {
  readonly source: StoredSource;
  readonly needs: RestoreNeeds;
  readonly state: TargetState;
  readonly load: Load;
}

/** More connections than this only wait for each other's disk. */
const MOST_JOBS = 8;

/**
 * Everything that can be done before the target is touched: versions, extensions, roles and tablespaces compared, the
 * archive brought beside the server and read to its end there by pg_restore. Throws a Failure when it could not work.
 */
export async function prepareRestore(
  client: ConnectedClient,
  source: StoredSource,
  target: string,
  { signal }: Context,
): Promise<PreparedRestore> {
  if (source.name === GLOBALS) return prepareGlobals(client, source);
  const artifact = onlyArtifact(source);
  const contents = await contentsOf(await artifact.open());
  const needs = needsOf(contents, source.facts, target);
  const state = await checkTarget(client, source, needs, target);
  const least = Math.max(client.serverMajor, needs.dumpMajor);
  const tools = chooseTools(client.found, least, `the dump was written by pg_dump ${contents.header.dumpVersion}`);
  const lists = state.exists ? listsOf(contents.entries, artifact) : {};
  const placement = await placeArchive(client, tools, artifact, contents.header.entries, lists, signal);
  const load = {
    ...{ target, tools, placement, artifact, lists, made: !state.exists, jobs: jobsFor(placement.cores) },
    dropsAfterData: dropsAfterData(contents.entries),
  };
  const plan = { source, needs, state, load };
  return {
    steps: stepsOf(client, plan),
    restore: (context) => restoreDatabase(client, plan, context),
    discard: () => placement.remove(),
  };
}

function listsOf(entries: readonly ArchiveEntry[], { bytes }: ArtifactReader): Lists {
  return { order: dropOrder(entries), ...(bytes < ONE_TRANSACTION_BYTES ? {} : largeObjectLists(entries)) };
}

/** One connection for each core where the programs run, at least two: one loads while another sorts an index. */
function jobsFor(cores: number): number {
  return Math.min(MOST_JOBS, Math.max(2, cores));
}

function stepsOf(client: ConnectedClient, plan: RestorePlan): string[] {
  const { state, needs, load } = plan;
  const { subscriptions = [], publications = [] } = detailsOf(plan.source.facts);
  const owner = ownerIn(needs.describeDatabase);
  const options = passesOf(client, load).map((pass) =>
    `pg_restore ${load.tools.version} ${pass.options.join(' ')}`.trim(),
  );
  return [
    ...(state.missingRoles.length > 0 ? [`create the roles ${list(state.missingRoles)} from ${GLOBALS}`] : []),
    state.exists
      ? `restore over database "${load.target}"`
      : `create database "${load.target}"${owner ? ` for "${owner}"` : ''}`,
    ...(state.sessions > 0 ? [`${state.sessions} other sessions are connected: they will see the change happen`] : []),
    ...streaming(load.placement),
    ...options,
    'bring back settings, grants and comment of the database',
    `vacuumdb --analyze-only --jobs=${load.jobs}`,
    'compare tables, rows, indexes, sequences and large objects with what was recorded',
    ...(subscriptions.length > 0 ? [`by hand: enable the subscriptions ${list(subscriptions)}`] : []),
    ...(publications.length > 0 ? [`by hand: tell subscribers of ${list(publications)}`] : []),
  ];
}

function streaming({ path, reason }: Placement): string[] {
  return path === undefined ? [`stream the dump over one connection: ${reason ?? ''}`] : [];
}
