import { Failure } from '../common/failure.ts';
import { askClient, type Client } from './client.ts';
import { containerTransport } from './container-transport.ts';
import { copyFileIn, copyFileOut } from './copy.ts';
import type { CallOptions, Engine, Service, ServiceDetails } from './engine.ts';
import { identityText } from './identity.ts';
import { containerLab } from './lab.ts';
import { runShort } from './run.ts';
import { sealedRead } from './sealed-read.ts';
import { sealedWrite } from './sealed-write.ts';
import { parseInspect, withoutEnvironment } from './services.ts';
import { openSession } from './session.ts';

/** What differs between the engines with containers. */
export interface Dialect {
  /** Asks for the version of the engine (not of its client, where they differ). */
  version(client: Client, options: CallOptions): Promise<string>;
}

/** An engine whose services are containers, spoken to through its own client program. */
export function containerEngine(client: Client, dialect: Dialect): Engine {
  const seen = new Map<string, string>();
  const transport = containerTransport(client, seen);
  const engine: Engine = {
    name: client.name,
    version: (options = {}) => dialect.version(client, options),
    list: (options = {}) => listServices(client, options),
    inspect: async (service, options = {}) => {
      const details = await inspectService(client, service, options);
      if (details.running) seen.set(service, identityText(details));
      return details;
    },
    run: (service, command, options) => runShort(transport, service, command, options),
    read: (service, command, options) => sealedRead(transport, service, command, options),
    write: (service, command, input, bytes, options) =>
      sealedWrite(transport, service, command, input, { ...options, bytes }),
    open: (service, command, options) => openSession(transport, service, command, options),
    copyOut: (service, from, to, options) => copyFileOut(engine, service, from, { ...options, to }),
    copyIn: (service, from, to, options) => copyFileIn(engine, service, from, { ...options, to }),
    stop: async (service, options) => void (await askClient(client, ['stop', service], { ...options, service })),
    start: async (service, options) => void (await askClient(client, ['start', service], { ...options, service })),
    lab: containerLab(client, (options) => listServices(client, options)),
  };
  return engine;
}

/**
 * "ps" alone would do, but docker's joins labels with commas and podman's differs by version; "inspect" is one format
 * for both. A container that goes away between the two calls makes "inspect" fail: then once more.
 */
async function listServices(client: Client, options: CallOptions, tries = 3): Promise<Service[]> {
  const ids = (await askClient(client, ['ps', '-a', '-q', '--no-trunc'], options)).split('\n').filter(Boolean);
  if (ids.length === 0) return [];
  try {
    const text = await askClient(client, ['inspect', '--type', 'container', ...ids], options);
    return parseInspect(client.name, text).map(withoutEnvironment);
  } catch (error) {
    const isGone = error instanceof Failure && /no such (container|object)|no container with/i.test(error.detail ?? '');
    if (!isGone || tries <= 1) throw error;
    return listServices(client, options, tries - 1);
  }
}

async function inspectService(client: Client, service: string, options: CallOptions): Promise<ServiceDetails> {
  const text = await askClient(client, ['inspect', '--type', 'container', service], { ...options, service }).catch(
    (error: unknown) => {
      if (!(error instanceof Failure) || !/no such (container|object)|no container with/i.test(error.detail ?? ''))
        throw error;
      const { message, detail, hint } = error;
      throw new Failure('not-found', { message, detail, hint });
    },
  );
  const [details] = parseInspect(client.name, text);
  if (details) return details;
  throw new Failure('not-found', { message: `${client.name} has no container "${service}"` });
}
