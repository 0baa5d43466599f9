import { Failure } from '../../../common/failure.ts';
import type { Exchange } from '../../generation.ts';
import { quoteIdentifier, quoteLiteral } from '../sql.ts';
import type { DatabaseRow } from './databases.ts';
import { isOurs, MARKED_LIMIT, markedComment, nameOf, ownComment } from './mark.ts';

/** A database that gets another name. */
export interface Move {
  readonly row: DatabaseRow;
  readonly to: string;
  /** Its comment under the new name; null: none. */
  readonly comment: string | null;
}

type Databases = ReadonlyMap<string, DatabaseRow>;

/**
 * The renames that an exchange still needs, in their order; none when it is done already. Throws Failure "not-found" when
 * what is to become live is not there, "refused" when a name is taken or belongs to somebody.
 */
export function movesOf(databases: Databases, exchange: Exchange, now: Date): Move[] {
  const { database, fresh, kept } = exchange;
  const live = databases.get(database);
  const aside = nameOf(database, kept);
  const next = fresh && databases.get(nameOf(database, fresh));
  if (isDone(databases, exchange)) return [];
  if (fresh !== undefined && next === undefined) throw missing(nameOf(database, fresh));
  if (next === undefined && live === undefined) throw missing(database);
  if (next !== undefined && !isOurs(next)) throw foreign(next.name);
  if (live !== undefined && databases.has(aside)) throw taken(aside, database);
  const words = `was "${database}" until ${now.toISOString()}, ${next ? 'replaced by a restore' : 'set aside'}`;
  return [
    ...(live === undefined ? [] : [{ row: live, to: aside, comment: markedComment(words, ownComment(live.comment)) }]),
    ...(next === undefined ? [] : [{ row: next, to: database, comment: ownComment(next.comment) }]),
  ];
}

/**
 * Nothing is left that could become live, and what was live is kept. Where there was nothing to keep, only a live
 * database without a new one beside it tells so.
 */
function isDone(databases: Databases, { database, fresh, kept }: Exchange): boolean {
  const aside = databases.get(nameOf(database, kept));
  const isKept = aside !== undefined && isOurs(aside);
  if (fresh === undefined) return !databases.has(database) && isKept;
  if (databases.has(nameOf(database, fresh)) || !databases.has(database)) return false;
  return isKept || (aside === undefined && fresh.part === 'new');
}

/** The statements of moves; all of them belong into one transaction. */
export function statementsOf(moves: readonly Move[]): string[] {
  return [
    ...moves.map(({ row, to }) => `alter database ${quoteIdentifier(row.name)} rename to ${quoteIdentifier(to)}`),
    ...moves.flatMap(({ row, to, comment }) => [
      `comment on database ${quoteIdentifier(to)} is ${comment === null ? 'null' : quoteLiteral(comment)}`,
      ...(row.connectionLimit === MARKED_LIMIT ? [`alter database ${quoteIdentifier(to)} connection limit -1`] : []),
    ]),
  ];
}

function missing(name: string): Failure {
  return new Failure('not-found', { message: `there is no database "${name}" on the server`, stands: UNCHANGED });
}

function foreign(name: string): Failure {
  const message = `the database "${name}" does not carry the mark of a restore: it is somebody's`;
  return new Failure('refused', { message, stands: UNCHANGED });
}

function taken(name: string, database: string): Failure {
  const message = `"${database}" cannot be kept as "${name}": there is a database of that name`;
  return new Failure('refused', { message, stands: UNCHANGED });
}

/** What stands when an exchange fails. */
export const UNCHANGED = 'no database was renamed: what was live is live';
