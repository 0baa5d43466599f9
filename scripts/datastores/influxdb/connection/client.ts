import { Failure, type FailureCode } from '../../../common/failure.ts';
import type { Secret } from '../../../common/secret.ts';
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
   * Runs statements, and gives the answer to each. Throws Failure "denied", "unreachable", or "tool-failed" with the
   * server's words as soon as one statement fails.
   */
  async ask(statements: readonly string[], options: CallOptions): Promise<Answer> {
    const { engine, service, label } = this.#address;
    const { code, stdout, stderr } = await engine.run(service, this.#command(statements.join('; ')), options);
    const answer = parse(stdout);
    const error = answer?.error ?? answer?.results?.find((result) => result.error !== undefined)?.error;
    if (code === 0 && error === undefined && answer?.results !== undefined) return answer.results;
    const words = error ?? (stderr.trim() || stdout.trim());
    const rejected = `${label} did not answer "${statements[0] ?? ''}"`;
    throw new Failure(meaningOf(words), { message: rejected, detail: words });
  }

  /** User and password go by the environment, where the program looks for them (INFLUX_USERNAME, INFLUX_PASSWORD). */
  #command(query: string): Command {
    const { host, port, tls, user, password } = this.#login;
    const place = ['-host', host, '-port', String(port), ...(tls ? ['-ssl'] : [])];
    const env = {
      ...(user === undefined ? {} : { INFLUX_USERNAME: user }),
      ...(password === undefined ? {} : { INFLUX_PASSWORD: password }),
    };
    return { argv: ['influx', ...place, '-format', 'json', '-execute', query], env };
  }
}

/** The first line holds the answer; words for people may follow it. */
function parse(stdout: string): { results?: Answer; error?: string } | undefined {
  const [line = ''] = stdout.trimStart().split('\n', 1);
  try {
    return JSON.parse(line) as { results?: Answer; error?: string };
  } catch (error) {
    // No answer at all: the program's own words tell why.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function meaningOf(words: string): FailureCode {
  if (/authorization failed|authenticat|credentials|not authorized|requires admin|user is locked/i.test(words)) {
    return 'denied';
  }
  return /failed to connect|connection refused|no such host|timeout|unreachable/i.test(words)
    ? 'unreachable'
    : 'tool-failed';
}
