import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, toFailure } from '../../common/failure.ts';
import { ownIdentity } from '../../common/process-identity.ts';
import { Secret } from '../../common/secret.ts';
import type { Datastore, Server } from '../../datastores/datastore.ts';
import { loadDatastore } from '../../datastores/index.ts';
import type { Workbench } from '../workbench.ts';
import { engineWith, type LabEngine, OWNER_LABELS } from './engine.ts';
import type { DrillGroup } from './items.ts';

/** A server that a drill restores to. Disposing of it removes all that the drill brought there. */
export interface DrillServer extends AsyncDisposable {
  readonly server: Server;
  readonly datastore: Datastore;
  /** For people: the image, or the address of a given server. */
  readonly place: string;
  /** The name that a database gets there. */
  targetOf(database: string): string;
  /** True where everything may be restored, roles included; false on a server that belongs to somebody. */
  readonly isOwn: boolean;
  /** How to look into it and how to remove it, when it is kept. */
  readonly kept?: readonly string[];
}

/** A server that prepares a large image on a slow disk; in milliseconds. */
const START_PATIENCE = 180_000;
/** Between two looks whether it listens, in milliseconds: a look costs an engine a tenth of a second. */
const LOOK_AGAIN = 100;

/** What all servers of a drill are started with. */
export interface DrillLabs {
  readonly labs: readonly LabEngine[];
  /** Names the drill, in the names of its containers. */
  readonly run: string;
  readonly keep: boolean;
}

/**
 * Starts a server of our own for a group and connects to it. Throws a Failure that tells why there is none, and nothing
 * is left of it; "refused" when it would not be alone.
 */
export async function startServer(group: DrillGroup, how: DrillLabs, bench: Workbench): Promise<DrillServer> {
  const { kind, image } = group;
  const datastore = await loadDatastore(kind);
  const recipe = datastore.throwaway;
  if (recipe === undefined) throw new Failure('internal', { message: `nothing is started for a drill of ${kind}` });
  const { engine, lab } = await engineWith(how.labs, image, group.engine, bench);
  const facts = await lab.image(image, { signal: bench.context.signal });
  const password = new Secret(randomBytes(18).toString('base64url'));
  const argv = recipe.argv(facts?.command ?? []);
  const name = `holdfast-drill-${how.run}-${kind}-${randomBytes(3).toString('hex')}`;
  const env = recipe.environment(password);
  const labels = await ownerLabels(how.keep);
  bench.context.signal.throwIfAborted();
  const service = await lab.start({ name, image, env, labels, ...(argv && { argv }) });
  try {
    await untilReady({ engine, lab }, service, recipe.ready, bench);
    const label = `throw-away ${engine.name} container (${image})`;
    const address = { kind, name: group.name, engine, service, image, label, ...recipe.address(password) };
    const server = await datastore.connect(address, bench.context);
    const remove = async (): Promise<void> => {
      await server.close().catch(ignoreClosed);
      if (!how.keep || bench.context.signal.aborted) await lab.remove(service);
    };
    return {
      ...{ server, datastore, place: image, isOwn: true },
      targetOf: (database) => database,
      ...(how.keep ? { kept: [`${engine.name} exec -it ${name} bash`, `${engine.name} rm -f -v ${name}`] } : {}),
      [Symbol.asyncDispose]: remove,
    };
  } catch (error) {
    await lab.remove(service);
    throw error;
  }
}

/** The server goes anyway: a connection that is broken already is not worth a failure. */
function ignoreClosed(): void {}

async function ownerLabels(keep: boolean): Promise<Record<string, string>> {
  const { host, bootId, pid, processStart } = await ownIdentity();
  return {
    [OWNER_LABELS.host]: host,
    [OWNER_LABELS.boot]: bootId,
    [OWNER_LABELS.pid]: String(pid),
    [OWNER_LABELS.start]: processStart,
    ...(keep ? { [OWNER_LABELS.kept]: 'yes' } : {}),
  };
}

async function untilReady(
  { engine, lab }: LabEngine,
  service: string,
  ready: Parameters<typeof engine.run>[1],
  { context: { signal } }: Workbench,
): Promise<void> {
  const end = Date.now() + START_PATIENCE;
  for (;;) {
    const problem = await notReady(engine, service, ready, signal);
    if (problem === undefined) return;
    if (Date.now() > end || !(await engine.inspect(service, { signal })).running) {
      const message = `the throw-away server did not begin to answer: ${problem}`;
      throw new Failure('unreachable', { message, detail: await lab.lastWords(service) });
    }
    await sleep(LOOK_AGAIN, undefined, { signal });
  }
}

async function notReady(
  engine: LabEngine['engine'],
  service: string,
  ready: Parameters<typeof engine.run>[1],
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { code, stderr } = await engine.run(service, ready, { signal, timeoutMs: 20_000 });
    return code === 0 ? undefined : stderr.trim() || `code ${code}`;
  } catch (error) {
    signal.throwIfAborted();
    return toFailure(error).message;
  }
}
