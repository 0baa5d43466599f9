import type { ConnectedClient } from '../connection/connect.ts';
import type { PostgresDetails } from '../details.ts';

/** What will matter at a restore and is not in the dump, in sentences. */
export function dumpWarnings(client: ConnectedClient, details: PostgresDetails, words: string): string[] {
  const { subscriptions, tablespaces, unlogged, extensions } = details;
  return [
    ...(client.standby ? ['dumped from a standby: a recovery conflict may end such a dump'] : []),
    ...(client.standby && unlogged.length > 0 ? [`unlogged tables have no rows on a standby: ${list(unlogged)}`] : []),
    ...(subscriptions.length > 0 ? [`subscriptions come back disabled: ${list(subscriptions)}`] : []),
    ...(tablespaces.length > 0 ? [`tablespaces must exist at the target: ${list(tablespaces)}`] : []),
    ...(extensions.some(({ name }) => name === 'timescaledb')
      ? ['timescaledb needs timescaledb_pre_restore() before and timescaledb_post_restore() after a restore']
      : []),
    ...words.split('\n').filter((line) => line.trim() !== ''),
  ];
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
