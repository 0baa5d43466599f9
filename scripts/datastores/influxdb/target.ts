import type { CallOptions } from '../../engines/engine.ts';
import type { TargetFacts } from '../restore.ts';
import type { Connection } from './connection/connection.ts';
import { listDatabases, measurementsOf, sizesOf } from './databases.ts';

/** What stands where a restore would write. The server knows neither who is connected nor when it was last written to. */
export async function targetFacts(connection: Connection, name: string, options: CallOptions): Promise<TargetFacts> {
  const exists = (await listDatabases(connection, options)).includes(name);
  return {
    name,
    exists,
    sizeBytes: exists ? ((await sizesOf(connection, options)).get(name) ?? 0) : 0,
    objects: exists ? (await measurementsOf(connection, name, options)).length : 0,
    lastWrite: undefined,
    sessions: 0,
  };
}
