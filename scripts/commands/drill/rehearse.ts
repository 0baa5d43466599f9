import { Failure, toFailure } from '../../common/failure.ts';
import type { Kind } from '../../common/kinds.ts';
import { runPool } from '../../common/pool.ts';
import { ownIdentity } from '../../common/process-identity.ts';
import { using } from '../../common/using.ts';
import { serverNames } from '../../config/server-names.ts';
import { isCluster, type RestoreItem } from '../restore/plan.ts';
import type { Workbench } from '../workbench.ts';
import { checkSource, type DrilledSource } from './checks.ts';
import { findLabs, removeLeftovers } from './engine.ts';
import { openFolder } from './folder.ts';
import type { DrillGroup } from './items.ts';
import { openScratch } from './scratch.ts';
import { type DrillLabs, type DrillServer, startServer } from './server.ts';
import { drillSource, leftOut, untried } from './source.ts';
import { isFinal, type SourceDrill } from './verdict.ts';

/** How a set is rehearsed. */
export interface RehearsalOrder {
  /** Names the drill. */
  readonly run: string;
  readonly keep: boolean;
  /** These very bytes were read to their end before. */
  readonly wasRead: boolean;
  /** When the drill began with the set; milliseconds of the clock. */
  readonly began: number;
}

/** What became of the sources. */
export interface Rehearsal {
  readonly sources: readonly SourceDrill[];
  readonly restoreMilliseconds: number;
  readonly startMilliseconds: number;
  readonly kept: readonly string[];
}

/** As a restore does: each uses several connections by itself, two keep a server busy. */
const SIDE_BY_SIDE = 2;

/**
 * Starts the servers while `check` looks at every byte of the set, restores everything there and compares. Whatever
 * happens, the servers are gone in the end. Throws what `check` throws, and failures that say nothing of the set.
 */
export async function rehearse(
  groups: readonly DrillGroup[],
  order: RehearsalOrder,
  check: () => Promise<unknown>,
  bench: Workbench,
): Promise<Rehearsal> {
  const servers: DrillServer[] = [];
  return await using(allOf(servers), () => rehearseWith(servers, groups, order, check, bench));
}

/** Lets go of every server, also where one of them cannot be. */
function allOf(servers: readonly DrillServer[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      const ended = await Promise.allSettled(servers.map((server) => server[Symbol.asyncDispose]()));
      const broken = ended.find(({ status }) => status === 'rejected');
      if (broken?.status === 'rejected') throw broken.reason;
    },
  };
}

async function rehearseWith(
  servers: DrillServer[],
  groups: readonly DrillGroup[],
  order: RehearsalOrder,
  check: () => Promise<unknown>,
  bench: Workbench,
): Promise<Rehearsal> {
  const opening = openAll(groups, order, bench);
  // Waited for whatever the check finds: a server that is still being started could not be removed.
  const [checked, opened] = await Promise.allSettled([check().then(() => Date.now()), opening]);
  if (opened.status === 'rejected') throw opened.reason;
  const { places, startMilliseconds } = opened.value;
  for (const place of places) if ('server' in place) servers.push(place.server);
  const failed = places.find((place) => 'failure' in place && isFinal(place.failure));
  if (failed !== undefined && 'failure' in failed) throw failed.failure;
  if (checked.status === 'rejected') throw checked.reason;
  const ready = Date.now();
  const sources = await restoreAll(places, order, bench);
  const restoreMilliseconds = checked.value - order.began + (Date.now() - ready);
  const asked = await Promise.all(sources.map((source) => checkIfDrilled(source, bench)));
  const kept = places.flatMap((place) => ('server' in place ? (place.server.kept ?? []) : []));
  return { sources: asked, restoreMilliseconds, startMilliseconds, kept };
}

/** A group, and its server or the reason why there is none. */
type Place = { readonly group: DrillGroup } & ({ readonly server: DrillServer } | { readonly failure: unknown });

async function openAll(
  groups: readonly DrillGroup[],
  order: RehearsalOrder,
  bench: Workbench,
): Promise<{ places: Place[]; startMilliseconds: number }> {
  const began = Date.now();
  const labs = await labsFor(groups, order, bench);
  const places = await Promise.all(
    groups.map(async (group): Promise<Place> => {
      try {
        return { group, server: await openOne(group, order, labs, bench) };
      } catch (failure) {
        return { group, failure };
      }
    }),
  );
  return { places, startMilliseconds: Date.now() - began };
}

/** The engines, or why there is none; drills that were killed are cleaned up after on the way. */
async function labsFor(
  groups: readonly DrillGroup[],
  { run, keep }: RehearsalOrder,
  bench: Workbench,
): Promise<DrillLabs | { readonly failure: unknown }> {
  if (groups.every(({ scratch, imageFrom }) => scratch !== undefined || imageFrom === 'none'))
    return { run, keep, labs: [] };
  try {
    const labs = await findLabs(bench);
    await removeLeftovers(labs, await ownIdentity(), bench);
    return { run, keep, labs };
  } catch (failure) {
    bench.context.signal.throwIfAborted();
    return { failure };
  }
}

async function openOne(
  group: DrillGroup,
  { run }: RehearsalOrder,
  labs: DrillLabs | { readonly failure: unknown },
  bench: Workbench,
): Promise<DrillServer> {
  if (group.scratch !== undefined) return await openScratch(group, group.scratch, run, bench);
  if (group.imageFrom === 'none') {
    requireNoServer(group.kind);
    return await openFolder(group, bench);
  }
  if ('failure' in labs) throw labs.failure;
  return await startServer(group, labs, bench);
}

/** What is restored to a server, and has no image to start one from, needs one of the settings. Throws Failure "settings". */
function requireNoServer(kind: Kind): void {
  const name = serverNames(kind)?.drillUrl?.variable;
  if (name === undefined) return;
  throw new Failure('settings', {
    message: `no throw-away server of ${kind} can be started: name one that a drill may restore to in ${name}`,
  });
}

type Outcome = DrilledSource | { readonly drill: SourceDrill };

/** Roles first, because databases belong to them; then the databases, the largest first, side by side. */
async function restoreAll(places: readonly Place[], { wasRead }: RehearsalOrder, bench: Workbench): Promise<Outcome[]> {
  const jobs = places.flatMap((place) => place.group.items.map((item) => ({ item, place })));
  const run = ({ item, place }: { item: RestoreItem; place: Place }) => restoreOne(item, place, wasRead, bench);
  const clusters = jobs.filter(({ item }) => isCluster(item));
  const databases = jobs
    .filter(({ item }) => !isCluster(item))
    .sort(({ item: one }, { item: other }) => other.bytes - one.bytes);
  return [...(await runPool(clusters, clusters.length, run)), ...(await runPool(databases, SIDE_BY_SIDE, run))];
}

async function restoreOne(item: RestoreItem, place: Place, wasRead: boolean, bench: Workbench): Promise<Outcome> {
  if ('failure' in place) {
    const drill = untried(item, place.failure);
    bench.context.report({ kind: 'failed', source: item.label, message: toFailure(place.failure).message });
    return { drill };
  }
  const { server: on } = place;
  if (isCluster(item) && !on.isOwn) {
    return { drill: leftOut(item, `roles are not made on a server that belongs to somebody: ${on.place}`) };
  }
  return { item, on, drill: await drillSource(item, on, wasRead, bench) };
}

async function checkIfDrilled(outcome: Outcome, bench: Workbench): Promise<SourceDrill> {
  return 'on' in outcome ? await checkSource(outcome, bench.config.drill.checks, bench) : outcome.drill;
}
