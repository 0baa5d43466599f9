import { damaged } from '../archive/damaged.ts';

/** Where something begins in which other letters mean other things; a backslash outside of it is a command of psql. */
const OPENING = /\\|'|"|--|\/\*|\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*)?\$/g;
/** Comments go over several lines, and into each other. */
const COMMENT = /\/\*|\*\//g;
/** psql ends a comment that begins with dashes at either. */
const LINE_END = /[\r\n]/g;
/** A dollar behind one of these is part of a word for some versions, and begins a quotation for others. */
const GLUE = /[\w\x80-\xff$]/;

/**
 * Follows the quotations of a plain dump line by line, as psql does, so that nothing in it can be a command to psql itself:
 * such a command may run programs where psql runs. What versions or settings of psql read in two ways (a quote behind a
 * backslash, a dollar behind a word) is refused as well: pg_dump writes neither.
 */
export class SqlText {
  /** What ends the quotation that is open. */
  #until: string | undefined;
  #depth = 0;

  /** True between quotations. */
  get isOutside(): boolean {
    return this.#until === undefined;
  }

  /** Takes a line with its end, each letter a byte. Throws Failure "damaged" that says what `where` holds. */
  take(line: string, where: string): void {
    for (let at = 0; at < line.length; ) {
      at = this.#until === undefined ? this.#open(line, at, where) : this.#close(line, at, this.#until, where);
    }
  }

  #open(line: string, from: number, where: string): number {
    const found = searchFrom(OPENING, line, from);
    if (found === null) return line.length;
    const [sign] = found;
    const after = found.index + sign.length;
    if (sign === '\\') throw damaged(`${where} is a command to psql, which a dump has not: it is not taken`);
    if (sign === '--') return searchFrom(LINE_END, line, after)?.index ?? line.length;
    if (sign.startsWith('$') && GLUE.test(line.charAt(found.index - 1))) {
      throw damaged(`${where} has a dollar right behind a word, which pg_dump does not write`);
    }
    this.#until = sign === '/*' ? '*/' : sign;
    this.#depth = 1;
    return after;
  }

  #close(line: string, from: number, until: string, where: string): number {
    if (until === '*/') return this.#comment(line, from);
    const end = line.indexOf(until, from);
    if (end < 0) return line.length;
    if (until === "'" && line.charAt(end - 1) === '\\') {
      throw damaged(`${where} has a quote right behind a backslash, which can be read in two ways`);
    }
    this.#until = undefined;
    return end + until.length;
  }

  #comment(line: string, from: number): number {
    const found = searchFrom(COMMENT, line, from);
    if (found === null) return line.length;
    this.#depth += found[0] === '/*' ? 1 : -1;
    if (this.#depth === 0) this.#until = undefined;
    return found.index + 2;
  }
}

function searchFrom(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}
