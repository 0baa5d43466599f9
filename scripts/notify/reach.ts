import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Failure } from '../common/failure.ts';

/**
 * Connects to the host of an address, with TLS where it asks for that, and says nothing: an address of HTTP cannot be
 * asked without being used. Throws Failure "unreachable" that names the host alone.
 */
export async function reachHost(url: URL, signal: AbortSignal): Promise<void> {
  const socket = connect(url);
  const stop = () => socket.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await once(socket, url.protocol === 'https:' ? 'secureConnect' : 'connect', { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure('unreachable', { message: `"${url.hostname}" cannot be reached`, detail: code });
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

function connect({ protocol, hostname, port }: URL): Socket {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol !== 'https:') return connectPlain({ host, port: Number(port || 80) });
  return connectTls({ host, port: Number(port || 443), servername: /^[\d.:]+$/.test(host) ? '' : host });
}
