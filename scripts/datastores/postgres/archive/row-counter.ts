import { damaged } from './damaged.ts';

/** What pg_dump writes after the rows of a table: the end-of-data line of COPY and two empty lines. */
const END_OF_ROWS = '\\.\n\n\n';
const END_LINES = 3;
const NEWLINE = 10;

/** Counts the rows of COPY text, in which a newline always ends a row, and checks that its end is there. */
export class RowCounter {
  #lines = 0;
  #tail = '';

  add(text: Buffer): void {
    this.#lines += countNewlines(text);
    this.#tail = (this.#tail + text.toString('latin1', Math.max(0, text.length - END_OF_ROWS.length))).slice(
      -END_OF_ROWS.length,
    );
  }

  /** Rows so far; throws Failure "damaged" when the end mark is missing. */
  rows(): number {
    if (this.#tail !== END_OF_ROWS) throw damaged('the rows of a table end without their end mark');
    return this.#lines - END_LINES;
  }
}

/** `indexOf` searches with vector instructions: faster than a loop for all but the shortest rows. */
function countNewlines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(NEWLINE); at !== -1; at = text.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
