import type { CallOptions } from '../../engines/engine.ts';
import type { ServerPlan } from '../datastore.ts';
import type { Connection } from './connection/connection.ts';
import { generationOfName, listDatabases, OWN_DATABASE, sizesOf } from './databases.ts';

/** The databases of a server, or those that the settings name. */
export async function planSources(connection: Connection, options: CallOptions): Promise<ServerPlan> {
  const { address } = connection;
  const [all, sizes] = [await listDatabases(connection, options), await sizesOf(connection, options)];
  const usual = all.filter((name) => name !== OWN_DATABASE && generationOfName(name) === undefined);
  const wanted = address.databases ?? usual;
  const there = wanted.filter((name) => all.includes(name));
  return {
    sources: there.map((name) => ({ kind: 'influxdb', name, sizeBytes: sizes.get(name) ?? 0 })),
    skipped: wanted
      .filter((name) => !all.includes(name))
      .map((name) => ({ name, reason: `there is no database "${name}" on ${address.label}` })),
    failed: [],
  };
}
