import type { CallOptions } from '../../engines/engine.ts';
import type { Connection } from './connection/connection.ts';
import { policiesOf } from './databases.ts';
import { type Answer, columnOf, quoteName, rowsOf } from './influxql.ts';

/** How many questions are sent at a time; each carries a name or two. */
const AT_A_TIME = 50;

/** A measurement as one retention policy keeps it, counted by one of its fields. */
export interface CountedMeasurement {
  /** "autogen.cpu": the retention policy, and the measurement. */
  readonly name: string;
  readonly policy: string;
  readonly measurement: string;
  /** The first of its fields by name: counting all costs a reading of everything. */
  readonly field: string;
  readonly points: number;
}

/** What a database holds. */
export interface Points {
  readonly measurements: readonly CountedMeasurement[];
  /** Series, exactly, by retention policy. */
  readonly series: Readonly<Record<string, number>>;
}

/**
 * Counts the points of one field of every measurement in every retention policy, and all series. Points that lack the
 * field are not seen. `fields`: the fields to count by, of an earlier count.
 */
export async function countPoints(
  connection: Connection,
  database: string,
  options: CallOptions,
  fields?: Readonly<Record<string, string>>,
): Promise<Points> {
  const policies = (await policiesOf(connection, database, options)).map(({ name }) => name);
  const series: Record<string, number> = {};
  const found: Omit<CountedMeasurement, 'points'>[] = [];
  for (const policy of policies) {
    const from = `ON ${quoteName(database)} FROM ${quoteName(policy)}./.*/`;
    const [keys, cardinality] = await connection.client.ask(
      [`SHOW FIELD KEYS ${from}`, `SHOW SERIES EXACT CARDINALITY ${from}`],
      options,
    );
    series[policy] = (cardinality?.series ?? []).reduce((sum, one) => sum + Number(rowsOf(one)[0]?.count ?? 0), 0);
    for (const { measurement, first } of firstFields(keys)) {
      const name = `${policy}.${measurement}`;
      found.push({ name, policy, measurement, field: fields?.[name] ?? first });
    }
  }
  return { series, measurements: await countAll(connection, database, found, options) };
}

/** The names of what `countPoints` would count, at no cost. */
export async function namesOfPoints(connection: Connection, database: string, options: CallOptions): Promise<string[]> {
  const names: string[] = [];
  for (const { name } of await policiesOf(connection, database, options)) {
    const from = `ON ${quoteName(database)} FROM ${quoteName(name)}./.*/`;
    const [keys] = await connection.client.ask([`SHOW FIELD KEYS ${from}`], options);
    names.push(...firstFields(keys).map(({ measurement }) => `${name}.${measurement}`));
  }
  return names;
}

function firstFields(keys: Answer[number] | undefined): { measurement: string; first: string }[] {
  return (keys?.series ?? []).map((one) => ({
    measurement: one.name ?? '',
    first: columnOf(one, 'fieldKey').sort()[0] ?? '',
  }));
}

async function countAll(
  { client }: Connection,
  database: string,
  found: readonly Omit<CountedMeasurement, 'points'>[],
  options: CallOptions,
): Promise<CountedMeasurement[]> {
  const counted: CountedMeasurement[] = [];
  for (let at = 0; at < found.length; at += AT_A_TIME) {
    const some = found.slice(at, at + AT_A_TIME);
    const statements = some.map(({ policy, measurement, field }) => {
      const place = [database, policy, measurement].map(quoteName).join('.');
      return `SELECT count(${quoteName(field)}) FROM ${place}`;
    });
    const answers = await client.ask(statements, options);
    some.forEach((one, index) => {
      counted.push({ ...one, points: Number(rowsOf(answers[index]?.series?.[0])[0]?.count ?? 0) });
    });
  }
  return counted;
}
