import type { CallOptions } from '../../engines/engine.ts';
import type { TargetFacts } from '../restore.ts';
import type { Connection } from './connection/connection.ts';

/** Keys of one database, as the server counts them. */
export interface KeyCount {
  readonly keys: number;
  /** Of these, keys with a time to live. */
  readonly expires: number;
}

/** What stands where a restore would write: the server as a whole, whatever the name. */
export async function targetFacts(connection: Connection, name: string, options: CallOptions): Promise<TargetFacts> {
  const info = await connection.client.info(options);
  const databases = keySpaces(info);
  return {
    name,
    exists: databases.size > 0,
    sizeBytes: databases.size === 0 ? 0 : Number(info.get('used_memory_dataset') ?? info.get('used_memory') ?? 0),
    objects: databases.size,
    // The server counts changes since its last save, not when they were.
    lastWrite: undefined,
    sessions: Math.max(0, Number(info.get('connected_clients') ?? 1) - 1),
  };
}

/** The databases that hold keys: "db0" with its counts, from INFO. */
export function keySpaces(info: ReadonlyMap<string, string>): ReadonlyMap<string, KeyCount> {
  const found = new Map<string, KeyCount>();
  for (const [name, text] of info) {
    const [, keys, expires] = /^keys=(\d+),expires=(\d+)/.exec(text) ?? [];
    if (/^db\d+$/.test(name) && keys !== undefined) found.set(name, { keys: Number(keys), expires: Number(expires) });
  }
  return found;
}
