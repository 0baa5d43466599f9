import { Failure } from '../../../common/failure.ts';

/**
 * One piece of SQL: a comment, a line for psql, a quoted text (E'' with backslashes, '' without), a quoted name,
 * the end of a statement, or anything else. Dollar quotes do not occur in what is read with this.
 */
const PIECE =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\b[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|\\[^\n]*|[^;\\'"\-/eE]+|[\s\S]/g;

/**
 * Splits SQL that pg_dump or pg_dumpall wrote into statements, without comments and without their semicolons. Lines
 * for psql (`\restrict`) are left out between statements; inside one they are refused, because psql would obey
 * them: a set from a stranger must not run a program. Throws Failure "damaged".
 */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let current = '';
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece.startsWith('--') || piece.startsWith('/*')) current += ' ';
    else if (piece === ';') {
      statements.push(current.trim());
      current = '';
    } else if (piece.startsWith('\\')) refuseInside(current);
    else current += piece;
  }
  if (current.trim() !== '') throw damaged(current);
  return statements.filter((statement) => statement !== '');
}

function refuseInside(current: string): void {
  if (current.trim() !== '') throw damaged(current);
}

function damaged(current: string): Failure {
  return new Failure('damaged', {
    message: `found SQL that does not end: ${JSON.stringify(current.trim().slice(0, 80))}`,
  });
}

/** A name as it stands in SQL: quoted, or plain. */
export const NAME = '(?:"(?:[^"]|"")+"|[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*)';

/** The name that a spelling of {@link NAME} means. */
export function unquote(spelled: string): string {
  return spelled.startsWith('"') ? spelled.slice(1, -1).replaceAll('""', '"') : spelled;
}
