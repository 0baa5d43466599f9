import type { CallOptions } from '../../engines/engine.ts';
import { STAMP } from '../generation.ts';
import type { Connection } from './connection/connection.ts';
import { columnOf, quoteName, rowsOf, seriesOf } from './influxql.ts';

/** What the server writes about itself; taken only when the settings name it. */
export const OWN_DATABASE = '_internal';

/** What keeps points of a database, and how long. */
export interface RetentionPolicy {
  readonly name: string;
  /** As the server writes it: "168h0m0s"; "0s" keeps for ever. */
  readonly duration: string;
  readonly shardGroupDuration: string;
  readonly isDefault: boolean;
}

/** A piece of a database that a backup has a file of. */
export interface Shard {
  readonly id: number;
  readonly policy: string;
}

/** The names of all databases, those of generations included. */
export async function listDatabases({ client }: Connection, options: CallOptions): Promise<string[]> {
  const [answer] = await client.ask(['SHOW DATABASES'], options);
  return columnOf(answer, 'name');
}

/** Bytes on the disk of each database that has some. */
export async function sizesOf({ client }: Connection, options: CallOptions): Promise<Map<string, number>> {
  const [answer] = await client.ask(["SHOW STATS FOR 'shard'"], options);
  const sizes = new Map<string, number>();
  for (const series of seriesOf(answer)) {
    const name = series.tags?.database ?? '';
    const bytes = Number(rowsOf([series])[0]?.diskBytes ?? 0);
    sizes.set(name, (sizes.get(name) ?? 0) + bytes);
  }
  return sizes;
}

/** The shards of a database. */
export async function shardsOf({ client }: Connection, database: string, options: CallOptions): Promise<Shard[]> {
  const [answer] = await client.ask(['SHOW SHARDS'], options);
  const own = seriesOf(answer).filter(({ name }) => name === database);
  return rowsOf(own).map((row) => ({ id: Number(row.id), policy: String(row.retention_policy) }));
}

/** The retention policies of a database. */
export async function policiesOf(
  { client }: Connection,
  database: string,
  options: CallOptions,
): Promise<RetentionPolicy[]> {
  const [answer] = await client.ask([`SHOW RETENTION POLICIES ON ${quoteName(database)}`], options);
  return rowsOf(seriesOf(answer)).map((row) => ({
    name: String(row.name),
    duration: String(row.duration),
    shardGroupDuration: String(row.shardGroupDuration),
    isDefault: row.default === true,
  }));
}

/** The names of the measurements of a database, whatever keeps their points. */
export async function measurementsOf(
  { client }: Connection,
  database: string,
  options: CallOptions,
): Promise<string[]> {
  const [answer] = await client.ask([`SHOW MEASUREMENTS ON ${quoteName(database)}`], options);
  return columnOf(answer, 'name');
}

/** What a name says that a restore made beside its database: "shop_new_20261121_235220"; undefined for any other. */
export function generationOfName(name: string): { database: string; part: 'new'; stamp: string } | undefined {
  const [, database, stamp] = /^(.+)_new_(\d{8}_\d{6})$/s.exec(name) ?? [];
  return database !== undefined && stamp !== undefined && STAMP.test(stamp)
    ? { database, part: 'new', stamp }
    : undefined;
}

/** Removes a database; none is fine. */
export async function dropDatabase({ client }: Connection, name: string, options: CallOptions): Promise<void> {
  await client.ask([`DROP DATABASE ${quoteName(name)}`], options);
}
