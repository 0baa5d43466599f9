import { Failure } from '../../../scripts/common/failure.ts';
import { type DiscoveryConfig, discoverServers } from '../../../scripts/config/discover.ts';
import type { Engine, EngineName, Service } from '../../../scripts/engines/engine.ts';

/** An engine that only lists; discovery must not need more. */
export function engine(name: EngineName, services: readonly Service[] | Failure): Engine {
  const list = async () => {
    if (services instanceof Failure) throw services;
    return [...services];
  };
  return { name, list } as unknown as Engine;
}

/** A running PostgreSQL container, unless told otherwise. */
export function service(name: string, more: Partial<Service> = {}): Service {
  const id = Buffer.from(name).toString('hex').padEnd(64, '0');
  return { id, name, image: 'postgres:18', labels: {}, ports: [], state: 'running', ...more };
}

/** The labels of Docker compose. */
export const docker = (project: string, folder: string, name = 'db') => ({
  'com.docker.compose.project': project,
  'com.docker.compose.service': name,
  'com.docker.compose.project.working_dir': folder,
});
/** The labels of podman-compose. */
export const podman = (project: string, folder: string, name = 'db') => ({
  'io.podman.compose.project': project,
  'io.podman.compose.service': name,
  'io.podman.compose.project.working_dir': folder,
});

const recognizers = [
  { kind: 'postgres', recognizes: ({ image }: Service) => image.includes('postgres') },
  { kind: 'mongo', recognizes: ({ image }: Service) => image.includes('mongo') },
] as const;

/** Discovery for the folder /srv/shop. */
export function discover(engines: readonly Engine[], config: Partial<DiscoveryConfig> = {}) {
  const defaults = { folder: '/srv/shop', containerCommand: undefined, discover: true, servers: [], databases: {} };
  return discoverServers(engines, recognizers, { ...defaults, ...config }, new AbortController().signal);
}

/** Settings that name one PostgreSQL container. */
export const named = (container: string): Partial<DiscoveryConfig> => ({
  servers: [{ kind: 'postgres', name: 'default', container }],
});
/** The ids of the containers that were found. */
export const ids = async (found: ReturnType<typeof discover>) => (await found).servers.map((server) => server.service);
