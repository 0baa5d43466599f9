import { Failure } from '../../common/failure.ts';
import type { CallOptions } from '../../engines/engine.ts';
import type { Connection } from './connection/connection.ts';
import { policiesOf } from './databases.ts';
import { type Answer, quoteName, rowsOf, seriesOf } from './influxql.ts';

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
  const asked = (what: string) => policies.map((policy) => `${what} ${everythingOf(database, policy)}`);
  const answers = await connection.client.ask(
    [...asked('SHOW FIELD KEYS'), ...asked('SHOW SERIES EXACT CARDINALITY')],
    options,
  );
  const found = policies.flatMap((policy, at) =>
    firstFields(answers[at]).map(({ measurement, first }) => {
      const name = `${policy}.${measurement}`;
      return { name, policy, measurement, field: fields?.[name] ?? first };
    }),
  );
  const series = policies.map((policy, at) => {
    const counts = rowsOf(seriesOf(answers[policies.length + at])).map(({ count }) => Number(count));
    return [policy, counts.reduce((sum, count) => sum + count, 0)] as const;
  });
  return { series: Object.fromEntries(series), measurements: await countAll(connection, database, found, options) };
}

/** Without it a statement is about the default retention policy alone. */
function everythingOf(database: string, policy: string): string {
  return `ON ${quoteName(database)} FROM ${quoteName(policy)}./.*/`;
}

/** What `countPoints` would count, at no cost. */
export async function measurementsByPolicy(
  connection: Connection,
  database: string,
  options: CallOptions,
): Promise<Pick<CountedMeasurement, 'policy' | 'measurement'>[]> {
  const policies = (await policiesOf(connection, database, options)).map(({ name }) => name);
  const queries = policies.map((policy) => `SHOW FIELD KEYS ${everythingOf(database, policy)}`);
  const answers = await connection.client.ask(queries, options);
  return policies.flatMap((policy, at) => firstFields(answers[at]).map(({ measurement }) => ({ policy, measurement })));
}

/** The names of what `countPoints` would count, at no cost. */
export async function namesOfPoints(connection: Connection, database: string, options: CallOptions): Promise<string[]> {
  const found = await measurementsByPolicy(connection, database, options);
  return found.map(({ policy, measurement }) => `${policy}.${measurement}`);
}

/** A measurement of very many fields comes in several series. */
function firstFields(keys: Answer | undefined): { measurement: string; first: string }[] {
  const fields = new Map<string, string[]>();
  for (const series of seriesOf(keys)) {
    const names = rowsOf([series]).map(({ fieldKey }) => String(fieldKey));
    fields.set(series.name ?? '', [...(fields.get(series.name ?? '') ?? []), ...names]);
  }
  return [...fields].map(([measurement, names]) => ({ measurement, first: names.sort()[0] ?? '' }));
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
    const [answer = []] = await client.ask([statements.join('; ')], options);
    // Each gives one number, or none: then they stand for themselves.
    if (answer.length !== some.length) {
      const message = `found ${answer.length} answers to ${some.length} counts of database "${database}"`;
      throw new Failure('tool-failed', { message });
    }
    some.forEach((one, index) => {
      counted.push({ ...one, points: Number(rowsOf(answer[index]?.series ?? [])[0]?.count ?? 0) });
    });
  }
  return counted;
}
