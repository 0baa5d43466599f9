/**
 * A name in double quotes, as InfluxQL takes it
 * (https://docs.influxdata.com/influxdb/v1/query_language/spec/#identifiers).
 */
export function quoteName(name: string): string {
  return `"${name.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}

/** One series of an answer: a table with a name and tags. */
export interface Series {
  readonly name?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values?: readonly (readonly unknown[])[];
}

/**
 * What a server said to a query. A query of several statements has at least one entry for each, but the client program
 * makes an entry of its own of each series of some answers, and of every 10,000 rows.
 */
export type Answer = readonly { readonly series?: readonly Series[]; readonly error?: string }[];

/** All series of an answer to a single statement. */
export function seriesOf(answer: Answer | undefined): Series[] {
  return (answer ?? []).flatMap(({ series = [] }) => series);
}

/** The rows of series by the names of their columns. */
export function rowsOf(series: readonly Series[]): Readonly<Record<string, unknown>>[] {
  return series.flatMap(({ columns, values = [] }) =>
    values.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]]))),
  );
}

/** One column of all series of an answer, as texts. */
export function columnOf(answer: Answer | undefined, column: string): string[] {
  return rowsOf(seriesOf(answer)).map((row) => String(row[column] ?? ''));
}
