import { type Command, SECRET_FILE } from '../../../engines/engine.ts';
import type { Connection } from '../connection/connection.ts';

/**
 * Inserts of one collection side by side. The tool takes 1 by itself; measured on 2 cores with 200,000 documents, 4 take
 * 0.7 of that time, 8 no less.
 */
const INSERT_WORKERS = 4;

/** What mongorestore takes from an archive, and to where. */
export interface Selection {
  /** The database in the archive, and the one to write. */
  readonly from: string;
  readonly to: string;
  /** Before the names of collections that are restored beside others. */
  readonly prefix?: string;
  /** These collections alone. */
  readonly only?: readonly string[];
  /** These not. */
  readonly without?: readonly string[];
}

/** `mongorestore` for one database. `file` is where it lies on the server's side; without it, standard input is read. */
export function restoreCommand(
  connection: Connection,
  selection: Selection,
  file: string | undefined,
  extra: readonly string[] = [],
): Command {
  const archive = file === undefined ? '--archive' : `--archive=${file}`;
  const workers = `--numInsertionWorkersPerCollection=${INSERT_WORKERS}`;
  const fixed = ['mongorestore', `--config=${SECRET_FILE}`, archive, '--gzip', workers] as const;
  return { argv: [...fixed, ...namespaceOptions(selection), ...extra], secretFile: connection.toolConfig };
}

/** Only this database, under its name at the target. `--nsInclude` looks at the name in the archive. */
export function namespaceOptions({ from, to, prefix = '', only, without = [] }: Selection): string[] {
  const includes = only?.map((name) => literal(`${from}.${name}`)) ?? [`${literal(from)}.*`];
  const isSame = from === to && prefix === '';
  return [
    ...includes.map((one) => `--nsInclude=${one}`),
    ...without.map((name) => `--nsExclude=${literal(`${from}.${name}`)}`),
    ...(isSame ? [] : [`--nsFrom=${literal(from)}.*`, `--nsTo=${literal(`${to}.${prefix}`)}*`]),
  ];
}

/** In the tool's patterns "*" stands for any text; a backslash takes that meaning away (mongo-tools mongorestore/ns). */
function literal(name: string): string {
  return name.replace(/[\\*]/g, '\\$&');
}
