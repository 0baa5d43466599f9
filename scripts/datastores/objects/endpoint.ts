import { connect } from 'node:net';
import { Failure } from '../../common/failure.ts';
import type { CallOptions, ServiceDetails } from '../../engines/engine.ts';
import type { ServerAddress } from '../datastore.ts';
import { DEFAULT_PORT } from './recognize.ts';

/** Milliseconds that a container's own address has for an answer: it is on this machine, or it is not to be reached. */
const PATIENCE = 2000;

/**
 * Where requests go: the address of the settings; of a container its published port, else its own address in the network
 * of its engine, which this machine reaches where the engine runs on it with root's rights. Throws Failure "unreachable".
 */
export async function endpointOf(
  { host, port = DEFAULT_PORT, parameters, label }: ServerAddress,
  details: ServiceDetails | undefined,
  { signal }: CallOptions,
): Promise<string> {
  const scheme = parameters?.tls === 'true' ? 'https' : 'http';
  const urlOf = (place: string, at: number): string =>
    `${scheme}://${place.includes(':') ? `[${place}]` : place}:${at}`;
  if (details === undefined) return urlOf(host ?? '127.0.0.1', port);
  const published = details.ports.find(({ inside }) => inside === port)?.published;
  if (published !== undefined) return urlOf(published.address, published.port);
  for (const address of details.addresses ?? []) if (await answers(address, port, signal)) return urlOf(address, port);
  throw new Failure('unreachable', {
    message: `${label} publishes no port for ${port}, and this machine does not reach it in the network of its containers`,
    hint: 'publish it on 127.0.0.1, or set OBJECTS_URL; OBJECTS_OUTSIDE leaves it out',
  });
}

function answers(host: string, port: number, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PATIENCE, ...(signal && { signal }) });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    // Whatever it is, it is no way to the server.
    socket.once('error', () => end(false));
  });
}
