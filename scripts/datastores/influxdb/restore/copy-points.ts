import type { CallOptions } from '../../../engines/engine.ts';
import type { Connection } from '../connection/connection.ts';
import { policiesOf, type RetentionPolicy } from '../databases.ts';
import { quoteName } from '../influxql.ts';
import { measurementsByPolicy } from '../points.ts';

/** How many statements are sent in one call. */
const AT_A_TIME = 50;

/**
 * Copies all points of one database into another that is there, with its retention policies; what the other has beside
 * them stays. It is the server's own way to fill a database that exists, and slower than a restore
 * (https://docs.influxdata.com/influxdb/v1/administration/backup_and_restore/#restore-to-an-existing-database).
 */
export async function copyPoints(
  connection: Connection,
  from: string,
  to: string,
  options: CallOptions,
): Promise<void> {
  const policies = await policiesOf(connection, from, options);
  const there = new Set((await policiesOf(connection, to, options)).map(({ name }) => name));
  const set = (policy: RetentionPolicy, verb: 'CREATE' | 'ALTER') => policyStatement(policy, verb, to);
  // Until all is copied they keep it for ever: the server takes no point that is older than its policy allows.
  const endless = policies.map((policy) => ({ ...policy, duration: 'INF' }));
  const copies = (await measurementsByPolicy(connection, from, options)).map(({ policy, measurement }) => {
    const [source, target] = [from, to].map((database) => [database, policy, measurement].map(quoteName).join('.'));
    return `SELECT * INTO ${target} FROM ${source} GROUP BY *`;
  });
  await askAll(
    connection,
    endless.map((policy) => set(policy, there.has(policy.name) ? 'ALTER' : 'CREATE')),
    options,
  );
  await askAll(connection, copies, options);
  await askAll(
    connection,
    policies.map((policy) => set(policy, 'ALTER')),
    options,
  );
}

function policyStatement(policy: RetentionPolicy, verb: 'CREATE' | 'ALTER', database: string): string {
  const { name, duration, shardGroupDuration, isDefault } = policy;
  const place = `${verb} RETENTION POLICY ${quoteName(name)} ON ${quoteName(database)}`;
  // The server writes "0s" for ever, and takes INF.
  const kept = `DURATION ${duration === '0s' ? 'INF' : duration} REPLICATION 1 SHARD DURATION ${shardGroupDuration}`;
  return `${place} ${kept}${isDefault ? ' DEFAULT' : ''}`;
}

async function askAll({ client }: Connection, statements: readonly string[], options: CallOptions): Promise<void> {
  for (let at = 0; at < statements.length; at += AT_A_TIME) {
    await client.ask(statements.slice(at, at + AT_A_TIME), options);
  }
}
