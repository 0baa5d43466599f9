import type { CallOptions } from '../../engines/engine.ts';
import type { ServerPlan } from '../datastore.ts';
import type { Connection } from './connection/connection.ts';

/**
 * One source for each server: an RDB file is of all its databases. Its size is that of the memory that the data takes. A
 * member of a cluster holds a share of the keys: its dump alone would be taken for the whole, so that it is a failure.
 */
export async function planSources(connection: Connection, options: CallOptions): Promise<ServerPlan> {
  const { address, client, isCluster } = connection;
  const none = { sources: [], skipped: [], failed: [] };
  const { name } = address;
  if (isCluster) return { ...none, failed: [{ name, reason: `${address.label} is one member of a cluster` }] };
  const info = await client.info(options);
  const sizeBytes = Number(info.get('used_memory_dataset') ?? info.get('used_memory') ?? 0);
  return { ...none, sources: [{ kind: 'redis', name, sizeBytes }] };
}
