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

/** What a server said to each of the statements of a question. */
export type Answer = readonly { readonly series?: readonly Series[]; readonly error?: string }[];

/** The rows of a series by the names of its columns. */
export function rowsOf(series: Series | undefined): Readonly<Record<string, unknown>>[] {
  return (series?.values ?? []).map((row) =>
    Object.fromEntries(series?.columns.map((column, at) => [column, row[at]]) ?? []),
  );
}

/** One column of a series, as texts. */
export function columnOf(series: Series | undefined, column: string): string[] {
  return rowsOf(series).map((row) => String(row[column] ?? ''));
}
