import type { Context } from '../../common/context.ts';
import { Failure, toFailure } from '../../common/failure.ts';
import { hostAddress } from '../../config/addresses.ts';
import type { ServerSettings } from '../../config/config.ts';
import { processEnvironment } from '../../config/environment.ts';
import { serverNames } from '../../config/server-names.ts';
import type { Server } from '../../datastores/datastore.ts';
import { loadDatastore } from '../../datastores/index.ts';
import { type Connected, closeServers, connectServers } from '../servers.ts';
import { findServers, type Workbench } from '../workbench.ts';
import type { DrillGroup } from './items.ts';
import type { DrillServer } from './server.ts';

/** PostgreSQL and MongoDB both take names of up to so many bytes. */
const LONGEST_NAME = 63;
/** Milliseconds for removing a database after the drill was interrupted. */
const DROP_PATIENCE = 60_000;

/**
 * Connects to the server of the settings that is restored to where no throw-away one can be started. Every database gets
 * another name there, which must be free, and goes again. Throws Failure "refused" when it is, or may be, a server that
 * is backed up.
 */
export async function openScratch(
  { kind }: DrillGroup,
  settings: ServerSettings,
  run: string,
  bench: Workbench,
): Promise<DrillServer> {
  const { allEngines } = await import('../../engines/select.ts');
  const address = hostAddress(settings, allEngines(processEnvironment()), bench.config);
  const datastore = await loadDatastore(kind);
  const server = await datastore.connect(address, bench.context);
  const made = new Set<string>();
  try {
    await requireOther(server, bench);
    const ending = `_drill_${run.replace(/[^a-z0-9]/gi, '').toLowerCase()}`;
    return {
      ...{ server: withRecord(server, made), datastore, place: address.label, isOwn: false },
      targetOf: (database) => cut(database, LONGEST_NAME - ending.length) + ending,
      [Symbol.asyncDispose]: () => leave(server, made, bench),
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** The same server, noting the databases that a restore began to make; refuses those that are there. */
function withRecord(server: Server, made: Set<string>): Server {
  return {
    ...server,
    prepare: async (source, wish, context) => {
      const { target } = wish;
      if ((await server.target(target, context)).exists) {
        throw new Failure('refused', { message: `${server.address.label} has a database "${target}" already` });
      }
      const prepared = await server.prepare(source, wish, context);
      const steps = prepared.steps.map((step) => ({
        ...step,
        run: (running: Context) => {
          made.add(target);
          return step.run(running);
        },
      }));
      return { ...prepared, steps };
    },
  };
}

/** Drops what the drill made, also after it was interrupted. */
async function leave(server: Server, made: ReadonlySet<string>, { context }: Workbench): Promise<void> {
  for (const database of made) {
    try {
      await server.drop(database, { ...context, signal: AbortSignal.timeout(DROP_PATIENCE) });
    } catch (error) {
      const message = `"${database}" could not be removed from ${server.address.label}: ${toFailure(error).message}`;
      context.report({ kind: 'warning', message });
    }
  }
  await server.close();
}

/** Whole characters, so many bytes at most. */
function cut(name: string, bytes: number): string {
  let kept = name;
  while (Buffer.byteLength(kept) > bytes) kept = [...kept].slice(0, -1).join('');
  return kept;
}

/** A live server that cannot be asked at this moment is not the one that has just answered. */
async function requireOther(scratch: Server, bench: Workbench): Promise<void> {
  const found = await findServers(bench, [scratch.address.kind]).catch((error: unknown) => {
    const failure = toFailure(error);
    if (failure.code !== 'not-found') throw failure;
    return undefined;
  });
  if (found === undefined) return;
  const { connected } = await connectServers(found, bench.context);
  try {
    const own = await scratch.identity(bench.context);
    for (const live of connected) await requireNotSame(scratch, own, live, bench);
  } finally {
    await closeServers(connected);
  }
}

async function requireNotSame(scratch: Server, own: string | undefined, live: Connected, bench: Workbench) {
  const theirs = await live.server.identity(bench.context);
  const sameAddress = live.address.label === scratch.address.label;
  if (!sameAddress && own !== undefined && theirs !== undefined && own !== theirs) return;
  const isSame = sameAddress || (own !== undefined && own === theirs);
  throw new Failure('refused', {
    message: `${scratch.address.label} ${isSame ? 'is' : 'may be'} the server that is backed up, ${live.address.label}`,
    stands: 'nothing was restored',
    hint: `name another server in ${serverNames(scratch.address.kind)?.drillUrl?.variable}, or none: a throw-away one is started then`,
  });
}
