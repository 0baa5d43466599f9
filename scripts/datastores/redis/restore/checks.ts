import { Failure } from '../../../common/failure.ts';
import type { CallOptions } from '../../../engines/engine.ts';
import type { RestoreWish } from '../../restore.ts';
import type { Connection } from '../connection/connection.ts';

/** Why this server cannot be restored to, as far as it tells unchanged; undefined where nothing is known. */
export async function obstacleOf(connection: Connection, options: CallOptions): Promise<string | undefined> {
  const { client, farSide, isCluster } = connection;
  if (isCluster) return 'it is one member of a cluster, which holds a share of the keys';
  if (farSide.server === undefined) return 'there is no redis-server where its programs are';
  const [info, known, clients] = await client.replies(
    [
      ['INFO', 'replication'],
      ['COMMAND', 'INFO', 'REPLICAOF'],
      ['CLIENT', 'LIST'],
    ],
    options,
  );
  if (/^role:slave/m.test(info?.text ?? '')) return 'it is a replica: it takes its data from another server';
  if (known?.error === undefined && known?.text.trim() === '') return 'its command REPLICAOF was taken away';
  if (/ name=sentinel-/.test(clients?.text ?? '')) return 'a Sentinel watches it, and would put another in its place';
  return undefined;
}

/** Throws Failure "refused" for what cannot be done with a whole server. */
export function checkWish({ address }: Connection, { target, way, parts }: RestoreWish): void {
  const refused = (message: string, hint?: string): Failure => new Failure('refused', { message, hint });
  if (parts !== undefined) throw refused('a Redis server is restored as a whole, not in parts');
  if (way === 'in-place') throw refused('a Redis server is restored beside and exchanged, never over the old data');
  if (way === 'direct' || target === address.name) return;
  throw refused(
    `found "${target}" as the target, expected "${address.name}": a Redis server is restored as a whole`,
    'list another server under `redis:` in holdfast.yaml to restore there',
  );
}
