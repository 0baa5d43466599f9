import type { Kind } from '../../common/kinds.ts';
import type { ServerSettings } from '../../config/config.ts';
import { closeServers, connectServers } from '../servers.ts';
import { findServers, type Workbench } from '../workbench.ts';
import { connectElsewhere } from './elsewhere.ts';
import type { RestoreItem } from './plan.ts';
import type { Servers } from './prepare.ts';

/** Every server that a restore needs. Must be closed, those elsewhere too. */
export type Reached = Servers;

/** Finds and connects to the servers of some sources: those of the settings or of discovery, and those of `--to`. */
export async function findAndConnect(items: readonly RestoreItem[], bench: Workbench): Promise<Reached> {
  const kinds = [...new Set(items.filter((item) => isAtHome(item, bench)).map(({ source }) => source.kind))];
  const { connected, unreached, stopped } = await connectKinds(kinds, bench);
  try {
    return { connected, unreached, stopped, elsewhere: await connectElsewhere(items, connected, bench) };
  } catch (error) {
    await closeServers(connected);
    throw error;
  }
}

/** True where the settings, or discovery, say which server it is. */
function isAtHome({ at, source }: RestoreItem, { config }: Workbench): boolean {
  return at === undefined || config.servers.some(({ kind, name }) => kind === source.kind && name === at);
}

/**
 * Files can be restored to a path that `--to` names, where the settings have none; secrets also to the folder of the
 * settings, which may have been lost with them.
 */
function withThisMachine(bench: Workbench): Workbench {
  const { config } = bench;
  const own: ServerSettings[] = [
    { kind: 'files', name: 'default', files: [] },
    { kind: 'secrets', name: 'default', secrets: { base: config.folder, paths: [] } },
  ];
  const missing = own.filter(({ kind }) => config.servers.every((server) => server.kind !== kind));
  return { ...bench, config: { ...config, servers: [...config.servers, ...missing] } };
}

async function connectKinds(kinds: readonly Kind[], bench: Workbench): Promise<Omit<Servers, 'elsewhere'>> {
  if (kinds.length === 0) return { connected: [], unreached: [], stopped: [] };
  const found = await findServers(withThisMachine(bench), kinds);
  return { ...(await connectServers(found, bench.context)), stopped: found.looked.stopped };
}
