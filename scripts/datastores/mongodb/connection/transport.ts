import { Failure } from '../../../common/failure.ts';
import type { ServiceDetails } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';
import { openTunnel } from './tunnel.ts';
import { DEFAULT_PORT, hostPart } from './uri.ts';

/** The two ways to a server: ours (the driver) and that of the tools, which run where the engine runs them. */
export interface Transport {
  /** Host part of the driver's URL. */
  readonly driverPlace: string;
  /** Host part of the tools' URL. */
  readonly toolPlace: string;
  /** What the far side of the way said last. */
  readonly lastWords: () => string;
  close(): Promise<void>;
}

/**
 * Host engine: straight to host and port. Container: a tunnel through the engine, since not every container publishes a
 * port (`details` is missing with the host engine, else what the engine knows of it); where the image has no bash to build one, the port that is published on this machine; else Failure "unreachable".
 */
export async function openTransport(
  address: ServerAddress,
  details: ServiceDetails | undefined,
  hasBash: boolean,
): Promise<Transport> {
  if (details === undefined) return direct(hostPart(address.host ?? '127.0.0.1', address.port ?? DEFAULT_PORT));
  const port = address.port ?? Number(details.environment.get('MONGODB_PORT_NUMBER') ?? DEFAULT_PORT);
  const toolPlace = hostPart('127.0.0.1', port);
  if (hasBash) {
    const tunnel = await openTunnel(address.engine, address.service, port);
    return { driverPlace: hostPart(tunnel.path, port), toolPlace, lastWords: tunnel.lastWords, close: tunnel.close };
  }
  const published = details.ports.find(({ inside, published }) => inside === port && published)?.published;
  if (published !== undefined) return { ...direct(hostPart(reachable(published.address), published.port)), toolPlace };
  throw new Failure('unreachable', {
    message: `${address.label} has no bash to reach its server through, and port ${port} is not published`,
    hint: `publish port ${port} on 127.0.0.1, or set MONGO_URL to an address that this machine reaches`,
  });
}

function direct(place: string): Transport {
  return { driverPlace: place, toolPlace: place, lastWords: () => '', close: async () => undefined };
}

/** "Published on every address" includes this machine's own. */
function reachable(address: string): string {
  return ['', '0.0.0.0', '::'].includes(address) ? '127.0.0.1' : address;
}
