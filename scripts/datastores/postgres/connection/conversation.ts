import { toFailure } from '../../../common/failure.ts';
import type { RunResult, Session } from '../../../engines/engine.ts';
import { connectionString } from '../sql.ts';
import { type Client, type CommandNeeds, commandOf } from './client.ts';
import { programFailure } from './failures.ts';
import { Lines } from './lines.ts';

/** Quiet, unaligned, rows only, no start-up file, stop at the first error. */
const PSQL = [
  '--no-psqlrc',
  '--quiet',
  '--no-align',
  '--tuples-only',
  '--set=ON_ERROR_STOP=1',
  '--set=VERBOSITY=terse',
];
/** The line that psql echoes after each answer. No JSON begins like this. */
const MARK = '--holdfast--';

/**
 * One session of psql that stays open: transactions, snapshots and locks live as long as it does. Answers come as
 * JSON, one row a line. The first error ends it; every later call then throws the same Failure.
 */
export class Conversation {
  readonly #session: Session;
  readonly #lines: Lines;

  constructor(session: Session) {
    this.#session = session;
    this.#lines = new Lines(session.stdout);
    // A broken pipe shows itself as the end of stdout; `ended` then has psql's own words.
    session.stdin.on('error', () => {});
  }

  /** Opens a session with one database. The server is first heard with the first question. */
  static open(client: Client, needs: CommandNeeds, signal: AbortSignal): Conversation {
    const command = commandOf(client, 'psql', PSQL, needs);
    const env = { ...command.env, PGCLIENTENCODING: 'UTF8' };
    return new Conversation(client.address.engine.open(client.address.service, { ...command, env }, { signal }));
  }

  /** The rows of one query. `Row` is what the query is written to return. */
  async rows<Row>(query: string): Promise<Row[]> {
    const lines = await this.#ask(`select to_json(holdfast) from (${query}\n) holdfast`);
    return lines.map((line) => JSON.parse(line) as Row);
  }

  /** The one row of a query that always has one. */
  async row<Row>(query: string): Promise<Row> {
    const [row] = await this.rows<Row>(query);
    if (row === undefined) throw toFailure(new Error(`a query that always has a row had none: ${query}`));
    return row;
  }

  /** Runs statements whose answers do not matter. */
  async run(statements: string): Promise<void> {
    await this.#ask(statements);
  }

  /** Leaves the database for another, or for a fresh session with the same; settings that were made are gone. */
  async connect(database: string): Promise<void> {
    // Whatever is told of a failure from here on has nothing of what was said before.
    await this.#send(`\\warn ${MARK}\n\\connect -reuse-previous=on ${quoteArgument(connectionString(database))}`);
  }

  /** Ends the session, on both sides. An open transaction is rolled back. */
  close(): Promise<void> {
    return this.#session.close();
  }

  #ask(statements: string): Promise<string[]> {
    return this.#send(`${statements};`);
  }

  async #send(words: string): Promise<string[]> {
    this.#session.stdin.write(`${words}\n\\echo ${MARK}\n`);
    const lines: string[] = [];
    for (;;) {
      const line = await this.#lines.next();
      if (line === MARK) return lines;
      if (line === undefined) throw programFailure('psql', sinceMark(await this.#session.ended), 'asking the server');
      if (line !== '') lines.push(line);
    }
  }
}

/**
 * The argument of `\connect`: a text in single quotes, in which psql looks for names in double quotes once more; four of
 * them are one.
 */
function quoteArgument(text: string): string {
  const escaped = text.replace(/[\\']/g, '\\$&').replaceAll('"', '""""').replaceAll('\n', '\\n');
  return `'${escaped}'`;
}

/** How psql ended, with what it said since the last {@link Conversation.connect}. */
function sinceMark({ code, stderr }: RunResult): Pick<RunResult, 'code' | 'stderr'> {
  return { code, stderr: stderr.split(`${MARK}\n`).at(-1) ?? '' };
}
