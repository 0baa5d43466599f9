import { Failure } from '../../common/failure.ts';
import type { Kind } from '../../common/kinds.ts';
import { discoverServers } from '../../config/discover.ts';
import { serverByUrl } from '../../config/elsewhere.ts';
import { processEnvironment } from '../../config/environment.ts';
import { isServerKind, loadDatastore } from '../../datastores/index.ts';
import { type Connected, connectServers } from '../servers.ts';
import type { Workbench } from '../workbench.ts';
import { isUrl } from './destination.ts';
import type { RestoreItem } from './plan.ts';

/** A server that a person named on the command line, by {@link elsewhereKey}. */
export type Elsewhere = ReadonlyMap<string, Connected>;

/** Tells the servers of the command line apart. */
export function elsewhereKey(kind: string, server: string): string {
  return `${kind} ${server}`;
}

/**
 * Connects to the servers that `--to` names and the settings do not: a container by its name, or a URL. Whoever calls
 * this closes them. Throws the failure of the first that is not there or does not answer.
 */
export async function connectElsewhere(
  items: readonly RestoreItem[],
  known: readonly Connected[],
  bench: Workbench,
): Promise<Elsewhere> {
  const found = new Map<string, Connected>();
  for (const { source, at } of items) {
    if (at === undefined || found.has(elsewhereKey(source.kind, at))) continue;
    const configured = known.find(({ address }) => address.kind === source.kind && address.name === at);
    found.set(elsewhereKey(source.kind, at), configured ?? (await connectTo(source.kind, at, bench)));
  }
  return found;
}

async function connectTo(kind: Kind, at: string, { config, context }: Workbench): Promise<Connected> {
  if (!isServerKind(kind)) {
    const message = `${kind} are restored on this machine, expected a path in --to that begins with "/" or "./", not "${at}/"`;
    throw new Failure('usage', { message });
  }
  const environment = processEnvironment();
  const { allEngines } = await import('../../engines/select.ts');
  const server = isUrl(at)
    ? await serverByUrl(kind, at, { folder: config.folder, environment })
    : { kind, name: at, container: at };
  const recognizers = [await loadDatastore(kind)];
  const found = await discoverServers(
    allEngines(environment),
    recognizers,
    { ...config, servers: [server] },
    context.signal,
  );
  const { connected, unreached } = await connectServers(found, context);
  const [one] = connected;
  if (one !== undefined) return one;
  const [lost] = unreached;
  if (lost !== undefined) throw lost.failure.at({ step: 'connect', stands: 'the databases were not touched' });
  throw new Failure('not-found', { message: `there is no ${kind} server "${at}"`, step: 'connect' });
}
