import { damaged } from '../archive/damaged.ts';
import { NAME, unquote } from '../roles/statements.ts';
import { SqlText } from './sql-text.ts';

/** What a plain dump tells of itself. */
export interface PlainDump {
  /** Rows by table ("schema.table"), of those that come as COPY. */
  readonly rows: ReadonlyMap<string, number>;
  /** Roles that must be there. */
  readonly roles: ReadonlySet<string>;
  readonly extensions: ReadonlySet<string>;
  /** 0 where it is not told. */
  readonly serverMajor: number;
  readonly dumpMajor: number;
  /** Bytes that are handed on to psql. */
  readonly bytes: number;
}

/** A longer line is no SQL of pg_dump; rows may be of any length. */
const LONGEST_LINE = 16 * 1024 * 1024;
const [NEWLINE, BACKSLASH, DOT] = [10, 92, 46];
/** What follows a backslash in rows (PostgreSQL docs, COPY, text format, as COPY TO writes it). */
const ESCAPES = new Set([...Buffer.from('bfnrtvN\\')]);

const COPY = new RegExp(`^COPY (?:(${NAME})\\.)?(${NAME})(?: \\(${NAME}(?:, ${NAME})*\\))? FROM stdin;\\n$`);
const ROLE = new RegExp(`^(?:ALTER|GRANT|REVOKE) .* (?:OWNER TO|TO|FROM) (${NAME})(?: WITH GRANT OPTION)?;\\n$`);
const EXTENSION = new RegExp(`^CREATE EXTENSION (?:IF NOT EXISTS )?(${NAME})`);
const SERVER = /^-- Dumped from database version (\d+)/;
const PROGRAM = /^-- Dumped by pg_dump version (\d+)/;
const END = '-- PostgreSQL database dump complete\n';
/** Written by later versions for a psql and a server as late, and of no use to a new database of ours. */
const DROPPED = /^(?:\\(?:un)?restrict \w+|SET transaction_timeout = 0;)\n$/;

/**
 * Reads a plain dump of pg_dump piece by piece: counts its rows, and hands on what psql is to be given. Nothing of it can be
 * a command to psql; see {@link SqlText}. Throws Failure "damaged" at the first thing that pg_dump does not write.
 */
export class PlainReader {
  readonly #text = new SqlText();
  readonly #rows = new Map<string, number>();
  readonly #roles = new Set<string>();
  readonly #extensions = new Set<string>();
  #serverMajor = 0;
  #dumpMajor = 0;
  #isWhole = false;
  #bytes = 0;
  #line = 0;
  #rest: Buffer = Buffer.alloc(0);
  /** The table whose rows come; undefined between tables. Empty: one without a schema, which cannot be counted. */
  #table: string | undefined;
  #isLineStart = true;

  /** Takes the next bytes, and gives those of them, and of the ones before, that are good. */
  push(chunk: Buffer): Buffer[] {
    if (chunk.includes(0)) throw damaged('the dump has a zero byte, which no text has');
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const good: Buffer[] = [];
    let at = 0;
    for (let before = -1; before !== at && at < bytes.length; ) {
      before = at;
      at = this.#table === undefined ? this.#takeLine(bytes, at, good) : this.#takeRows(bytes, at, good);
    }
    this.#rest = Buffer.from(bytes.subarray(at));
    if (this.#rest.length > LONGEST_LINE) throw damaged(`${this.#where()} is longer than ${LONGEST_LINE} bytes`);
    return good;
  }

  /** What was found. Throws Failure "damaged" when it was cut off. */
  end(): PlainDump {
    if (!this.#isWhole || this.#rest.length > 0 || this.#table !== undefined || !this.#text.isOutside) {
      throw damaged(`the dump has no end mark: it was cut off after line ${this.#line}`);
    }
    const [rows, roles, extensions] = [this.#rows, this.#roles, this.#extensions];
    return {
      ...{ rows, roles, extensions, bytes: this.#bytes },
      ...{ serverMajor: this.#serverMajor, dumpMajor: this.#dumpMajor },
    };
  }

  /** One line of SQL, when it is there to its end. */
  #takeLine(bytes: Buffer, at: number, good: Buffer[]): number {
    const end = bytes.indexOf(NEWLINE, at) + 1;
    if (end === 0) return at;
    this.#line += 1;
    const line = bytes.subarray(at, end).toString('latin1');
    const isOutside = this.#text.isOutside;
    if (isOutside && DROPPED.test(line)) return end;
    this.#handOn(bytes.subarray(at, end), good);
    const copy = isOutside ? COPY.exec(line) : null;
    if (copy === null) this.#takeText(line, isOutside);
    else this.#beginRows(copy[1], copy[2] ?? '');
    return end;
  }

  #takeText(line: string, isOutside: boolean): void {
    this.#text.take(line, this.#where());
    if (!isOutside) return;
    const role = ROLE.exec(line)?.[1];
    if (role !== undefined && role !== 'PUBLIC') this.#roles.add(nameIn(role));
    const extension = EXTENSION.exec(line)?.[1];
    if (extension !== undefined) this.#extensions.add(nameIn(extension));
    this.#serverMajor = Number(SERVER.exec(line)?.[1] ?? this.#serverMajor);
    this.#dumpMajor = Number(PROGRAM.exec(line)?.[1] ?? this.#dumpMajor);
    if (line === END) this.#isWhole = true;
  }

  #beginRows(schema: string | undefined, table: string): void {
    this.#table = schema === undefined ? '' : `${nameIn(schema)}.${nameIn(table)}`;
    this.#isLineStart = true;
    this.#add(0);
  }

  /** Rows up to their end mark, or as far as it can be told. */
  #takeRows(bytes: Buffer, at: number, good: Buffer[]): number {
    for (let from = at; ; from += 2) {
      const slash = bytes.indexOf(BACKSLASH, from);
      // The end mark takes three bytes.
      if (slash < 0 || slash + 3 > bytes.length) return this.#pass(bytes, at, slash < 0 ? bytes.length : slash, good);
      from = slash;
      const next = bytes[slash + 1] as number;
      if (next !== DOT && ESCAPES.has(next)) continue;
      this.#pass(bytes, at, slash, good);
      if (next !== DOT || !this.#isLineStart || bytes[slash + 2] !== NEWLINE) {
        throw damaged(`after line ${this.#line}, a row has something behind a backslash that COPY does not write`);
      }
      this.#handOn(bytes.subarray(slash, slash + 3), good);
      this.#line += 1;
      this.#table = undefined;
      return slash + 3;
    }
  }

  #pass(bytes: Buffer, from: number, to: number, good: Buffer[]): number {
    if (to === from) return to;
    const part = bytes.subarray(from, to);
    let rows = 0;
    for (let at = part.indexOf(NEWLINE); at !== -1; at = part.indexOf(NEWLINE, at + 1)) rows += 1;
    this.#line += rows;
    this.#add(rows);
    this.#isLineStart = part.at(-1) === NEWLINE;
    this.#handOn(part, good);
    return to;
  }

  #add(rows: number): void {
    if (this.#table) this.#rows.set(this.#table, (this.#rows.get(this.#table) ?? 0) + rows);
  }

  #handOn(bytes: Buffer, good: Buffer[]): void {
    this.#bytes += bytes.length;
    good.push(bytes);
  }

  #where(): string {
    return `line ${this.#line} of the dump`;
  }
}

/** Lines are read byte by byte; names are UTF-8. */
function nameIn(spelled: string): string {
  return Buffer.from(unquote(spelled), 'latin1').toString('utf8');
}
