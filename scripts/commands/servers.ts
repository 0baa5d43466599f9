import type { Context } from '../common/context.ts';
import { type Failure, toFailure } from '../common/failure.ts';
import type { Kind } from '../common/kinds.ts';
import type { Discovery } from '../config/discover.ts';
import type { Datastore, Server, ServerAddress } from '../datastores/datastore.ts';
import { loadDatastore } from '../datastores/index.ts';
import type { Engine } from '../engines/engine.ts';

/** A server that answered. */
export interface Connected {
  readonly address: ServerAddress;
  readonly datastore: Datastore;
  readonly server: Server;
  /** Version of the engine it was reached through. */
  readonly engineVersion: string;
}

/** A server that should be there and is not, or did not answer. */
export interface Unreached {
  readonly kind: Kind;
  /** The configured name of the server. */
  readonly name: string;
  readonly failure: Failure;
}

/**
 * Connects to every server that was found, side by side. One that does not answer never hides the others: it is
 * returned with its failure. Whoever calls this closes the servers with {@link closeServers}.
 */
export async function connectServers(
  found: Discovery,
  context: Context,
): Promise<{ connected: Connected[]; unreached: Unreached[] }> {
  const versions = new Map<Engine, Promise<string>>();
  const versionOf = (engine: Engine): Promise<string> => {
    const asked = versions.get(engine) ?? engine.version({ signal: context.signal });
    versions.set(engine, asked);
    return asked;
  };
  const outcomes = await Promise.all(found.servers.map((address) => connect(address, context, versionOf)));
  const connected = outcomes.filter((outcome): outcome is Connected => 'server' in outcome);
  if (context.signal.aborted) await closeServers(connected);
  context.signal.throwIfAborted();
  const silent = outcomes.filter((outcome): outcome is Unreached => 'failure' in outcome);
  return { connected, unreached: [...found.failures, ...silent] };
}

/** Closes all connections; a connection that is broken already is not worth a failure of the run. */
export async function closeServers(connected: readonly Connected[]): Promise<void> {
  await Promise.allSettled(connected.map((entry) => entry.server.close()));
}

/** `versionOf`: asks each engine once for its version. */
async function connect(
  address: ServerAddress,
  context: Context,
  versionOf: (engine: Engine) => Promise<string>,
): Promise<Connected | Unreached> {
  const source = address.name === 'default' ? address.kind : `${address.kind}/${address.name}`;
  try {
    const datastore = await loadDatastore(address.kind);
    const [server, engineVersion] = await Promise.all([datastore.connect(address, context), versionOf(address.engine)]);
    return { address, datastore, server, engineVersion };
  } catch (error) {
    return { kind: address.kind, name: address.name, failure: toFailure(error, { source, step: 'connect' }) };
  }
}
