import { type Command, SECRET_FILE } from '../../engines/engine.ts';
import type { Connection } from './connection/connection.ts';

/**
 * Inserts of one collection side by side. The tool takes 1 by itself; measured on 2 cores with 200,000 documents, 4 take
 * 0.7 of that time, 8 no less.
 */
const INSERT_WORKERS = 4;

/** `mongorestore` for one database. `file` is where it lies on the server's side; without it, standard input is read. */
export function restoreCommand(
  connection: Connection,
  names: { from: string; to: string },
  file: string | undefined,
  extra: readonly string[] = [],
): Command {
  const fixed = [
    'mongorestore',
    `--config=${SECRET_FILE}`,
    file === undefined ? '--archive' : `--archive=${file}`,
  ] as const;
  const workers = `--numInsertionWorkersPerCollection=${INSERT_WORKERS}`;
  return {
    argv: [...fixed, '--gzip', '--drop', workers, ...namespaceOptions(names.from, names.to), ...extra],
    secretFile: connection.toolConfig,
  };
}

/** Only this database, under its name at the target. `--nsInclude` looks at the name in the archive. */
export function namespaceOptions(from: string, to: string): string[] {
  const include = `--nsInclude=${pattern(from)}`;
  return from === to ? [include] : [include, `--nsFrom=${pattern(from)}`, `--nsTo=${pattern(to)}`];
}

/** In the tool's patterns "*" stands for any text; a backslash takes that meaning away (mongo-tools mongorestore/ns). */
function pattern(database: string): string {
  return `${database.replace(/[\\*]/g, '\\$&')}.*`;
}
