import { type Generation, spellGeneration } from '../../generation.ts';

/**
 * A connection limit that nobody chooses, and that limits nobody: CREATE DATABASE gives it to a database together with
 * its name, so that one is known as ours from its first moment. Its comment can only follow in another transaction.
 */
export const MARKED_LIMIT = 1_480_726_993;

/** What every comment of ours begins with. */
const SIGN = 'holdfast: ';

const SHAPE = /^(.+)_(new|before)_(\d{8}_\d{6})$/s;

/** The longest name that the database may have so that each of its generations has a name as well; bytes. */
export const LONGEST_SUFFIX = '_before_20261121_235220'.length;

/** The name of a generation of a database: "app_before_20261121_235220". */
export function nameOf(database: string, generation: Generation): string {
  return `${database}_${spellGeneration(generation)}`;
}

/** What a name of {@link nameOf} says; undefined for any other. Only the mark tells whether it is one of ours. */
export function generationOf(name: string): (Generation & { readonly database: string }) | undefined {
  const [, database, part, stamp] = SHAPE.exec(name) ?? [];
  if (database === undefined || stamp === undefined) return undefined;
  return { database, part: part === 'new' ? 'new' : 'before', stamp };
}

/** The words of a comment of ours, and below them the comment that the database has otherwise. */
export function markedComment(words: string, own: string | null): string {
  return own === null || own === '' ? `${SIGN}${words}` : `${SIGN}${words}\n${own}`;
}

/** The comment that a database has without our mark; null: none. */
export function ownComment(comment: string | null): string | null {
  if (comment === null || !comment.startsWith(SIGN)) return comment;
  const end = comment.indexOf('\n');
  return end < 0 ? null : comment.slice(end + 1);
}

/** A database as the server describes it. */
export interface MarkedDatabase {
  readonly name: string;
  readonly comment: string | null;
  readonly connectionLimit: number;
}

/** True for a database that a restore of ours made or kept: by its name and a mark, never by its name alone. */
export function isOurs({ name, comment, connectionLimit }: MarkedDatabase): boolean {
  if (generationOf(name) === undefined) return false;
  return connectionLimit === MARKED_LIMIT || (comment ?? '').startsWith(SIGN);
}
