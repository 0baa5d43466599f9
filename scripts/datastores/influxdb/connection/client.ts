import { Failure, type FailureCode } from '../../../common/failure.ts';
import type { Secret } from '../../../common/secret.ts';
import { shellWord } from '../../../common/shell-word.ts';
import type { CallOptions, Command } from '../../../engines/engine.ts';
import type { ServerAddress } from '../../datastore.ts';
import type { Answer } from '../influxql.ts';

/** Who asks, and where. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: Secret | undefined;
}

/** Asks a server through its own client program `influx`, beside the server or on this machine. */
export class Client {
  readonly #address: ServerAddress;
  readonly #login: Login;

  constructor(address: ServerAddress, login: Login) {
    this.#address = address;
    this.#login = login;
  }

  /**
   * Runs queries one after the other in one call, and gives the answer to each. Throws Failure "denied", "unreachable",
   * or "tool-failed" with the server's words as soon as one fails.
   */
  async ask(queries: readonly string[], options: CallOptions): Promise<Answer[]> {
    const { engine, service, label } = this.#address;
    const script = `for query; do ${this.#program()} "$query" || exit; done`;
    const command: Command = { argv: ['sh', '-c', script, 'sh', ...queries], env: this.#environment() };
    const { code, stdout, stderr } = await engine.run(service, command, options);
    const replies = stdout.split('\n').flatMap((line) => parse(line) ?? []);
    const error = replies.map(errorOf).find((words) => words !== undefined);
    const answers = replies.flatMap(({ results }) => (results === undefined ? [] : [results]));
    if (code === 0 && error === undefined && answers.length === queries.length) return answers;
    const words = error ?? (stderr.trim() || stdout.trim());
    const message = `${label} did not answer "${queries[answers.length] ?? queries[0] ?? ''}"`;
    throw new Failure(meaningOf(words), { message, detail: words });
  }

  /** A command that starts a program in the very moment in which a query has ended well. */
  before(query: string, argv: readonly string[]): Command {
    const script = `${this.#program()} "$1" || exit; shift; exec "$@"`;
    return { argv: ['sh', '-c', script, 'sh', query, ...argv], env: this.#environment() };
  }

  #program(): string {
    const { host, port, tls } = this.#login;
    const place = ['-host', host, '-port', String(port), ...(tls ? ['-ssl'] : [])].map(shellWord).join(' ');
    return `influx ${place} -format json -execute`;
  }

  /** User and password go by the environment, where the program looks for them. */
  #environment(): NonNullable<Command['env']> {
    const { user, password } = this.#login;
    return {
      ...(user === undefined ? {} : { INFLUX_USERNAME: user }),
      ...(password === undefined ? {} : { INFLUX_PASSWORD: password }),
    };
  }
}

interface Reply {
  readonly results?: Answer;
  readonly error?: string;
}

/** An answer is one line of JSON; what else the program prints is for people. */
function parse(line: string): Reply | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Reply;
  } catch (error) {
    // Then an answer is missing, which is told with all that was printed.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function errorOf({ error, results }: Reply): string | undefined {
  return error ?? results?.find((result) => result.error !== undefined)?.error;
}

function meaningOf(words: string): FailureCode {
  if (/authorization failed|authenticat|credentials|not authorized|requires admin|user is locked/i.test(words)) {
    return 'denied';
  }
  return /failed to connect|connection refused|no such host|timeout|unreachable/i.test(words)
    ? 'unreachable'
    : 'tool-failed';
}
